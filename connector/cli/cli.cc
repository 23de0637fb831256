#include "cli/cli.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "cli/commands.h"
#include "core/text.h"

namespace connector::cli {
namespace {

using core::Json;

// A JSON object of texts.
Json texts(std::vector<std::pair<std::string, std::string>> members) {
  Json json = Json::object();
  for (auto& [key, value] : members) json.set(key, Json::string(std::move(value)));
  return json;
}

// Holds what the options are read into while CLI11 parses, and what to do then.
class Commands {
 public:
  explicit Commands(CLI::App& app) : app_(app) {
    if (const char* dir = std::getenv("CONNECTOR_DIR")) common_.dir = dir;
    app.require_subcommand(1);
    app.add_option("--dir", common_.dir, "Folder of the connector (or $CONNECTOR_DIR)");
    app.add_flag("--json", common_.json, "Machine-readable output on stdout");
    app.fallthrough();
    first_steps();
    partners();
    records();
    policy();
    offers();
    evidence();
    keys();
  }
  int result() const { return result_; }

 private:
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& help) {
    CLI::App* command = parent.add_subcommand(name, help);
    command->fallthrough();
    return command;
  }
  CLI::App* group(const std::string& name, const std::string& help) {
    CLI::App* command = add(app_, name, help);
    command->require_subcommand(1);
    return command;
  }
  // A command that is one operation; args are taken when it runs.
  void operation(CLI::App* command, std::string name, std::function<Json()> args = {}) {
    command->callback([this, name = std::move(name), args = std::move(args)] {
      result_ = simple_command(common_, name, args ? args() : Json::object());
    });
  }

  void first_steps() {
    CLI::App* init = add(app_, "init", "Make a connector: configuration, keys, trial CA, policy");
    init->add_option("--participant", init_.participant, "did:web:your-company.example")
        ->required();
    init->add_option("--site", init_.site, "Name of this site (default: main)");
    init->add_option("--name", init_.name, "Name of the company, for people");
    init->add_option("--listen", init_.listen, "Address and port for partners");
    init->callback([this] { result_ = init_command(common_, init_); });
    add(app_, "serve", "Run the connector")->callback([this] { result_ = serve_command(common_); });
    operation(add(app_, "validate", "Check configuration, keys, certificates, policy and store"),
              "validate");
    operation(add(app_, "doctor", "Check everything that can go wrong, and say how to mend it"),
              "doctor");
    operation(add(app_, "status", "What the connector is doing"), "status");
    add(app_, "version", "Version of program, protocol and formats")->callback([this] {
      result_ = version_command(common_);
    });
    operation(add(*group("config", "The configuration"), "show", "Effective values and origins"),
              "config.show");
    CLI::App* demo = add(app_, "demo", "Three companies on this machine: see it work");
    demo->add_option("--keep", keep_, "Keep the three connectors in this folder");
    demo->callback([this] { result_ = demo_command(common_, keep_); });
  }

  void partners() {
    CLI::App* introduce = add(app_, "introduce", "Write our introduction, for a partner");
    introduce->add_option("--out", out_, "File (default: stdout)");
    operation(introduce, "introduce", [this] { return texts({{"out", out_}}); });
    CLI::App* partner = group("partner", "Who may connect");
    CLI::App* added = add(*partner, "add", "Accept a partner's introduction");
    added->add_option("file", file_, "The introduction")->required();
    added->add_option("--fingerprint", fingerprint_, "As the partner told you by another way");
    added->callback([this] { result_ = partner_add_command(common_, file_, fingerprint_); });
    operation(add(*partner, "list", "All partners"), "partner.list");
    for (const char* verb : {"show", "suspend", "resume", "revoke", "remove"}) {
      CLI::App* command = add(*partner, verb, std::string(verb) + " a partner");
      command->add_option("partner", name_, "did:web:company.example/site")->required();
      operation(command, std::string("partner.") + verb, [this] {
        return texts({{"partner", name_}});
      });
    }
    CLI::App* confirm =
        add(*partner, "confirm", "Confirm that a party identifier belongs to a partner");
    confirm->add_option("participant", name_, "did:web:company.example")->required();
    confirm->add_option("identifier", identifier_, "gln:8712345000004, vat:..., duns:..., bpn:...")
        ->required();
    confirm->add_flag("--withdraw", flag_, "Take the confirmation back");
    operation(confirm, "partner.confirm", [this] {
      return texts({{"participant", name_}, {"identifier", identifier_}})
          .set("withdraw", Json::boolean(flag_));
    });
  }

