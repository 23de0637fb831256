#include <iostream>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "site/evaluation.h"

namespace connector::cli {

// Needs no connector and no folder of one: the three files and OPA.
int policy_evaluate_command(const Common& common, const std::string& policy,
                            const std::string& request, const std::string& world) {
  const auto judged = site::evaluate_policy({policy, request, world}, common.dir);
  if (!judged) return report(judged.error(), common.json);
  if (common.json) {
    std::cout << core::to_pretty_text(*judged) << "\n";
  } else {
    std::cout << to_human("policy.evaluate", *judged);
  }
  return 0;
}

}  // namespace connector::cli
