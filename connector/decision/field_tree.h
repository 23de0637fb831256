// The schema of a record with the fate of each of its fields, as tables by field number.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "decision/decision.h"
#include "decision/wire.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace connector::decision {

enum class Fate : std::uint8_t {
  kUnknown,   // no such field in this version: left out
  kWithheld,  // left out
  kKept,      // as it is, with everything below it that this version knows
  kInside,    // a message of which some fields are kept and some are not
  kChanged,   // a value that is changed
};

struct FieldEntry {
  Fate fate = Fate::kUnknown;
  wire::Type type = wire::Type::kBytes;
  bool message = false;
  std::size_t child = 0;  // of a message that is kept or inside: its table
  std::string name;
  // Of kChanged.
  FieldOp op = FieldOp::kDrop;
  bool text = false;  // string, else bytes
  std::string replacement;
  std::size_t count = 0;  // characters, or digits after the point
};

struct FieldTable {
  std::vector<FieldEntry> by_number;
  const FieldEntry* find(std::uint32_t number) const {
    if (number >= by_number.size() || by_number[number].fate == Fate::kUnknown) return nullptr;
    return &by_number[number];
  }
};

struct FieldTree {
  std::vector<FieldTable> tables;
  std::size_t record = 0;
  std::size_t header = 0;         // all of it
  std::size_t masked_header = 0;  // without the digests that would let a reader test guesses
  bool hashes = false;            // some field is hashed

  const FieldTable& operator[](std::size_t table) const { return tables[table]; }
};

// Refuses: a path that names no field; a rule on a header field; an operation or an argument
// that does not fit the field's type; two replacements of one field by different texts.
// A rule other than drop on a Decimal means its text. Of several rules for one field the
// strictest holds: drop, replace, hash, truncate (fewer characters), round (fewer digits).
core::Result<FieldTree> field_tree(const std::vector<std::string>& visible,
                                   const std::vector<FieldRule>& rules);

}  // namespace connector::decision
