#include "cli/demo_stage.h"

#include <unistd.h>

#include <iostream>
#include <map>
#include <optional>

#include "cli/reach.h"
#include "core/limits.h"
#include "deploy/example/example_files.h"
#include "site/site.h"
#include "source/files.h"

namespace connector::cli {

namespace fs = std::filesystem;
using core::Json;

void Stage::say(const std::string& text) const {
  if (!json_) std::cout << text << "\n" << std::flush;
}

void Stage::title(const std::string& text) {
  ++number_;
  say("\n" + std::to_string(number_) + ". " + text);
}

void Stage::done(const std::string& what, const Json& answer) {
  steps_.push(Json::object().set("step", Json::string(what)).set("answer", answer));
}

void Stage::try_it(const Company& company, const std::string& command) const {
  if (kept_) say("   try: connector " + command + " --dir " + company.dir);
}

core::Result<Json> Stage::ask(const Company& company, const std::string& operation, Json args,
                              const std::string& body,
                              const std::function<void(const Json&)>& progress) {
  return Reach{company.dir}.call(operation, args, body, progress);
}

core::Status Stage::found() {
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

core::Status Stage::know_partners(const Company& self) {
  std::string table =
      "version: 1\n# Who belongs to which group. Only participants listed here get anything.\n"
      "partners:\n";
  for (const Company* company : {&maker_, &supplier_, &steel_}) {
    if (company->participant == self.participant) continue;
    const bool customer =
        (&self == &supplier_ && company == &maker_) || (&self == &steel_ && company == &supplier_);
    table += "  " + company->participant + ":\n    groups: [" +
             (customer ? "customer" : "supplier") + "]\n";
  }
  return source::write_file(fs::path(self.dir) / "policy" / "partners.yaml", table);
}

core::Status Stage::write_offers(const Company& self) {
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

core::Status Stage::name_application(const Company& self) {
  const fs::path file = fs::path(self.dir) / site::kConfigFile;
  auto text = source::read_file(file, core::limits::kConfigBytes);
  if (!text) return std::move(text.error());
  return source::write_file(file, *text +
                                      "apps:\n  applications:\n    - name: erp\n      users: [\"" +
                                      std::to_string(::getuid()) + "\"]\n");
}

core::Status Stage::meet() {
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

core::Status Stage::import() {
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

void Stage::refused(const core::Error& error) {
  say("   refused: " + error.message + " (" + error.reason + ")");
  for (const auto& [key, value] : error.metadata) say("   " + key + " " + value);
  if (!error.next.empty()) say("   next: " + error.next);
}

core::Result<Json> Stage::negotiate(const Company& consumer, const Company& provider,
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

core::Result<Json> Stage::fetch(const Company& consumer, const Company& provider,
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

std::string Stage::number(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value ? value->text() : "?";
}

void Stage::indent(const std::string& text) const {
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

}  // namespace connector::cli
