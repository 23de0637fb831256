#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <thread>

#include "cli/commands.h"
#include "cli/demo_stage.h"
#include "cli/terminal.h"
#include "crypto/signing_key.h"
#include "exchange/audit.h"
#include "site/site.h"
#include "source/files.h"

namespace connector::cli {
namespace {

namespace fs = std::filesystem;
using core::Json;

// The whole demonstration: each step says what happens, does it, and shows what came of it.
class Demo : public Stage {
 public:
  using Stage::Stage;

  core::Status run() {
    for (const auto step : {&Stage::found, &Stage::meet, &Stage::import}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    const auto steps = {&Demo::unagreed, &Demo::agree,  &Demo::allowed, &Demo::use,
                        &Demo::masked,   &Demo::denied, &Demo::edit,    &Demo::upstream,
                        &Demo::remove,   &Demo::revoke, &Demo::verify};
    for (const auto step : steps) {
      if (auto done = (this->*step)(); !done) return done;
    }
    return core::ok();
  }

 private:
  // ---- the steps -----------------------------------------------------------------------------

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

  // Takes one purpose out of the list of one dataset.
  static std::string without_purpose(const std::string& text, const std::string& dataset,
                                     const std::string& purpose);

  std::string agreement_;  // about the orders
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
