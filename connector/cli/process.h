// A connector that the demonstration runs as a process of its own, as an installed one would be.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "core/result.h"

namespace connector::cli {

class ServedConnector {
 public:
  // Starts this very program with `serve --dir`; what it logs goes to <dir>/connector.log.
  // Returns when it is ready.
  static core::Result<ServedConnector> start(const std::string& dir);
  ~ServedConnector();  // ends it in order
  ServedConnector(ServedConnector&& other) noexcept;
  ServedConnector& operator=(ServedConnector&&) = delete;

 private:
  ServedConnector(pid_t pid, std::string dir) : pid_(pid), dir_(std::move(dir)) {}
  pid_t pid_;
  std::string dir_;
};

// A port of 127.0.0.1 that was free a moment ago.
std::uint16_t free_port();

}  // namespace connector::cli
