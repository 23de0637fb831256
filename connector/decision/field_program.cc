#include "decision/field_program.h"

#include <utility>

#include "decision/field_derived.h"
#include "decision/field_edit.h"
#include "decision/field_paths.h"
#include "decision/field_schema.h"
#include "decision/field_tree.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {

namespace pb = ::valuechain::record::v1;
using Look = FieldSchema::Look;

struct FieldProgram::State {
  FieldTree tree;
  KeyedHash hash;
  std::uint32_t header = 0;  // its number in the schema
};

namespace {

enum class Found { kNone, kOne, kRefused };

// The one field of a message that has this number. Refused: malformed, of another type, several.
Found one_field(std::string_view message, int number, wire::Type type, wire::Field& found) {
  wire::Reader reader(message);
  wire::Field field;
  Found result = Found::kNone;
  for (;;) {
    const wire::Read read = reader.next(field);
    if (read == wire::Read::kMalformed) return Found::kRefused;
    if (read == wire::Read::kEnd) return result;
    if (field.number != static_cast<std::uint32_t>(number)) continue;
    if (result == Found::kOne || field.type != type) return Found::kRefused;
    result = Found::kOne;
    found = field;
  }
}

// Bodies stand in the order of their kinds: KIND_ORDER_LINE is that of Record.order_line.
const FieldKind* withdrawn_kind(const FieldTree& tree, std::string_view tombstone) {
  constexpr std::uint64_t kBefore =
      int{pb::Record::kOrderLineFieldNumber} - int{pb::KIND_ORDER_LINE};
  wire::Field field;
  const Found found =
      one_field(tombstone, pb::Tombstone::kWithdrawnKindFieldNumber, wire::Type::kVarint, field);
  if (found != Found::kOne || field.varint >= pb::KIND_TOMBSTONE) return nullptr;
  return tree.kind(static_cast<std::uint32_t>(kBefore + field.varint));
}

// Which of the two bodies of a kind is that of the record with this key. A record without a key
// may be of either; null: malformed.
const FieldBody* by_key(const FieldKind& kind, std::string_view message, int key_number) {
  if (!kind.differs) return &kind.body;
  wire::Field key;
  const Found found = one_field(message, key_number, wire::Type::kBytes, key);
  if (found == Found::kRefused) return nullptr;
  return found == Found::kNone || is_digest_key(key.bytes) ? &kind.by_digest : &kind.body;
}

// How the body of this record is to be edited; nothing where it must not leave.
std::optional<FieldBody> body_of(const FieldTree& tree, const RecordParts& parts) {
  const FieldKind& kind = *tree.kind(parts.body.number);
  if (!kind.leaves()) return std::nullopt;
  if (parts.body.number != pb::Record::kTombstoneFieldNumber) {
    const FieldBody* const body = by_key(kind, parts.header.bytes, pb::Header::kKeyFieldNumber);
    return body == nullptr ? std::nullopt : std::optional(*body);
  }
  const FieldKind* const withdrawn = withdrawn_kind(tree, parts.body.bytes);
  if (withdrawn == nullptr || !withdrawn->leaves()) return std::nullopt;
  const FieldBody* const of =
      by_key(*withdrawn, parts.body.bytes, pb::Tombstone::kWithdrawnKeyFieldNumber);
  if (of == nullptr) return std::nullopt;
  FieldBody body = kind.body;
  if (of->changes()) {
    body.entry = of->hashes_key ? tree.tombstone_of_hashed : tree.tombstone_of_changed;
    body.hashes_key = body.hashes_key || of->hashes_key;
  }
  if (body.entry.fate == Fate::kWithheld) return std::nullopt;
  return body;
}

// Of a record of which the policy hides nothing: whether there is nothing else to hide either.
Look look(const RecordParts& parts, std::size_t header, const FieldBody& body) {
  const FieldSchema& schema = FieldSchema::get();
  Look found = parts.unknown ? Look::kUnclean : Look::kClean;
  for (const Look part : {schema.look(header, parts.header.bytes),
                          schema.look(body.entry.detail, parts.body.bytes)}) {
    if (part == Look::kMalformed) return part;
    if (part == Look::kUnclean) found = part;
  }
  return found;
}

}  // namespace

core::Result<FieldProgram> FieldProgram::compile(const std::vector<std::string>& visible,
                                                 const std::vector<FieldRule>& rules,
                                                 KeyedHash hash) {
  auto tree = field_tree(visible, rules);
  if (!tree) return std::move(tree.error());
  if (tree->hashes && !hash) return core::internal("a field is to be hashed without a key");
  const std::size_t header = FieldSchema::get().number_of(*pb::Header::descriptor());
  FieldProgram program;
  program.state_ = std::make_shared<const State>(
      State{std::move(*tree), std::move(hash), static_cast<std::uint32_t>(header)});
  return program;
}

std::optional<std::string_view> FieldProgram::apply(std::string_view record, std::string& room,
                                                    bool wholly_known) const {
  const FieldTree& tree = state_->tree;
  RecordParts parts;
  if (!parts.read(record, tree)) return std::nullopt;
  const auto body = body_of(tree, parts);
  if (!body) return std::nullopt;
  if (!body->changes()) {
    const Look found = wholly_known ? Look::kClean : look(parts, state_->header, *body);
    if (found == Look::kMalformed) return std::nullopt;
    if (found == Look::kClean) return record;
    // What this version does not know is left out: the digests cover it.
  }
  FieldEntry header;
  header.fate = Fate::kInside;
  header.detail = body->hashes_key ? tree.hashed_header : tree.changed_header;
  room.clear();
  FieldEditor editor(tree, state_->hash, wholly_known, room);
  const auto write_header = [&] {
    return !parts.has_header || editor.message(header, parts.header);
  };
  const bool header_last = parts.has_header && parts.header.raw.data() > parts.body.raw.data();
  if (!header_last && !write_header()) return std::nullopt;
  if (!editor.message(body->entry, parts.body)) return std::nullopt;
  if (header_last && !write_header()) return std::nullopt;
  return std::string_view(room);
}

std::vector<FieldRule> FieldProgram::masked(const std::vector<std::string>& kinds) const {
  return masked_paths(state_->tree, kinds);
}

bool FieldProgram::hides(std::string_view path) const {
  return hides_path(state_->tree, path);
}

}  // namespace connector::decision
