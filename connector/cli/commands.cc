#include "cli/commands.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/terminal.h"
#include "core/limits.h"
#include "exchange/importing.h"
#include "site/site.h"
#include "source/files.h"

namespace connector::cli {
namespace {

using core::Json;

std::string ask_terminal(const std::string& question) {
  std::cerr << question << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer;
}

Json list_of(const std::vector<std::string>& values) {
  Json json = Json::array();
  for (const std::string& value : values) json.push(Json::string(value));
  return json;
}

}  // namespace

int simple_command(const Common& common, const std::string& operation, const Json& args) {
  const auto answer = common.reach().call(operation, args);
  if (!answer) return report(answer.error(), common.json);
  if (common.json) {
    std::cout << core::to_pretty_text(*answer) << "\n";
  } else {
    std::cout << to_human(operation, *answer);
  }
  // Operations that judge say so; the exit code repeats it for scripts.
  const Json* healthy = answer->find("healthy");
  return healthy && !healthy->as_bool() ? 5 : 0;
}

int init_command(const Common& common, const InitArgs& args) {
  const auto made = site::init({common.dir, args.participant, args.site, args.name, args.listen});
  if (!made) return report(made.error(), common.json);
  if (common.json) {
    std::cout << core::to_pretty_text(*made) << "\n";
  } else {
    std::cout << to_human("init", *made);
  }
  return 0;
}

int import_command(const Common& common, const ImportArgs& args) {
  source::Walk walk = source::walk(args.paths);
  ProgressLine progress("importing");
  exchange::ImportReport report_of_run;
  std::uint64_t done = 0;
  for (const source::Found& found : walk.files) {
    progress.show(done++, walk.files.size(), found.path);
    exchange::FileOutcome outcome;
    outcome.path = found.path;
    auto bytes = found.problem.empty()
                     ? source::read_file(found.path, core::limits::kDocumentBytes)
                     : core::Result<std::string>(core::invalid("FILE_UNREADABLE", found.problem));
    if (!bytes) {
      outcome.outcome = "refused";
      outcome.cause = bytes.error().message;
      report_of_run.results.push_back(std::move(outcome));
      continue;
    }
    const Json call = Json::object()
                          .set("path", Json::string(found.path))
                          .set("dataset", Json::string(args.dataset))
                          .set("lenient", Json::boolean(args.lenient))
                          .set("dry_run", Json::boolean(args.dry_run));
    // An empty file has no bytes to send, and no format either.
    const auto answer = common.reach().call("import", call, bytes->empty() ? " " : *bytes);
    if (!answer) return report(answer.error(), common.json);
    auto parsed = exchange::file_outcome_from_json(*answer);
    report_of_run.results.push_back(std::move(parsed));
  }
  const Json json = exchange::to_json(report_of_run);
  if (common.json) {
    std::cout << core::to_pretty_text(json) << "\n";
  } else {
    std::cout << to_human("import", json);
  }
  return report_of_run.count("refused") > 0 ? 1 : 0;
}

int fetch_command(const Common& common, const FetchArgs& args) {
  Json call = Json::object();
  call.set("partner", Json::string(args.partner))
      .set("dataset", Json::string(args.dataset))
      .set("purpose", Json::string(args.purpose))
      .set("kinds", list_of(args.kinds))
      .set("orders", list_of(args.orders))
      .set("items", list_of(args.items))
      .set("from", Json::string(args.from))
      .set("to", Json::string(args.to))
      .set("changed_since", Json::string(args.changed_since))
      .set("agreement", Json::string(args.agreement))
      .set("resume", Json::string(args.resume))
      .set("out", Json::string(args.out));
  auto line = std::make_unique<ProgressLine>("fetching");
  const auto answer = common.reach().call("fetch", call, {}, [&](const Json& step) {
    const auto number = [&](const char* key) {
      const Json* value = step.find(key);
      return value ? value->as_uint64().value_or(0) : 0;
    };
    line->show(0, 0,
               std::to_string(number("records")) + " records, " + human_bytes(number("bytes")));
  });
  line.reset();
  if (!answer) return report(answer.error(), common.json);
  if (!args.out.empty()) {
    std::ofstream file(args.out, std::ios::binary | std::ios::trunc);
    std::string after = "0";
    for (bool more = true; more && file;) {
      const auto page = common.reach().call(
          "records.received", Json::object()
                                  .set("account", Json::string(answer->text_at("account")))
                                  .set("after", Json::string(after)));
      if (!page) return report(page.error(), common.json);
      const Json* rows = page->find("records");
      more = rows && !rows->items().empty();
      if (!more) break;
      for (const Json& row : rows->items()) file << core::to_text(row) << "\n";
      after = rows->items().back().text_at("sequence");
    }
    file.flush();
    if (!file) {
      return report({core::Code::kExhausted,
                     "FILE_NOT_WRITTEN",
                     "cannot write " + args.out,
                     "the records are in the store: connector records list --received",
                     {}},
                    common.json);
    }
  }
  if (common.json) {
    std::cout << core::to_pretty_text(*answer) << "\n";
  } else {
    std::cout << to_human("fetch", *answer);
  }
  return 0;
}

int partner_add_command(const Common& common, const std::string& file,
                        const std::string& fingerprint) {
  auto text = source::read_file(file, core::limits::kEnvelopeBytes);
  if (!text) return report(text.error(), common.json);
  Json call = Json::object().set("introduction", Json::string(*text));
  std::string given = fingerprint;
  if (given.empty()) {
    Json look = call;
    look.set("look", Json::boolean(true));
    const auto seen = common.reach().call("partner.add", look);
    if (!seen) return report(seen.error(), common.json);
    std::cerr << to_human("partner.look", *seen);
    const std::string answer = ask_terminal(
        "Compare the fingerprint with what the partner told you by another way.\n"
        "Type 'yes' if it is the same: ");
    if (answer != "yes") {
      return report(core::invalid("FINGERPRINT_NOT_CONFIRMED", "the partner was not added",
                                  "repeat with --fingerprint F when you know it"),
                    common.json);
    }
    given = seen->text_at("fingerprint");
  }
  call.set("fingerprint", Json::string(given));
  return simple_command(common, "partner.add", call);
}

}  // namespace connector::cli
