// One function per command; each gives the process's exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/reach.h"

namespace connector::cli {

struct Common {
  std::string dir = ".";
  bool json = false;
  Reach reach() const { return {dir}; }
};

struct ImportArgs {
  std::vector<std::string> paths;
  std::string dataset = "default";
  bool lenient = false;
  bool dry_run = false;
};
int import_command(const Common& common, const ImportArgs& args);

struct FetchArgs {
  std::string partner;  // "did:web:x/site", or "did:web:x" when it has one site
  std::string dataset;
  std::string purpose;
  std::vector<std::string> kinds, orders, items;
  std::string from, to;  // event time, RFC 3339
  std::string agreement;
  std::string changed_since;  // position of an earlier receipt
  std::string resume;         // request id
  std::string out;            // file for the records, JSON lines
};
int fetch_command(const Common& common, const FetchArgs& args);

struct UseArgs {
  std::string agreement, dataset, purpose, app;
  std::vector<std::string> agreements;  // of "orders show"
  std::string action = "use";
  std::vector<std::string> kinds, orders, items;
  std::string from, to;  // event time, RFC 3339
  std::string out;       // file for the records, JSON lines
};
int use_command(const Common& common, const UseArgs& args);

struct InitArgs {
  std::string participant, site = "main", name, listen = "127.0.0.1:7443";
};
int init_command(const Common& common, const InitArgs& args);
int serve_command(const Common& common);
int partner_add_command(const Common& common, const std::string& file,
                        const std::string& fingerprint);
// log_key: the verifier key known by another way; empty: the export vouches for its own.
int audit_verify_command(const Common& common, const std::string& path, const std::string& log_key);
int policy_evaluate_command(const Common& common, const std::string& policy,
                            const std::string& request, const std::string& world);

struct PublishArgs {
  bool dry_run = false;
  std::string impact_below;  // a number; empty: any impact will do
};
int policy_publish_command(const Common& common, const PublishArgs& args);

struct CanIArgs {
  std::string as, dataset, purpose, record, at;
  bool working = false;
};
// 0: allowed; 3: denied.
int policy_can_i_command(const Common& common, const CanIArgs& args);

struct DiffArgs {
  std::string from, to;
  bool working = false;
};
int policy_diff_command(const Common& common, const DiffArgs& args);

// While a connector runs, or without one.
int db_backup_command(const Common& common, const std::string& file);
// Without one alone.
int db_restore_command(const Common& common, const std::string& file, bool force);

int version_command(const Common& common);
int demo_command(const Common& common, const std::string& keep);

// Sends args to an operation and prints the answer: as JSON, or as text in the way that the
// operation's name calls for.
int simple_command(const Common& common, const std::string& operation, const core::Json& args);
// The text form of an answer.
std::string to_human(const std::string& operation, const core::Json& answer);

// Of the operations "policy.*"; empty for those that need no form of their own.
std::string policy_text(const std::string& operation, const core::Json& answer);

}  // namespace connector::cli
