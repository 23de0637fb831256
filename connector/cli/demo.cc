#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <thread>

#include "cli/commands.h"
#include "cli/process.h"
#include "cli/terminal.h"
#include "core/limits.h"
#include "crypto/signing_key.h"
#include "deploy/example/example_files.h"
#include "exchange/audit.h"
#include "site/site.h"
#include "source/files.h"

namespace connector::cli {
namespace {

namespace fs = std::filesystem;
using core::Json;

struct Company {
  std::string participant;
  std::string site;
  std::string name;
  std::string gln;
  std::string dir;
  std::string connector() const { return participant + "/" + site; }
};

// The whole demonstration: each step says what happens, does it, and shows what came of it.
class Demo {
 public:
  // kept: the three connectors stay there, so it makes sense to name commands to try on them.
  Demo(fs::path folder, bool kept, bool json)
      : folder_(std::move(folder)), kept_(kept), json_(json) {}

  core::Status run() {
    const auto steps = {&Demo::found,  &Demo::meet,    &Demo::import,   &Demo::unagreed,
                        &Demo::agree,  &Demo::allowed, &Demo::use,      &Demo::masked,
                        &Demo::denied, &Demo::edit,    &Demo::upstream, &Demo::remove,
                        &Demo::revoke, &Demo::verify};
    for (const auto step : steps) {
      if (auto done = (this->*step)(); !done) return done;
    }
    return core::ok();
  }

  Json report() { return Json::object().set("steps", std::move(steps_)); }

 private:
  Company maker_{"did:web:veldkamp.example", "hengelo", "Veldkamp Machines", "8712345000004", {}};
  Company supplier_{"did:web:brink.example", "deventer", "Brink Precision", "8712346000003", {}};
  Company steel_{"did:web:noordstaal.example", "ijmuiden", "Noordstaal", "8712347000002", {}};

  void say(const std::string& text) const {
    if (!json_) std::cout << text << "\n" << std::flush;
  }
  void title(const std::string& text) {
    ++number_;
    say("\n" + std::to_string(number_) + ". " + text);
  }
  void done(const std::string& what, const Json& answer) {
    steps_.push(Json::object().set("step", Json::string(what)).set("answer", answer));
  }
  void try_it(const Company& company, const std::string& command) const {
    if (kept_) say("   try: connector " + command + " --dir " + company.dir);
  }

  core::Result<Json> ask(const Company& company, const std::string& operation, Json args,
                         const std::string& body = {},
                         const std::function<void(const Json&)>& progress = {}) {
    return Reach{company.dir}.call(operation, args, body, progress);
  }

  // ---- the steps -----------------------------------------------------------------------------

  core::Status found() {
    title("Three companies, each with its own connector: keys, policy, store and OPA");
    for (Company* company : {&maker_, &supplier_, &steel_}) {
      company->dir = (folder_ / company->site).string();
      const std::string listen = "127.0.0.1:" + std::to_string(free_port());
      auto made =
          site::init({company->dir, company->participant, company->site, company->name, listen});
      if (!made) return std::move(made.error());
      if (auto written = know_partners(*company); !written) return written;
      if (auto written = write_offers(*company); !written) return written;
      if (auto written = name_application(*company); !written) return written;
      auto started = ServedConnector::start(company->dir);
      if (!started) return std::move(started.error());
      running_.push_back(std::move(*started));
      say("   " + company->name + " (" + company->connector() + ") serves at " + listen);
    }
    return core::ok();
  }

  // The policy's table of partners, as an admin would fill it in.
  core::Status know_partners(const Company& self) {
    std::string table =
        "version: 1\n# Who belongs to which group. Only participants listed here get anything.\n"
        "partners:\n";
    for (const Company* company : {&maker_, &supplier_, &steel_}) {
      if (company->participant == self.participant) continue;
      const bool customer = (&self == &supplier_ && company == &maker_) ||
                            (&self == &steel_ && company == &supplier_);
      table += "  " + company->participant + ":\n    groups: [" +
               (customer ? "customer" : "supplier") + "]\n";
    }
    return source::write_file(fs::path(self.dir) / "policy" / "partners.yaml", table);
  }

