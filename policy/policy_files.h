// The files of policy/guard, policy/example and policy/odrl, carried by the program.
#pragma once

#include <string_view>
#include <vector>

namespace connector::policy {

struct PolicyFile {
  std::string_view path;     // relative to its folder: "decision.rego"
  std::string_view content;  // lives as long as the program
};

// The guard rails, their tests (*_test.rego) included. They belong into every bundle.
const std::vector<PolicyFile>& guard_files();
// What `connector init` copies into the folder that an admin edits.
const std::vector<PolicyFile>& example_files();
// The library that judges ODRL, and its tests. In no company's bundle: OPA compiles every rule that
// it serves for each row filter, and these are many.
const std::vector<PolicyFile>& odrl_files();

}  // namespace connector::policy
