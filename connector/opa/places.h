// Where each entry of the company's tables stands, for explanations: "purposes.yaml:6".
#pragma once

#include <map>
#include <string>

#include "opa/tables.h"

namespace connector::opa {

class Places {
 public:
  // Of the YAML files of a snapshot; what cannot be read has no places.
  explicit Places(const Snapshot& files);
  Places() = default;

  // path: keys and, in lists, numbers, from the file's top: "purposes/orders/planning",
  // "labels/personal/0". Of an entry that is not there: of the nearest one around it. "" where the
  // file itself is not known.
  std::string of(const std::string& file, const std::string& path) const;
  bool has(const std::string& file, const std::string& path) const;
  // Every entry of a file with its line.
  const std::map<std::string, int>& entries(const std::string& file) const;

 private:
  std::map<std::string, std::map<std::string, int>> lines_;  // file -> path -> line
};

}  // namespace connector::opa
