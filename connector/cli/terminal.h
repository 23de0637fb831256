// What a person or a script sees: data on stdout, everything else on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/result.h"

namespace connector::cli {

// Columns as wide as their content; the first row is the head.
std::string table(const std::vector<std::vector<std::string>>& rows);

// On stderr, only on a terminal and only for work that takes longer than a second.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine();  // wipes the line
  // total 0: unknown
  void show(std::uint64_t done, std::uint64_t total, const std::string& detail);

 private:
  std::string what_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

std::string human_bytes(std::uint64_t bytes);

// Cause, reason and next step on stderr (JSON on stdout with --json); gives the exit code.
int report(const core::Error& error, bool json);

}  // namespace connector::cli
