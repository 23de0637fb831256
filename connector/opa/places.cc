#include "opa/places.h"

#include <yaml-cpp/yaml.h>

namespace connector::opa {
namespace {

constexpr int kDepth = 8;
constexpr std::size_t kEntries = 100'000;

using Lines = std::map<std::string, int>;

void collect(const YAML::Node& node, const std::string& path, int depth, Lines& lines) {
  if (depth == kDepth || lines.size() > kEntries) return;
  const std::string prefix = path.empty() ? "" : path + "/";
  if (node.IsMap()) {
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      const std::string below = prefix + entry.first.Scalar();
      lines[below] = entry.first.Mark().line + 1;
      collect(entry.second, below, depth + 1, lines);
    }
  } else if (node.IsSequence()) {
    std::size_t number = 0;
    for (const YAML::Node& item : node) {
      const std::string below = prefix + std::to_string(number++);
      lines[below] = item.Mark().line + 1;
      collect(item, below, depth + 1, lines);
    }
  }
}

}  // namespace

Places::Places(const Snapshot& files) {
  for (const auto& [name, content] : files) {
    if (!name.ends_with(".yaml")) continue;
    Lines& lines = lines_[name];
    try {
      collect(YAML::Load(content), "", 0, lines);
    } catch (const YAML::Exception&) {
      lines.clear();
    }
  }
}

std::string Places::of(const std::string& file, const std::string& path) const {
  const auto lines = lines_.find(file);
  if (lines == lines_.end()) return {};
  for (std::string at = path; !at.empty();) {
    const auto found = lines->second.find(at);
    if (found != lines->second.end()) return file + ":" + std::to_string(found->second);
    const auto slash = at.rfind('/');
    at = slash == std::string::npos ? std::string() : at.substr(0, slash);
  }
  return file + ":1";
}

bool Places::has(const std::string& file, const std::string& path) const {
  const auto lines = lines_.find(file);
  return lines != lines_.end() && lines->second.count(path) > 0;
}

const std::map<std::string, int>& Places::entries(const std::string& file) const {
  static const Lines none;
  const auto lines = lines_.find(file);
  return lines == lines_.end() ? none : lines->second;
}

}  // namespace connector::opa
