// What is measured, as values; admin renders them in the Prometheus text format.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace connector::core {

struct Metric {
  enum class Type { kCounter, kGauge };
  std::string name;  // connector_..., base units, counters end in _total
  std::string help;
  Type type = Type::kGauge;
  std::vector<std::pair<std::string, std::string>> labels;  // bounded values only
  double value = 0;
};

// One line of "is it ready?".
struct Check {
  std::string name;
  bool ok = true;
  std::string detail;
  std::string next;  // what to do about it
};

}  // namespace connector::core