  void records() {
    CLI::App* importing = add(app_, "import", "Read documents into records");
    importing->add_option("paths", import_.paths, "Files and folders")->required();
    importing->add_option("--dataset", import_.dataset, "Dataset (default: default)");
    importing->add_flag("--lenient", import_.lenient, "Keep slips of vocabulary, with a flag");
    importing->add_flag("--dry-run", import_.dry_run, "Read and report, store nothing");
    importing->callback([this] { result_ = import_command(common_, import_); });
    fetch();
    CLI::App* dataset = group("dataset", "What we offer");
    operation(add(*dataset, "list", "Datasets of ours"), "dataset.list");
    CLI::App* show_dataset = add(*dataset, "show", "One dataset");
    show_dataset->add_option("id", name_, "Dataset")->required();
    operation(show_dataset, "dataset.show", [this] { return texts({{"dataset", name_}}); });
    CLI::App* records = group("records", "Own and received records");
    CLI::App* list = add(*records, "list", "Newest last");
    list->add_option("--dataset", dataset_, "Only this dataset");
    list->add_option("--order", order_, "Only this order number");
    list->add_option("--kind", kind_, "order_line, event, measurement ...");
    list->add_option("--after", after_, "Go on after this sequence");
    list->add_option("--limit", limit_, "At most (default: 50)");
    list->add_flag("--received", flag_, "Only received ones");
    operation(list, "records.list", [this] {
      return texts({{"dataset", dataset_},
                    {"order", order_},
                    {"kind", kind_},
                    {"after", std::to_string(after_)},
                    {"limit", std::to_string(limit_)}})
          .set("received", Json::boolean(flag_));
    });
    CLI::App* show = add(*records, "show", "One record");
    show->add_option("key", name_, "Key, or beginning of the content id")->required();
    operation(show, "records.show", [this] { return texts({{"key", name_}}); });
    CLI::App* withdraw = add(*records, "withdraw", "Withdraw a record; leaves a tombstone");
    withdraw->add_option("key", name_, "Key of the record")->required();
    withdraw->add_option("--dataset", dataset_, "Dataset")->required();
    withdraw->add_option("--reason", reason_, "For the log and for partners");
    operation(withdraw, "records.withdraw", [this] {
      return texts({{"key", name_}, {"dataset", dataset_}, {"reason", reason_}});
    });
    CLI::App* orders = add(*group("orders", "The state of orders"), "show",
                           "Quantities by state, and who stated them");
    orders->add_option("number", name_, "Order number")->required();
    orders->add_option("--buyer", buyer_, "Only the order of this buyer (name or identifier)");
    operation(orders, "orders.show", [this] {
      return texts({{"order", name_}, {"buyer", buyer_}});
    });
  }

  void fetch() {
    CLI::App* fetch = add(app_, "fetch", "Fetch records from a partner");
    fetch->add_option("partner", fetch_.partner, "did:web:company.example[/site]")->required();
    fetch->add_option("dataset", fetch_.dataset, "Dataset of the partner")->required();
    fetch->add_option("--purpose", fetch_.purpose, "What the data are wanted for")->required();
    fetch->add_option("--kind", fetch_.kinds, "Only these kinds of record");
    fetch->add_option("--order", fetch_.orders, "Only these order numbers");
    fetch->add_option("--item", fetch_.items, "Only these items (identifier or item key)");
    fetch->add_option("--from", fetch_.from, "Event time from, inclusive");
    fetch->add_option("--to", fetch_.to, "Event time to, exclusive");
    fetch->add_option("--changed-since", fetch_.changed_since, "Position of an earlier receipt");
    fetch->add_option("--resume", fetch_.resume, "Request id of a broken fetch");
    fetch->add_option("--out", fetch_.out, "Write the records here too, as JSON lines");
    fetch->add_flag("--store", flag_, "Keep them in the store (always done)");
    fetch->callback([this] { result_ = fetch_command(common_, fetch_); });
  }

