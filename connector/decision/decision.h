// What is asked of the policy and what it answers. Values only; opa turns them into HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/decimal.h"
#include "core/name.h"

namespace connector::decision {

// One question, asked once per transfer (point "fetch") or once per visible list ("list").
// policy/README.md documents how each member appears in Rego's input.
struct Question {
  std::string point;  // "fetch", "list"
  core::Connector caller;
  core::Connector self;
  std::string request_id;  // not part of the cache key
  core::Purpose purpose;
  core::DatasetId dataset;
  std::vector<std::string> dataset_labels;
  std::vector<std::string> kinds;      // "order_line", "event" ...: what the dataset can hold
  std::vector<std::string> party_ids;  // identifiers that our admin confirmed for the caller
  std::string agreement_id;            // empty until contracts exist
  std::int64_t now_s = 0;              // Unix seconds; not part of the cache key
};

// In order of strictness: of several rules for one field the first holds.
enum class FieldOp { kDrop, kReplace, kHash, kTruncate, kRound };

// path names a field of valuechain.record.v1 below the body: "order_line.price.amount.text".
// argument: the replacement text; the characters to keep; the digits after the point.
struct FieldRule {
  std::string path;
  FieldOp op = FieldOp::kDrop;
  std::string argument;
  friend bool operator==(const FieldRule&, const FieldRule&) = default;
};

// A predicate over the flat row view (docs/row-view.md), as UCAST delivers it.
struct Predicate;
using Literal = std::variant<std::nullptr_t, bool, core::Decimal, std::string>;
enum class Comparison { kEq, kNe, kLt, kLe, kGt, kGe, kIn, kContains, kStartsWith, kEndsWith };
struct Predicate {
  enum class Kind { kTrue, kFalse, kAnd, kOr, kNot, kCompare };
  Kind kind = Kind::kFalse;
  std::vector<Predicate> operands;  // of and, or, not
  Comparison comparison = Comparison::kEq;
  std::string field;            // of compare: a name of the row view
  std::vector<Literal> values;  // one, or the list of kIn
};

struct Reason {
  std::string code;  // internal, for our own admin
  std::string text;
  std::string hint;
};

struct Decision {
  bool allow = false;
  std::string decision_id;
  core::Revision revision;
  std::vector<Reason> reasons;
  std::string partner_code;          // from the public list; what a partner may be told
  Predicate rows;                    // which rows leave
  std::vector<std::string> visible;  // allow-list of field paths; all else is withheld
  std::vector<FieldRule> fields;     // changes to visible fields
  std::optional<std::uint64_t> max_records;
  std::optional<std::uint64_t> max_bytes;
  std::int64_t valid_until_s = 0;
  std::string journal_digest;  // salted SHA-256 of question and answer, hex; the log carries it
};

}  // namespace connector::decision
