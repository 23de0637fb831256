#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>

#include "cli/commands.h"
#include "cli/process.h"
#include "cli/terminal.h"
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
    const auto steps = {&Demo::found,  &Demo::meet, &Demo::import,   &Demo::allowed, &Demo::masked,
                        &Demo::denied, &Demo::edit, &Demo::upstream, &Demo::revoke,  &Demo::verify};
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
                         const std::string& body = {}) {
    return Reach{company.dir}.call(operation, args, body);
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

  core::Status allowed() {
    title(
        "Veldkamp asks Brink how its order stands. Brink's policy decides: only rows of\n"
        "   Veldkamp's own orders leave, and prices stay in-house");
    if (auto fetched = fetch(maker_, supplier_, "orders", "order-tracking"); !fetched) {
      return std::move(fetched.error());
    }
    auto order = ask(maker_, "orders.show", Json::object().set("order", Json::string("4500017")));
    if (!order) return std::move(order.error());
    indent(to_human("orders.show", *order));
    try_it(maker_, "orders show 4500017");
    return core::ok();
  }

  core::Status masked() {
    title("Veldkamp asks for inspection results: allowed, with fields withheld");
    auto fetched = fetch(maker_, supplier_, "quality", "quality-assurance");
    return fetched ? core::ok() : core::Status(std::move(fetched.error()));
  }

  core::Status denied() {
    title("Veldkamp asks for the same, for a purpose that Brink does not allow");
    auto fetched = fetch(maker_, supplier_, "quality", "marketing");
    if (fetched) return core::internal("this should have been refused");
    say("   refused: " + fetched.error().message + " (" + fetched.error().reason + ")");
    for (const auto& [key, value] : fetched.error().metadata) say("   " + key + " " + value);
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
    title("Brink asks Noordstaal where its steel came from");
    auto fetched = fetch(supplier_, steel_, "traceability", "traceability");
    return fetched ? core::ok() : core::Status(std::move(fetched.error()));
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