  // What an admin writes to offer data: datasets, to whom, and under which terms.
  core::Status write_offers(const Company& self) {
    const std::map<std::string, std::string> offers = {
        {"orders.yaml",
         "version: 1\ntitle: How your orders stand\ndatasets: [orders]\ngroups: [customer]\n"
         "purposes: [order-tracking]\nuses: 2\ndelete: P90D\nlog: each-use\n"},
        {"quality.yaml",
         "version: 1\ntitle: Inspection results of your parts\ndatasets: [quality]\n"
         "groups: [customer]\npurposes: [quality-assurance]\nfor: P1Y\n"},
        {"traceability.yaml",
         "version: 1\ntitle: Where your material comes from\ndatasets: [traceability]\n"
         "groups: [customer]\npurposes: [traceability]\n"}};
    std::error_code error;
    const fs::path folder = fs::path(self.dir) / "policy" / "offers";
    fs::create_directories(folder, error);
    for (const auto& [name, text] : offers) {
      if (auto written = source::write_file(folder / name, text); !written) return written;
    }
    return core::ok();
  }

  // Who runs the demonstration acts as the company's ERP system.
  core::Status name_application(const Company& self) {
    const fs::path file = fs::path(self.dir) / site::kConfigFile;
    auto text = source::read_file(file, core::limits::kConfigBytes);
    if (!text) return std::move(text.error());
    return source::write_file(file,
                              *text + "apps:\n  applications:\n    - name: erp\n      users: [\"" +
                                  std::to_string(::getuid()) + "\"]\n");
  }

  core::Status meet() {
    title("They introduce themselves, and compare fingerprints by telephone");
    for (const auto& [one, other] : {std::pair{&maker_, &supplier_},
                                     {&supplier_, &maker_},
                                     {&supplier_, &steel_},
                                     {&steel_, &supplier_}}) {
      auto introduction = ask(*other, "introduce", Json::object());
      if (!introduction) return std::move(introduction.error());
      auto added = ask(*one, "partner.add",
                       Json::object()
                           .set("introduction", Json::string(introduction->text_at("introduction")))
                           .set("fingerprint", Json::string(introduction->text_at("fingerprint"))));
      if (!added) return std::move(added.error());
      auto confirmed = ask(*one, "partner.confirm",
                           Json::object()
                               .set("participant", Json::string(other->participant))
                               .set("identifier", Json::string("gln:" + other->gln)));
      if (!confirmed) return std::move(confirmed.error());
      say("   " + one->name + " accepts " + other->name);
    }
    try_it(maker_, "partner list");
    return core::ok();
  }

  core::Status import() {
    title("Their systems hand documents over: UBL orders, EPCIS events, QIF results");
    for (const deploy::ExampleFile& file : deploy::example_files()) {
      const std::string path(file.path);
      const Company& company = path.rfind("brink/", 0) == 0 ? supplier_ : steel_;
      const std::string dataset = path.find("events") != std::string::npos       ? "traceability"
                                  : path.find("inspection") != std::string::npos ? "quality"
                                                                                 : "orders";
      auto imported =
          ask(company, "import",
              Json::object().set("path", Json::string(path)).set("dataset", Json::string(dataset)),
              std::string(file.content));
      if (!imported) return std::move(imported.error());
      if (imported->text_at("outcome") != "imported") {
        return core::internal(path + ": " + imported->text_at("cause"));
      }
      say("   " + company.name + ": " + path + ", " + imported->text_at("format") + " " +
          imported->text_at("version") + " -> " + number(*imported, "records") + " records");
    }
    try_it(supplier_, "records list");
    return core::ok();
  }

  core::Status unagreed() {
    title("Veldkamp asks Brink for its orders. Without an agreement nothing leaves");
    auto fetched = fetch(maker_, supplier_, "orders", "order-tracking");
    if (fetched) return core::internal("data left without an agreement");
    refused(fetched.error());
    return core::ok();
  }

