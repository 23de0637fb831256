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

Json list_of(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push(Json::string(value));
  return list;
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
    contracts();
    evidence();
    store();
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
    use();
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
    orders->add_option("--agreement", use_.agreements,
                       "Use received data under this agreement for it, too");
    orders->add_option("--purpose", use_.purpose, "What it is used for");
    orders->add_option("--app", use_.app, "Application (default: the one that you may act as)");
    operation(orders, "orders.show", [this] {
      return texts({{"order", name_},
                    {"buyer", buyer_},
                    {"purpose", use_.purpose},
                    {"app", use_.app}})
          .set("agreements", list_of(use_.agreements));
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
    fetch->add_option("--agreement", fetch_.agreement,
                      "Under this agreement (default: the newest that covers it)");
    fetch->add_option("--resume", fetch_.resume, "Request id of a broken fetch");
    fetch->add_option("--out", fetch_.out, "Write the records here too, as JSON lines");
    fetch->add_flag("--store", flag_, "Keep them in the store (always done)");
    fetch->callback([this] { result_ = fetch_command(common_, fetch_); });
  }

  void use() {
    CLI::App* use = add(app_, "use", "Use received data, as an application of yours");
    use->add_option("--agreement", use_.agreement, "Agreement under which it came")->required();
    use->add_option("--purpose", use_.purpose, "What it is used for")->required();
    use->add_option("--app", use_.app, "Application (default: the one that you may act as)");
    use->add_option("--dataset", use_.dataset, "Dataset, where the agreement covers several");
    use->add_option("--action", use_.action, "use, read, display, print, execute or derive");
    use->add_option("--kind", use_.kinds, "Only these kinds of record");
    use->add_option("--order", use_.orders, "Only these order numbers");
    use->add_option("--item", use_.items, "Only these items (identifier or item key)");
    use->add_option("--from", use_.from, "Event time from, inclusive");
    use->add_option("--to", use_.to, "Event time to, exclusive");
    use->add_option("--out", use_.out, "Write the records here, as JSON lines");
    use->callback([this] { result_ = use_command(common_, use_); });
    CLI::App* vault = group("vault", "What was received, and what becomes of it");
    operation(add(*vault, "status", "Agreements, uses, deadlines, what waits to be sent"),
              "vault.status");
    operation(add(*vault, "confirm-restore",
                  "The store was restored and the provider is silent: "
                  "let nothing that is counted remain"),
              "vault.confirm-restore");
    CLI::App* remove = add(*vault, "delete", "Delete what was received under an agreement, now");
    remove->add_option("agreement", name_, "Agreement")->required();
    operation(remove, "vault.delete", [this] { return texts({{"agreement", name_}}); });
  }

  void policy() {
    CLI::App* policy = group("policy", "The company's policy");
    for (const auto& [verb, help] : {std::pair{"check", "Check the edited files; changes nothing"},
                                     {"test", "Run the tests and cases beside the policy"},
                                     {"status", "What is in force"},
                                     {"history", "Who put what in force, and when"}}) {
      operation(add(*policy, verb, help), std::string("policy.") + verb);
    }
    policy_changes(*policy);
    policy_questions(*policy);
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

  void policy_changes(CLI::App& policy) {
    CLI::App* publish = add(policy, "publish", "Check, test and put the edited files in force");
    publish->add_flag("--dry-run", publish_.dry_run, "Show what it would change; publish nothing");
    publish->add_option("--if-impact-below", publish_.impact_below,
                        "Refuse unless fewer recorded decisions than this change");
    publish->callback([this] { result_ = policy_publish_command(common_, publish_); });
    for (const auto& [verb, help] :
         {std::pair{"approve", "Put in force what another person proposed"},
          {"reject", "Take a proposal away"}}) {
      CLI::App* command = add(policy, verb, help);
      command->add_option("revision", name_, "Its first 8 digits or more")->required();
      operation(command, std::string("policy.") + verb, [this] {
        return texts({{"revision", name_}});
      });
    }
  }

  void policy_questions(CLI::App& policy) {
    CLI::App* can = add(policy, "can-i", "May a partner have this, why, and what would change it?");
    can->add_option("--as", can_i_.as, "did:web:company.example[/site]")->required();
    can->add_option("--dataset", can_i_.dataset, "Dataset")->required();
    can->add_option("--purpose", can_i_.purpose, "What the data are wanted for")->required();
    can->add_option("--record", can_i_.record, "Key of a record, or beginning of its content id");
    can->add_option("--at", can_i_.at, "At this time (default: now)");
    can->add_flag("--working", can_i_.working, "By the edited files, not by what is in force");
    can->callback([this] { result_ = policy_can_i_command(common_, can_i_); });
    CLI::App* explain = add(policy, "explain", "Replay a decision by the revision that made it");
    explain->add_option("decision", name_, "Its id, as in the log")->required();
    operation(explain, "policy.explain", [this] { return texts({{"decision", name_}}); });
    CLI::App* diff = add(policy, "diff", "What differs, and which decisions would change");
    diff->add_option("from", diff_.from, "Revision (default: the one in force)");
    diff->add_option("to", diff_.to, "Revision (default: the edited files)");
    diff->add_flag("--working", diff_.working, "Compare with the edited files");
    diff->callback([this] { result_ = policy_diff_command(common_, diff_); });
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

  void contracts() {
    CLI::App* catalog = add(app_, "catalog", "What a partner offers us, and under which terms");
    catalog->add_option("partner", name_, "did:web:company.example/site")->required();
    catalog->add_option("--dataset", dataset_, "Only offers that cover this dataset");
    operation(catalog, "catalog", [this] {
      return texts({{"partner", name_}, {"dataset", dataset_}});
    });
    CLI::App* negotiate = add(app_, "negotiate", "Ask a partner for one of its offers");
    negotiate->add_option("partner", name_, "did:web:company.example/site")->required();
    negotiate->add_option("offer", offer_, "As the catalogue names it")->required();
    negotiate->add_option("--uses", uses_, "Ask for this number of uses");
    negotiate->add_option("--until", until_, "Ask for the use until then (2027-06-30T23:59:59Z)");
    negotiate->add_flag("--accept", flag_, "Accept a counter-offer without asking anybody");
    negotiate->add_flag("--anew", anew_, "Although such an agreement is in force");
    operation(negotiate, "negotiate", [this] {
      return texts({{"partner", name_}, {"offer", offer_}, {"uses", uses_}, {"until", until_}})
          .set("accept", Json::boolean(flag_))
          .set("anew", Json::boolean(anew_));
    });
    negotiations();
    agreements();
  }

  void negotiations() {
    CLI::App* group_of = group("negotiation", "Negotiations under way, and those that ended");
    CLI::App* list = add(*group_of, "list", "Newest first");
    list->add_flag("--open", flag_, "Only those under way");
    operation(list, "negotiation.list",
              [this] { return Json::object().set("open", Json::boolean(flag_)); });
    for (const auto& [verb, help] : {std::pair{"show", "One negotiation with its terms"},
                                     std::pair{"approve", "Agree to one that waits for a person"},
                                     std::pair{"reject", "Refuse one that waits for a person"}}) {
      CLI::App* command = add(*group_of, verb, help);
      command->add_option("negotiation", name_, "Its id")->required();
      if (std::string(verb) == "reject") {
        command->add_option("--reason", reason_, "Told to the partner")->required();
      }
      operation(command, std::string("negotiation.") + verb, [this] {
        return texts({{"negotiation", name_}, {"reason", reason_}});
      });
    }
  }

  void agreements() {
    CLI::App* group_of = group("agreement", "Agreements that both sides signed");
    CLI::App* list = add(*group_of, "list", "Newest first");
    list->add_option("--partner", name_, "Only with this partner");
    operation(list, "agreement.list", [this] { return texts({{"partner", name_}}); });
    CLI::App* show = add(*group_of, "show", "One agreement with its terms");
    show->add_option("agreement", name_, "Its id")->required();
    operation(show, "agreement.show", [this] { return texts({{"agreement", name_}}); });
    CLI::App* end = add(*group_of, "end", "End an agreement; the partner is told");
    end->add_option("agreement", name_, "Its id")->required();
    end->add_option("--reason", reason_, "Told to the partner")->required();
    operation(end, "agreement.end", [this] {
      return texts({{"agreement", name_}, {"reason", reason_}});
    });
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

  void store() {
    CLI::App* db = group("db", "The store: copies and checks");
    CLI::App* backup = add(*db, "backup", "Everything but the keys into one file, while it runs");
    backup->add_option("file", file_, "New file")->required();
    backup->callback([this] { result_ = db_backup_command(common_, file_); });
    CLI::App* restore = add(*db, "restore", "Put a backup in the place of store and policy");
    restore->add_option("file", file_, "A backup")->required();
    restore->add_flag("--force", flag_, "Although there is a store: it is kept beside");
    restore->callback([this] { result_ = db_restore_command(common_, file_, flag_); });
    CLI::App* check = add(*db, "check", "Read every page and every entry of the log");
    check->add_option("file", file_, "A backup (default: the store)");
    operation(check, "db.check", [this] {
      return texts({{"file", file_.empty() ? "" : std::filesystem::absolute(file_).string()}});
    });
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
  UseArgs use_;
  PublishArgs publish_;
  CanIArgs can_i_;
  DiffArgs diff_;
  std::string out_, file_, fingerprint_, name_, identifier_, dataset_, buyer_, order_, kind_,
      reason_, keep_, offer_, uses_, until_, purpose_, request_, world_;
  std::uint64_t after_ = 0;
  std::uint64_t limit_ = 50;
  bool flag_ = false;
  bool anew_ = false;
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
