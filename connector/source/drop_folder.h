// A folder that is watched: a file that is moved into it is handed over within a second and then
// moved to done/, or to refused/ with a <name>.reason.txt beside it.
//
// Files still being written are left alone: a file is taken when nobody has it open for writing.
// Names that begin with a dot are never taken. Nothing is lost whenever the process ends: a file
// leaves the folder only after the verdict on it is durable, and handing it over again is harmless.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "exchange/source.h"

namespace connector::source {

struct DropOptions {
  std::filesystem::path folder;  // made if it is absent, with done/ and refused/ in it
  std::size_t max_bytes = 0;
  // What an operator should read: a file that cannot be moved, a folder that cannot be watched.
  std::function<void(const std::string&)> problem;
};

class DropFolder final : public exchange::Source {
 public:
  static core::Result<std::unique_ptr<DropFolder>> open(DropOptions options);
  ~DropFolder() override;
  core::Status start(exchange::Take take) override;

 private:
  struct State;
  explicit DropFolder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::source