  core::Status agree() {
    title(
        "Veldkamp looks into Brink's catalogue and asks for the orders, to be used five times.\n"
        "   Brink offers two; Veldkamp accepts, and both sign the same bytes");
    auto catalog =
        ask(maker_, "catalog", Json::object().set("partner", Json::string(supplier_.connector())));
    if (!catalog) return std::move(catalog.error());
    for (const Json& offer : catalog->find("offers")->items()) {
      say("   offer " + offer.text_at("offer") + ": " + offer.text_at("title"));
    }
    auto agreed = negotiate(maker_, supplier_, "orders", "5");
    if (!agreed) return std::move(agreed.error());
    agreement_ = agreed->text_at("agreement");
    for (const Json& term : agreed->find("terms")->items()) {
      say("   - " + term.text_at("plain") + " (" + term.text_at("label") + ")");
    }
    try_it(maker_, "agreement show " + agreement_);
    return core::ok();
  }

  core::Status allowed() {
    title(
        "Under the agreement Veldkamp fetches. Brink's policy decides row by row: only\n"
        "   Veldkamp's own orders leave, and prices stay in-house");
    auto fetched = fetch(maker_, supplier_, "orders", "order-tracking");
    return fetched ? core::ok() : core::Status(std::move(fetched.error()));
  }

  core::Status use() {
    title(
        "What came lies encrypted in Veldkamp's vault. Its ERP system uses it twice, as agreed;\n"
        "   the third use is refused by Veldkamp's own connector");
    for (int i = 1; i <= 2; ++i) {
      std::map<std::string, int> kinds;
      auto used = ask(maker_, "use", use_args(), {}, [&](const Json& line) {
        if (const Json* record = line.find("record")) ++kinds[record->text_at("kind")];
      });
      if (!used) return std::move(used.error());
      done("use", *used);
      say("   use " + std::to_string(i) + ": " + used->text_at("records") + " records; " +
          used->text_at("remaining") + " uses remain");
    }
    auto third = ask(maker_, "use", use_args(), {}, [](const Json&) {});
    if (third) return core::internal("a third use was allowed");
    refused(third.error());
    try_it(maker_, "vault status");
    return core::ok();
  }

  core::Status masked() {
    title(
        "Veldkamp agrees on inspection results for a year, and fetches them: fields are withheld");
    auto agreed = negotiate(maker_, supplier_, "quality", {});
    if (!agreed) return std::move(agreed.error());
    auto fetched = fetch(maker_, supplier_, "quality", "quality-assurance");
    return fetched ? core::ok() : core::Status(std::move(fetched.error()));
  }

  core::Status denied() {
    title("Veldkamp asks for the same, for a purpose that was not agreed");
    auto fetched = fetch(maker_, supplier_, "quality", "marketing");
    if (fetched) return core::internal("this should have been refused");
    refused(fetched.error());
    try_it(maker_, "fetch " + supplier_.connector() + " quality --purpose marketing");
    return core::ok();
  }

  core::Status edit() {
    title("Brink's admin edits the policy: quality data are no longer for quality-assurance");
    const fs::path file = fs::path(supplier_.dir) / "policy" / "purposes.yaml";
    auto text = source::read_file(file, 1u << 20);
    if (!text) return std::move(text.error());
    const std::string edited = without_purpose(*text, "quality", "quality-assurance");
    if (auto written = source::write_file(file, edited); !written) return written;
    auto published = ask(supplier_, "policy.publish", Json::object());
    if (!published) return std::move(published.error());
    say("   checked, tested, published: revision " + published->text_at("revision").substr(0, 16));
    auto fetched = fetch(maker_, supplier_, "quality", "quality-assurance");
    if (fetched) return core::internal("the new policy should have refused this");
    say("   Veldkamp asks again: " + fetched.error().message + " (" + fetched.error().reason + ")");
    auto back = ask(supplier_, "policy.rollback", Json::object());
    if (!back) return std::move(back.error());
    say("   rolled back: revision " + back->text_at("revision").substr(0, 16));
    try_it(supplier_, "policy status");
    return core::ok();
  }

