// What becomes of each field of a record, as tables by field number: of the messages of which a
// part is kept, and no others.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "decision/decision.h"
#include "decision/wire.h"

namespace google::protobuf {
class Descriptor;
}

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
  bool text = false;            // string, else bytes
  FieldOp op = FieldOp::kDrop;  // of kChanged
  // Of a message that is kept: its type in the FieldSchema; inside: its table. Of a value that
  // is truncated or rounded: characters, or digits after the point; replaced: the replacement.
  std::uint32_t detail = 0;
};

struct FieldTable {
  const google::protobuf::Descriptor* type = nullptr;
  std::vector<FieldEntry> by_number;
  const FieldEntry* find(std::uint32_t number) const {
    if (number >= by_number.size() || by_number[number].fate == Fate::kUnknown) return nullptr;
    return &by_number[number];
  }
};

// The body of one kind, and what is known of the header that goes with it.
struct FieldBody {
  FieldEntry entry;
  bool hashes_key = false;
  bool changes() const { return hashes_key || entry.fate != Fate::kKept; }
};

struct FieldKind {
  FieldBody body;
  // The same where the key is made of an event's digest (is_digest_key), if that is different.
  FieldBody by_digest;
  bool differs = false;
  bool leaves() const { return body.entry.fate != Fate::kWithheld; }
};

struct FieldTree {
  static constexpr std::size_t kKinds = 24;  // field numbers of bodies are below

  std::vector<FieldTable> tables;
  std::vector<std::string> replacements;
  std::array<FieldKind, kKinds> kinds;  // by field number of the body
  // A tombstone tells of a record of another kind: of one that is shown whole, of one of which
  // something is hidden, and of one whose key is hashed.
  FieldEntry tombstone_of_changed;
  FieldEntry tombstone_of_hashed;
  // Of the header where something of the record is hidden; and where its key is.
  std::uint32_t changed_header = 0;
  std::uint32_t hashed_header = 0;
  bool hashes = false;  // some value may be hashed

  const FieldKind* kind(std::uint32_t number) const {
    if (number >= kKinds || kinds[number].body.entry.fate == Fate::kUnknown) return nullptr;
    return &kinds[number];
  }
  const FieldTable& table(const FieldEntry& entry) const { return tables[entry.detail]; }
};

// Refuses: a path that names no field; a rule on a header field; an operation or an argument
// that does not fit the field's type; two replacements of one field by different texts.
// A rule other than drop on a Decimal means its text. Of several rules for one field the
// strictest holds: drop, replace, hash, truncate (fewer characters), round (fewer digits).
core::Result<FieldTree> field_tree(const std::vector<std::string>& visible,
                                   const std::vector<FieldRule>& rules);

}  // namespace connector::decision
