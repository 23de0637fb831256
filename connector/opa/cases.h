// Cases: questions with the answers that the company expects, run at every publication.
// policy/README.md describes the files.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "decision/decision.h"
#include "opa/checker.h"

namespace connector::opa {

struct Case {
  std::string file;
  int line = 0;
  std::string name;
  decision::Question question;
  std::vector<std::string> groups;  // of a caller that stands for any with these; else by the table
  bool allow = false;
  std::string partner_hears;         // of a denial; empty: not looked at
  std::vector<std::string> reasons;  // codes that must be among those given
  std::vector<std::string> shows;    // paths that leave as they are
  std::vector<std::string> hides;    // paths that are withheld or changed
  std::vector<core::Json> leave;     // rows, as in docs/row-view.md
  std::vector<core::Json> stay;
};

// policy/README.md says what each means.
const std::vector<std::string>& case_keys();

// The files of a snapshot whose name begins with "cases/". The error (POLICY_INVALID) lists every
// mistake, a line each.
core::Result<std::vector<Case>> read_cases(const Snapshot& files, const CheckOptions& options);

// Asks them all. The error (POLICY_CASE_FAILED) lists every case that comes out otherwise, a line
// each: "cases/orders.yaml:4: 'a stranger gets nothing': allow, not deny". Else what they reached:
// {"cases", "entries", "entries_reached", "tables": [{"place", "entry"}], "company":
// ["file:line"]}, the last two being what no case reached. work: a private folder.
core::Result<core::Json> run_cases(const std::vector<Case>& cases, const Prepared& policy,
                                   const std::filesystem::path& opa,
                                   const std::filesystem::path& work);

}  // namespace connector::opa
