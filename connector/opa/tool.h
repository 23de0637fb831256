// OPA as a tool, run to its end: drafts of bundles, its words, and questions to a bundle in a
// folder that no partner asks.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/result.h"

namespace connector::opa {

inline constexpr std::chrono::seconds kToolTime{30};

// A folder for one check, private, removed with it.
class Draft {
 public:
  explicit Draft(const std::filesystem::path& run_dir);
  ~Draft();
  Draft(Draft&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  core::Status made() const;  // error: run_dir cannot be written
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

// OPA's capabilities without what reaches out, or makes a decision depend on something that is
// not in its input and could not be replayed.
core::Result<std::string> safe_capabilities(const std::filesystem::path& opa);

// The part of OPA's output that is JSON: warnings may stand before it.
core::Result<core::Json> json_in(const std::string& text);
// What OPA said, with the bundle's folder taken out.
std::string words_of(const std::string& text, const std::filesystem::path& bundle);

// A rule of the bundle that was looked at while a query was evaluated.
struct Visit {
  std::string rule;  // "deny"
  std::string file;  // "company.rego"
  std::size_t line = 0;
  bool held = false;
  std::size_t failed_line = 0;  // where it did not hold
  core::Json value;             // of a member of a set: that member, where it is a text
};

struct Query {
  std::filesystem::path opa;
  std::filesystem::path bundle;  // folder
  std::filesystem::path work;    // private folder, for the input
  std::string text;              // an expression of Rego
  core::Json input;
  bool trace = false;
  bool coverage = false;
  bool strict = false;  // errors of built-in functions are errors, as for the decision itself
};
struct Answered {
  core::Json value;
  std::vector<Visit> visits;  // with trace
  core::Json coverage;        // with coverage, as OPA reports it
};
// POLICY_INVALID: the policy or the query has a mistake. Every rule is looked at: no index and no
// early exit hides one.
core::Result<Answered> evaluate(const Query& query);

}  // namespace connector::opa
