// Port: which of the company's own applications calls on the local socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace connector::exchange {

// An application, as the configuration names it, and what its users may be.
struct Application {
  std::string name;
  std::vector<std::uint32_t> uids;  // it runs as one of these,
  std::vector<std::uint32_t> gids;  // or in one of these groups
  std::vector<std::string> roles;
};

struct LocalCaller {
  std::int64_t uid = -1;
  std::vector<std::uint32_t> gids;  // all groups of the process
};

// Implemented by edge; asked on every call.
class LocalCallers {
 public:
  virtual ~LocalCallers() = default;
  // Of the connection that gRPC shows by this name. Error: it is closed already.
  virtual core::Result<LocalCaller> caller(std::string_view peer_name) = 0;
};

// The application that the caller may act as: the named one, or the only one. APPLICATION_UNKNOWN:
// it is none of them, or several.
core::Result<Application> application_of(const std::vector<Application>& all,
                                         const LocalCaller& caller, const std::string& name);

}  // namespace connector::exchange
