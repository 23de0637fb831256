#include "opa/yaml.h"

#include <algorithm>
#include <set>

#include "core/text.h"

namespace connector::opa {
namespace {

constexpr std::size_t kNodes = 1'000'000;

bool contains(const std::vector<std::string>& known, const std::string& word) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

}  // namespace

void Table::mistake(const YAML::Node& where, const std::string& text) {
  const int line = where.IsDefined() ? where.Mark().line + 1 : 1;
  mistakes_.push_back(file_ + ":" + std::to_string(line) + ": " + text);
}

void Table::unknown(const YAML::Node& where, const char* what, const std::string& word,
                    const std::vector<std::string>& known) {
  const std::string near = core::nearest(word, known);
  mistake(where, std::string("unknown ") + what + " '" + word + "'" +
                     (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

bool Table::visit(const YAML::Node& node) {
  if (++visited_ == kNodes) mistake(node, "the table is too large");
  return visited_ < kNodes;
}

YAML::Node Table::parse(const std::string& text, const std::vector<std::string>& keys) {
  YAML::Node top;
  try {
    top = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    mistakes_.push_back(file_ + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg);
    return YAML::Node(YAML::NodeType::Undefined);
  }
  std::vector<std::string> known = keys;
  known.push_back("version");
  each_of(top, "the file", known,
          [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
            if (key == "version" && (!value.IsScalar() || value.Scalar() != "1")) {
              mistake(at, "version must be 1: this program knows no other");
            }
          });
  return top;
}

void Table::each(const YAML::Node& map, const char* what, const Member& member) {
  if (map.IsNull()) return;  // "partners:" with nothing below it
  if (!map.IsMap()) return mistake(map, std::string(what) + " must be a map of names");
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const YAML::Node& key = entry.first;
    if (!visit(key)) return;
    if (!key.IsScalar()) {
      mistake(key, std::string("a key of ") + what + " is no text");
    } else if (!seen.insert(key.Scalar()).second) {
      mistake(key, "'" + key.Scalar() + "' stands here twice");
    } else {
      member(key.Scalar(), key, entry.second);
    }
  }
}

void Table::each_of(const YAML::Node& map, const char* what, const std::vector<std::string>& keys,
                    const Member& member) {
  each(map, what, [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
    if (!contains(keys, key)) return unknown(at, "key", key, keys);
    member(key, at, value);
  });
}

std::vector<std::string> Table::texts(const YAML::Node& list, const char* what,
                                      const std::vector<std::string>& known) {
  std::vector<std::string> all;
  if (!list.IsSequence()) {
    mistake(list, std::string("a list of ") + what + "s is expected: [" + what + ", ...]");
    return all;
  }
  for (const YAML::Node& item : list) {
    if (!visit(item)) break;
    const std::string word = text(item, what);
    if (word.empty()) continue;
    if (!known.empty() && !contains(known, word)) {
      unknown(item, what, word, known);
    } else {
      all.push_back(word);
    }
  }
  return all;
}

std::string Table::text(const YAML::Node& scalar, const char* what) {
  if (scalar.IsScalar() && !scalar.Scalar().empty()) return scalar.Scalar();
  mistake(scalar, std::string("a ") + what + " must be a text");
  return {};
}

}  // namespace connector::opa
