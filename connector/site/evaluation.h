// `connector policy evaluate`: a policy, a request and a state of the world, each a file. Needs no
// connector.
#pragma once

#include <filesystem>
#include <string>

#include "core/json.h"
#include "core/result.h"

namespace connector::site {

struct EvaluationFiles {
  std::filesystem::path policy;
  std::filesystem::path request;
  std::filesystem::path world;
};

// {"rules": [{"rule", "kind", "activation", "reason"}]}. dir: of a connector, whose configuration
// may name the OPA to ask; it need not exist. Errors name the file, and path and place in it.
core::Result<core::Json> evaluate_policy(const EvaluationFiles& files,
                                         const std::filesystem::path& dir);

}  // namespace connector::site