  void policy() {
    CLI::App* policy = group("policy", "The company's policy");
    for (const auto& [verb, help] : {std::pair{"check", "Check the edited files; changes nothing"},
                                     {"test", "Run the tests beside the policy"},
                                     {"publish", "Check, test and put the edited files in force"},
                                     {"status", "What is in force"}}) {
      operation(add(*policy, verb, help), std::string("policy.") + verb);
    }
    CLI::App* evaluate = add(*policy, "evaluate", "Judge ODRL documents, each a file");
    evaluate->add_option("--policy", file_, "Policy")->required();
    evaluate->add_option("--request", request_, "Request: one permission")->required();
    evaluate->add_option("--world", world_, "State of the world")->required();
    evaluate->callback(
        [this] { result_ = policy_evaluate_command(common_, file_, request_, world_); });
    CLI::App* rollback = add(*policy, "rollback", "Put an earlier revision in force");
    rollback->add_option("revision", name_, "Revision (default: the one before)");
    operation(rollback, "policy.rollback", [this] { return texts({{"revision", name_}}); });
  }

  void offers() {
    CLI::App* offer = group("offer", "What we offer under which terms");
    operation(add(*offer, "list", "Offers in force"), "offer.list");
    operation(add(*offer, "check", "Check the edited offers; changes nothing"), "offer.check");
    for (const auto& [verb, help] :
         {std::pair{"show", "One offer in force, term by term"},
          {"explain", "An edited offer in plain words: each term, and who enforces it"}}) {
      CLI::App* command = add(*offer, verb, help);
      command->add_option("offer", name_, "Its id: the name of its file")->required();
      operation(command, std::string("offer.") + verb, [this] {
        return texts({{"offer", name_}});
      });
    }
  }

  void evidence() {
    CLI::App* audit = group("audit", "The evidence");
    CLI::App* list = add(*audit, "list", "Entries of the log");
    list->add_option("--after", after_, "Go on after this index");
    list->add_option("--limit", limit_, "At most (default: 50)");
    operation(list, "audit.list", [this] {
      return texts({{"after", std::to_string(after_)}, {"limit", std::to_string(limit_)}});
    });
    CLI::App* show = add(*audit, "show", "One entry with its proof");
    show->add_option("index", name_, "Index in the log, or a request id")->required();
    operation(show, "audit.show", [this] { return texts({{"entry", name_}}); });
    CLI::App* exported = add(*audit, "export", "Write entries, tiles, checkpoint and public keys");
    exported->add_option("folder", file_, "New folder")->required();
    operation(exported, "audit.export", [this] {
      return texts({{"folder", std::filesystem::absolute(file_).string()}});
    });
    CLI::App* verify = add(*audit, "verify", "Verify an export offline, with public keys alone");
    verify->add_option("folder", file_, "Folder of an export")->required();
    verify->add_option("--log-key", name_, "Verifier key of the log, known by another way");
    verify->callback([this] { result_ = audit_verify_command(common_, file_, name_); });
  }

  void keys() {
    operation(add(*group("keys", "Our signing keys"), "rotate", "Make a new signing key"),
              "keys.rotate");
    operation(add(*group("cert", "Our certificates"), "show", "Who, until when, by whom"),
              "cert.show");
  }

  CLI::App& app_;
  Common common_;
  InitArgs init_;
  ImportArgs import_;
  FetchArgs fetch_;
  std::string out_, file_, fingerprint_, name_, identifier_, dataset_, buyer_, order_, kind_,
      reason_, keep_, purpose_, request_, world_;
  std::uint64_t after_ = 0;
  std::uint64_t limit_ = 50;
  bool flag_ = false;
  int result_ = 0;
};  // namespace

// CLI11 says what was not understood; we add what was probably meant.
void suggest(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.empty() || word[0] == '-') continue;
    if (std::find(known.begin(), known.end(), word) != known.end()) return;
    const std::string near = core::nearest(word, known);
    if (!near.empty()) std::cerr << "did you mean: connector " << near << "\n";
    return;
  }
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app(
      "Data-sharing connector: partners fetch orders, quality and traceability records under "
      "your policy, and both sides can prove it.\n\nExamples:\n"
      "  connector demo\n"
      "  connector init --dir ./acme --participant did:web:acme.example\n"
      "  connector serve --dir ./acme\n",
      "connector");
  Commands commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    app.exit(error, std::cerr, std::cerr);
    suggest(app, argc, argv);
    return 2;
  }
  return commands.result();
}

}  // namespace connector::cli
