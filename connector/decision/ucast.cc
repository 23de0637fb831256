#include "decision/ucast.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/limits.h"

namespace connector::decision {
namespace {

namespace limits = core::limits;
using Kind = Predicate::Kind;

constexpr std::string_view kPrefix = "row.";
constexpr std::size_t kDoubleDigits = 15;  // every decimal of so many digits survives a double

constexpr std::array<std::pair<std::string_view, Comparison>, 12> kComparisons = {{
    {"eq", Comparison::kEq},
    {"ne", Comparison::kNe},
    {"lt", Comparison::kLt},
    {"le", Comparison::kLe},
    {"lte", Comparison::kLe},
    {"gt", Comparison::kGt},
    {"ge", Comparison::kGe},
    {"gte", Comparison::kGe},
    {"in", Comparison::kIn},
    {"contains", Comparison::kContains},
    {"startswith", Comparison::kStartsWith},
    {"endswith", Comparison::kEndsWith},
}};

core::Error refuse(const std::string& message, std::string next = {}) {
  return core::invalid("ROW_FILTER_UNSUPPORTED", "the row filter " + message, std::move(next));
}

// The members that a node of this type has, no more and no fewer.
core::Status check_members(const core::Json& node, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : node.members()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return refuse("has an unknown member \"" + name + "\"");
    }
  }
  for (const std::string_view name : names) {
    if (node.find(name) == nullptr) return refuse("has a node without " + std::string(name));
  }
  return core::ok();
}

std::size_t significant_digits(const core::Decimal& number) {
  std::string digits = number.canonical();
  std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? 0 : digits.find_last_not_of('0') - first + 1;
}

core::Result<Literal> number_of(const core::Json& value) {
  auto number = core::Decimal::parse(value.text());
  if (!number) return refuse("has the number " + value.text() + ", which is out of range");
  if (significant_digits(*number) > kDoubleDigits) {
    return refuse("has the number " + value.text() + " with more than 15 significant digits",
                  "OPA keeps no more in a row filter: round the number in the policy");
  }
  return Literal(std::move(*number));
}

core::Result<Literal> literal_of(const core::Json& value) {
  switch (value.kind()) {
    case core::Json::Kind::kNull:
      return Literal(nullptr);
    case core::Json::Kind::kBool:
      return Literal(value.as_bool());
    case core::Json::Kind::kString:
      return Literal(value.text());
    case core::Json::Kind::kNumber:
      return number_of(value);
    case core::Json::Kind::kObject:
    case core::Json::Kind::kArray:
      break;
  }
  return refuse("compares a field with what is neither text, number, true, false nor null",
                "two fields of a row cannot be compared with each other");
}

class Reader {
 public:
  core::Result<Predicate> read(const core::Json& node, std::size_t depth) {
    if (++nodes_ > limits::kPredicateNodes || depth > limits::kPredicateDepth) {
      return refuse("is larger or deeper than allowed");
    }
    const std::string& type = node.text_at("type");
    if (type == "compound") return compound(node, depth);
    if (type == "field") return comparison(node);
    return refuse("has a node of unknown type \"" + type + "\"");
  }

 private:
  static std::optional<Kind> compound_kind(std::string_view word) {
    if (word == "and") return Kind::kAnd;
    if (word == "or") return Kind::kOr;
    if (word == "not") return Kind::kNot;
    return std::nullopt;
  }

  core::Result<Predicate> compound(const core::Json& node, std::size_t depth) {
    if (auto checked = check_members(node, {"type", "operator", "value"}); !checked) {
      return std::move(checked.error());
    }
    const auto kind = compound_kind(node.text_at("operator"));
    const core::Json& value = *node.find("value");
    if (!kind) return refuse("has the unknown operator \"" + node.text_at("operator") + "\"");
    if (!value.is_array() || value.items().empty()) return refuse("has a compound of nothing");
    if (*kind == Kind::kNot && value.items().size() != 1) {
      return refuse("has a \"not\" of several operands");
    }
    Predicate predicate;
    predicate.kind = *kind;
    for (const core::Json& item : value.items()) {
      auto operand = read(item, depth + 1);
      if (!operand) return operand;
      predicate.operands.push_back(std::move(*operand));
    }
    return predicate;
  }

  core::Result<Predicate> comparison(const core::Json& node) {
    if (auto checked = check_members(node, {"type", "operator", "field", "value"}); !checked) {
      return std::move(checked.error());
    }
    const std::string& word = node.text_at("operator");
    const auto* known = std::find_if(kComparisons.begin(), kComparisons.end(),
                                     [&](const auto& entry) { return entry.first == word; });
    if (known == kComparisons.end()) return refuse("has the unknown operator \"" + word + "\"");
    const std::string& field = node.text_at("field");
    if (!field.starts_with(kPrefix)) return refuse("names the field \"" + field + "\"");
    Predicate predicate;
    predicate.kind = Kind::kCompare;
    predicate.comparison = known->second;
    predicate.field = field.substr(kPrefix.size());
    if (auto read = values(*node.find("value"), predicate); !read) return std::move(read.error());
    return predicate;
  }

  core::Status values(const core::Json& value, Predicate& predicate) {
    const bool list = predicate.comparison == Comparison::kIn;
    if (list && !value.is_array()) return refuse("has an \"in\" without a list");
    if (!list) return add(value, predicate);
    for (const core::Json& item : value.items()) {
      if (auto added = add(item, predicate); !added) return added;
    }
    return core::ok();
  }

  core::Status add(const core::Json& value, Predicate& predicate) {
    if (++nodes_ > limits::kPredicateNodes) return refuse("is larger than allowed");
    auto literal = literal_of(value);
    if (!literal) return std::move(literal.error());
    predicate.values.push_back(std::move(*literal));
    return core::ok();
  }

  std::size_t nodes_ = 0;
};

}  // namespace

core::Result<Predicate> predicate_from_ucast(const core::Json& query) {
  if (!query.is_object()) return refuse("is not an object");
  if (query.members().empty()) {
    Predicate always;
    always.kind = Kind::kTrue;
    return always;
  }
  return Reader().read(query, 1);
}

}  // namespace connector::decision
