#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "admin/operation.h"

namespace connector::cli {
namespace {

// Terminals interpret control characters; what a partner or file wrote must not be.
std::string printable(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return out;
}

std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = printable(row[i]);
      line += cell;
      if (i + 1 < row.size()) line.append(widths[i] - columns(cell) + 2, ' ');
    }
    out += line + "\n";
  }
  return out;
}

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

ProgressLine::~ProgressLine() {
  if (shown_) std::cerr << "\r\033[K" << std::flush;
}

void ProgressLine::show(std::uint64_t done, std::uint64_t total, const std::string& detail) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || now - start_ < std::chrono::seconds(1) ||
      now - last_ < std::chrono::milliseconds(100)) {
    return;
  }
  last_ = now;
  shown_ = true;
  std::string bar;
  if (total > 0) {
    const auto filled = static_cast<std::size_t>(30 * std::min(done, total) / total);
    bar = " [" + std::string(filled, '#') + std::string(30 - filled, '.') + "] " +
          std::to_string(100 * std::min(done, total) / total) + " %";
  }
  std::cerr << "\r\033[K" << what_ << bar << " " << detail << std::flush;
}

std::string human_bytes(std::uint64_t bytes) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

int report(const core::Error& error, bool json) {
  if (json) {
    std::cout << core::to_pretty_text(
                     core::Json::object().set("error", admin::error_to_json(error)))
              << "\n";
  }
  std::cerr << "error: " << error.message;
  if (!error.reason.empty()) std::cerr << " (" << error.reason << ")";
  std::cerr << "\n";
  for (const auto& [key, value] : error.metadata) std::cerr << "  " << key << ": " << value << "\n";
  if (!error.next.empty()) std::cerr << "next: " << error.next << "\n";
  return admin::exit_code(error);
}

}  // namespace connector::cli
