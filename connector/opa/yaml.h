// One YAML table, read strictly: what is wrong with it is collected, each with its line.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace connector::opa {

using Mistakes = std::vector<std::string>;

class Table {
 public:
  Table(std::string file, Mistakes& mistakes) : file_(std::move(file)), mistakes_(mistakes) {}

  // The document's top: a map with these keys. Undefined where it cannot be read at all.
  YAML::Node parse(const std::string& text, const std::vector<std::string>& keys);
  // Calls with key text, key and value of each member. Refused: no map, a key that is no text,
  // a key that comes twice.
  using Member = std::function<void(const std::string&, const YAML::Node&, const YAML::Node&)>;
  void each(const YAML::Node& map, const char* what, const Member& member);
  // The same, but only these keys are known.
  void each_of(const YAML::Node& map, const char* what, const std::vector<std::string>& keys,
               const Member& member);
  // The texts of a list; each must be one of the known ones, where some are given.
  std::vector<std::string> texts(const YAML::Node& list, const char* what,
                                 const std::vector<std::string>& known);
  std::string text(const YAML::Node& scalar, const char* what);

  void mistake(const YAML::Node& where, const std::string& text);
  // "unknown group 'custmer'; did you mean 'customer'?"
  void unknown(const YAML::Node& where, const char* what, const std::string& word,
               const std::vector<std::string>& known);

 private:
  bool visit(const YAML::Node& node);  // false beyond the bound: aliases can multiply a table

  const std::string file_;
  Mistakes& mistakes_;
  std::size_t visited_ = 0;
};

}  // namespace connector::opa
