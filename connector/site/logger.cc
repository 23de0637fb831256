#include "site/logger.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "core/instant.h"
#include "core/json.h"

namespace connector::site {

std::string json_line(const std::string& level, const std::string& message, const Fields& fields) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  core::Json line = core::Json::object();
  line.set("ts",
           core::Json::string(core::to_rfc3339(
               std::chrono::duration_cast<std::chrono::milliseconds>(now).count() * 1'000'000)))
      .set("level", core::Json::string(level))
      .set("msg", core::Json::string(message));
  for (const auto& [key, value] : fields) {
    if (!line.find(key)) line.set(key, core::Json::string(value));
  }
  return core::to_text(line);
}

struct Logger::State {
  spdlog::logger logger{"connector", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

Logger::Logger(const std::string& level) : state_(std::make_unique<State>()) {
  state_->logger.set_pattern("%v");
  state_->logger.flush_on(spdlog::level::info);
  set_level(level);
}

Logger::~Logger() = default;

void Logger::set_level(const std::string& level) {
  state_->logger.set_level(spdlog::level::from_str(level));
}

void Logger::info(const std::string& message, const Fields& fields) const {
  state_->logger.info(json_line("info", message, fields));
}
void Logger::warn(const std::string& message, const Fields& fields) const {
  state_->logger.warn(json_line("warn", message, fields));
}
void Logger::error(const std::string& message, const Fields& fields) const {
  state_->logger.error(json_line("error", message, fields));
}

}  // namespace connector::site