  core::Status upstream() {
    title("Brink agrees with Noordstaal, and asks where its steel came from");
    auto agreed = negotiate(supplier_, steel_, "traceability", {});
    if (!agreed) return std::move(agreed.error());
    auto fetched = fetch(supplier_, steel_, "traceability", "traceability");
    return fetched ? core::ok() : core::Status(std::move(fetched.error()));
  }

  core::Status remove() {
    title("Veldkamp deletes the orders: the key is destroyed, and Brink gets a signed proof");
    auto deleted =
        ask(maker_, "vault.delete", Json::object().set("agreement", Json::string(agreement_)));
    if (!deleted) return std::move(deleted.error());
    auto shown =
        ask(supplier_, "agreement.show", Json::object().set("agreement", Json::string(agreement_)));
    for (int i = 0; i < 100 && shown && !has_proof(*shown); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      shown = ask(supplier_, "agreement.show",
                  Json::object().set("agreement", Json::string(agreement_)));
    }
    if (!shown) return std::move(shown.error());
    if (!has_proof(*shown)) return core::internal("no proof of the deletion came");
    done("proofs", *shown);
    for (const Json& one : shown->find("statements")->items()) {
      say("   at Brink: " + one.text_at("what") + ", signed by " + one.text_at("from") + " at " +
          one.text_at("at"));
    }
    auto used = ask(maker_, "use", use_args(), {}, [](const Json&) {});
    if (used) return core::internal("deleted data was used");
    refused(used.error());
    try_it(supplier_, "agreement show " + agreement_);
    return core::ok();
  }

  static bool has_proof(const Json& agreement) {
    const Json* statements = agreement.find("statements");
    if (statements == nullptr) return false;
    const auto& all = statements->items();
    return std::any_of(all.begin(), all.end(),
                       [](const Json& one) { return one.text_at("what") == "deletion-proof"; });
  }

  core::Status revoke() {
    title("Noordstaal revokes Brink: the door closes at once");
    auto revoked = ask(steel_, "partner.revoke",
                       Json::object().set("partner", Json::string(supplier_.connector())));
    if (!revoked) return std::move(revoked.error());
    auto fetched = fetch(supplier_, steel_, "traceability", "traceability");
    if (fetched) return core::internal("a revoked partner was served");
    say("   Brink asks again: " + fetched.error().message + " (" + fetched.error().reason + ")");
    return core::ok();
  }

  core::Status verify() {
    title("Veldkamp exports its evidence; anybody verifies it offline, with public keys alone");
    const std::string folder = (folder_ / "evidence").string();
    auto exported = ask(maker_, "audit.export", Json::object().set("folder", Json::string(folder)));
    if (!exported) return std::move(exported.error());
    auto verified = exchange::verify_export(
        [&](const std::string& name) {
          return source::read_file(fs::path(folder) / name, 256u << 20);
        },
        crypto::verify_ed25519);
    if (!verified) return std::move(verified.error());
    done("verify", *verified);
    indent(to_human("audit.verify", *verified));
    if (kept_) say("   try: connector audit verify " + folder);
    return core::ok();
  }

  // ---- what they share -----------------------------------------------------------------------

  Json use_args() const {
    return Json::object()
        .set("agreement", Json::string(agreement_))
        .set("purpose", Json::string("order-tracking"))
        .set("app", Json::string("erp"));
  }

  void refused(const core::Error& error) {
    say("   refused: " + error.message + " (" + error.reason + ")");
    for (const auto& [key, value] : error.metadata) say("   " + key + " " + value);
    if (!error.next.empty()) say("   next: " + error.next);
  }

