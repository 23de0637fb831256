// What the connector says while it runs: one JSON object a line, on stderr.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace connector::site {

using Fields = std::vector<std::pair<std::string, std::string>>;

// {"ts", "level", "msg", fields ...}
std::string json_line(const std::string& level, const std::string& message,
                      const Fields& fields = {});

// Safe for use by several threads.
class Logger {
 public:
  explicit Logger(const std::string& level);  // "debug", "info", "warn", "error"
  ~Logger();
  void set_level(const std::string& level);
  void info(const std::string& message, const Fields& fields = {}) const;
  void warn(const std::string& message, const Fields& fields = {}) const;
  void error(const std::string& message, const Fields& fields = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace connector::site
