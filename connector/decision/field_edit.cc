#include "decision/field_edit.h"

#include "core/decimal.h"
#include "core/text.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using Look = FieldSchema::Look;

}  // namespace

bool RecordParts::read(std::string_view record, const FieldTree& tree) {
  wire::Reader reader(record);
  wire::Field field;
  bool has_body = false;
  for (;;) {
    const wire::Read read = reader.next(field);
    if (read == wire::Read::kMalformed) return false;
    if (read == wire::Read::kEnd) return has_body;
    const bool is_header = field.number == pb::Record::kHeaderFieldNumber;
    if (!is_header && tree.kind(field.number) == nullptr) {
      unknown = true;
      continue;
    }
    bool& seen = is_header ? has_header : has_body;
    if (seen || field.type != wire::Type::kBytes) return false;
    seen = true;
    (is_header ? header : body) = field;
  }
}

bool FieldEditor::message(const FieldEntry& entry, const wire::Field& field) {
  if (entry.fate == Fate::kKept) {
    switch (look(entry, field.bytes)) {
      case Look::kClean:
        out_.append(field.raw);
        return true;
      case Look::kUnclean:
        return put_message(out_, field.number, field.bytes.size(),
                           [&] { return schema_.strip(entry.detail, field.bytes, out_); });
      case Look::kMalformed:
        return false;
    }
  }
  return put_message(out_, field.number, field.bytes.size(),
                     [&] { return inside(tree_.table(entry), field.bytes); });
}

bool FieldEditor::inside(const FieldTable& table, std::string_view bytes) {
  wire::Reader reader(bytes);
  wire::Field field;
  const char* kept = bytes.data();  // from here on: kept, and not yet written
  const auto write_kept = [&](const char* to) {
    if (to != kept) out_.append(kept, static_cast<std::size_t>(to - kept));
  };
  for (;;) {
    const wire::Read read = reader.next(field);
    if (read == wire::Read::kMalformed) return false;
    if (read == wire::Read::kEnd) break;
    const FieldEntry* const entry = table.find(field.number);
    if (entry != nullptr) {
      if (field.type != entry->type) return false;
      if (entry->fate == Fate::kKept) {
        const Look found = entry->message ? look(*entry, field.bytes) : Look::kClean;
        if (found == Look::kMalformed) return false;
        if (found == Look::kClean) continue;
      }
    }
    write_kept(field.raw.data());
    kept = field.raw.data() + field.raw.size();
    if (entry != nullptr && !edit(*entry, field)) return false;
  }
  write_kept(bytes.data() + bytes.size());
  return true;
}

bool FieldEditor::edit(const FieldEntry& entry, const wire::Field& field) {
  switch (entry.fate) {
    case Fate::kUnknown:
    case Fate::kWithheld:
      return true;
    case Fate::kChanged:
      return changed(entry, field);
    case Fate::kKept:
      return message(entry, field);
    case Fate::kInside:
      break;
  }
  // A message of which nothing is left does not show that it had been there.
  const std::size_t before = out_.size();
  if (!message(entry, field)) return false;
  const std::size_t empty = wire::varint_size(wire::tag_of(field.number, field.type)) + 1;
  if (out_.size() == before + empty) out_.resize(before);
  return true;
}

bool FieldEditor::changed(const FieldEntry& entry, const wire::Field& field) {
  switch (entry.op) {
    case FieldOp::kDrop:
      return true;
    case FieldOp::kReplace:
      wire::put_bytes(out_, field.number, tree_.replacements[entry.detail]);
      return true;
    case FieldOp::kHash:
      return hashed(entry, field);
    case FieldOp::kTruncate:
      return truncated(entry, field);
    case FieldOp::kRound:
      return rounded(entry, field);
  }
  return false;
}

bool FieldEditor::hashed(const FieldEntry& entry, const wire::Field& field) {
  const core::Digest digest = hash_(field.bytes);
  if (!entry.text) {
    wire::put_bytes(out_, field.number, core::view(digest));
    return true;
  }
  constexpr char kDigits[] = "0123456789abcdef";
  char text[2 * sizeof digest];
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = kDigits[digest[i] >> 4];
    text[2 * i + 1] = kDigits[digest[i] & 15];
  }
  wire::put_bytes(out_, field.number, {text, sizeof text});
  return true;
}

bool FieldEditor::truncated(const FieldEntry& entry, const wire::Field& field) {
  if (!core::valid_utf8(field.bytes)) return false;
  std::size_t end = 0;
  std::size_t characters = 0;
  for (; end < field.bytes.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(field.bytes[end]) & 0xC0) != 0x80;
    if (starts && characters++ == entry.detail) break;
  }
  wire::put_bytes(out_, field.number, field.bytes.substr(0, end));
  return true;
}

bool FieldEditor::rounded(const FieldEntry& entry, const wire::Field& field) {
  const auto decimal = core::Decimal::parse(field.bytes);
  if (!decimal) return false;
  wire::put_bytes(out_, field.number, decimal->rounded(static_cast<int>(entry.detail)).canonical());
  return true;
}

}  // namespace connector::decision
