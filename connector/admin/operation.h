// What an operator can ask a connector: a name, JSON in, JSON out. Admin carries it over HTTP,
// cli calls it directly when no connector runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "core/json.h"
#include "core/result.h"

namespace connector::admin {

struct Call {
  core::Json args;        // an object
  std::string body;       // raw bytes, of "import" alone
  std::int64_t uid = -1;  // who asks, from the socket's peer credentials
  // Reports progress of long work; false: the caller is gone. May be empty.
  std::function<bool(const core::Json&)> progress;
};

using Operation = std::function<core::Result<core::Json>(const Call&)>;
using Operations = std::map<std::string, Operation>;  // "partner.list"

// {"reason", "message", "next", "code", "metadata"}: the same shape over HTTP and on stderr.
core::Json error_to_json(const core::Error& error);
core::Error error_from_json(const core::Json& json);
// The exit code of a command (docs/operating.md): 1 failed, 2 usage, 3 denied, 4 not reachable,
// 5 not healthy.
int exit_code(const core::Error& error);

}  // namespace connector::admin
