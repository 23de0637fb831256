// How a command reaches its connector: over the admin socket when one runs, else by opening the
// store itself. The operations are the same.
#pragma once

#include <functional>
#include <string>

#include "core/json.h"
#include "core/result.h"

namespace connector::cli {

struct Reach {
  std::string dir;
  core::Result<core::Json> call(const std::string& operation, const core::Json& args,
                                const std::string& body = {},
                                const std::function<void(const core::Json&)>& progress = {}) const;
  bool running() const;  // a connector serves this folder now
};

}  // namespace connector::cli