  // uses: asked for, otherwise than offered; a counter-offer is accepted.
  core::Result<Json> negotiate(const Company& consumer, const Company& provider,
                               const std::string& offer, const std::string& uses) {
    auto agreed = ask(consumer, "negotiate",
                      Json::object()
                          .set("partner", Json::string(provider.connector()))
                          .set("offer", Json::string(offer))
                          .set("uses", Json::string(uses))
                          .set("accept", Json::boolean(true)));
    if (!agreed) return agreed;
    done("negotiate", *agreed);
    if (agreed->text_at("state") != "FINALIZED") {
      return core::internal("the negotiation ended as " + agreed->text_at("state"));
    }
    say("   agreement " + agreed->text_at("agreement") + ", signed by both in " +
        agreed->text_at("milliseconds").substr(0, 4) + " ms");
    return agreed;
  }

  core::Result<Json> fetch(const Company& consumer, const Company& provider,
                           const std::string& dataset, const std::string& purpose) {
    auto fetched = ask(consumer, "fetch",
                       Json::object()
                           .set("partner", Json::string(provider.connector()))
                           .set("dataset", Json::string(dataset))
                           .set("purpose", Json::string(purpose)));
    if (!fetched) return fetched;
    done("fetch", *fetched);
    say("   " + fetched->text_at("records") + " records, verified; receipt " +
        fetched->text_at("receipt_digest").substr(0, 16) +
        (fetched->find("acknowledged")->as_bool() ? ", acknowledged" : ""));
    if (const Json* rules = fetched->find("masked"); rules && !rules->items().empty()) {
      std::string list;
      for (const Json& rule : rules->items()) {
        list += (list.empty() ? "" : ", ") + rule.text_at("path");
      }
      say("   withheld or changed: " + list);
    }
    return fetched;
  }

  static std::string number(const Json& json, const char* key) {
    const Json* value = json.find(key);
    return value ? value->text() : "?";
  }

  void indent(const std::string& text) const {
    std::string line;
    for (const char c : text) {
      if (c == '\n') {
        say("   " + line);
        line.clear();
      } else {
        line += c;
      }
    }
  }

  // Takes one purpose out of the list of one dataset.
  static std::string without_purpose(const std::string& text, const std::string& dataset,
                                     const std::string& purpose);

  fs::path folder_;
  const bool kept_;
  const bool json_;
  std::string agreement_;  // about the orders
  int number_ = 0;
  Json steps_ = Json::array();
  std::vector<ServedConnector> running_;
};

std::string Demo::without_purpose(const std::string& text, const std::string& dataset,
                                  const std::string& purpose) {
  std::string out = text;
  const auto section = out.find("\n  " + dataset + ":");
  const auto at = section == std::string::npos ? section : out.find(purpose, section);
  if (at != std::string::npos) out.replace(at, purpose.size(), "withdrawn-purpose");
  return out;
}

}  // namespace

int demo_command(const Common& common, const std::string& keep) {
  fs::path folder = keep;
  if (keep.empty()) {
    std::string name = (fs::temp_directory_path() / "connector-demo-XXXXXX").string();
    if (!::mkdtemp(name.data())) {
      return report(core::internal("cannot make a temporary folder"), common.json);
    }
    folder = name;
  } else if (fs::exists(folder) && !fs::is_empty(folder)) {
    return report({core::Code::kConflict,
                   "FOLDER_NOT_EMPTY",
                   keep + " is not empty",
                   "name a new folder",
                   {}},
                  common.json);
  }
  core::Status outcome = core::ok();
  {
    Demo demo(fs::absolute(folder), !keep.empty(), common.json);
    outcome = demo.run();
    if (outcome && common.json) std::cout << core::to_pretty_text(demo.report()) << "\n";
  }
  if (!outcome) return report(outcome.error(), common.json);
  if (keep.empty()) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  if (!common.json) {
    std::cout << "\nThat was it. To look around in the three connectors:\n"
                 "   connector demo --keep ./chain\n"
                 "   connector serve --dir ./chain/hengelo\n"
                 "and to make your own: connector init --dir ./acme --participant "
                 "did:web:acme.example\n";
  }
  return 0;
}

}  // namespace connector::cli
