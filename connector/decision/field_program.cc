#include "decision/field_program.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/decimal.h"
#include "core/digest.h"
#include "core/text.h"
#include "decision/field_tree.h"
#include "decision/wire.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {

namespace pb = ::valuechain::record::v1;

struct FieldProgram::State {
  FieldTree tree;
  KeyedHash hash;
};

namespace {

enum class Look { kClean, kUnclean, kMalformed };

// Writes the edited form of one record. Nothing here throws away what was appended before a
// failure: apply does.
class Editor {
 public:
  Editor(const FieldTree& tree, const KeyedHash& hash, std::string& out)
      : tree_(tree), hash_(hash), out_(out) {}

  bool record(std::string_view bytes, bool without_digests) {
    wire::Reader reader(bytes);
    wire::Field field;
    for (;;) {
      const wire::Read read = reader.next(field);
      if (read != wire::Read::kField) return read == wire::Read::kEnd;
      const FieldEntry* const entry = tree_[tree_.record].find(field.number);
      if (entry == nullptr) continue;
      if (field.type != entry->type) return false;
      const bool masked_header = without_digests && field.number == pb::Record::kHeaderFieldNumber;
      const bool whole = entry->fate == Fate::kKept && !masked_header;
      const std::size_t table = masked_header ? tree_.masked_header : entry->child;
      if (!(whole ? kept(field, table) : nested(field, table) != 0)) return false;
    }
  }

 private:
  bool message(std::size_t table, std::string_view bytes) {
    wire::Reader reader(bytes);
    wire::Field field;
    for (;;) {
      const wire::Read read = reader.next(field);
      if (read != wire::Read::kField) return read == wire::Read::kEnd;
      const FieldEntry* const entry = tree_[table].find(field.number);
      if (entry == nullptr) continue;
      if (field.type != entry->type || !edit(*entry, field)) return false;
    }
  }

  bool edit(const FieldEntry& entry, const wire::Field& field) {
    switch (entry.fate) {
      case Fate::kUnknown:
      case Fate::kWithheld:
        return true;
      case Fate::kChanged:
        return changed(entry, field);
      case Fate::kKept:
        if (entry.message) return kept(field, entry.child);
        out_.append(field.raw);
        return true;
      case Fate::kInside:
        break;
    }
    // A message of which nothing is left does not show that it had been there.
    const std::size_t before = out_.size();
    const std::size_t header = nested(field, entry.child);
    if (header == 0) return false;
    if (out_.size() == before + header) out_.resize(before);
    return true;
  }

  bool kept(const wire::Field& field, std::size_t table) {
    switch (look(table, field.bytes)) {
      case Look::kClean:
        out_.append(field.raw);
        return true;
      case Look::kUnclean:
        return nested(field, table) != 0;
      case Look::kMalformed:
        return false;
    }
    return false;
  }

  // Appends the edited message; the size of its tag and length, or 0 where it is malformed.
  std::size_t nested(const wire::Field& field, std::size_t table) {
    const std::size_t start = out_.size();
    wire::put_varint(out_, std::uint64_t{field.number} << 3 | 2);
    const std::size_t length_at = out_.size();
    out_.append(wire::varint_size(field.bytes.size()), '\0');  // most likely; corrected below
    const std::size_t content_at = out_.size();
    if (!message(table, field.bytes)) return 0;
    length_.clear();
    wire::put_varint(length_, out_.size() - content_at);
    out_.replace(length_at, content_at - length_at, length_);
    return length_at + length_.size() - start;
  }

  // Whether a message that is kept as a whole holds nothing but what this version knows.
  Look look(std::size_t table, std::string_view bytes) const {
    Look found = Look::kClean;
    wire::Reader reader(bytes);
    wire::Field field;
    for (;;) {
      const wire::Read read = reader.next(field);
      if (read == wire::Read::kEnd) return found;
      if (read == wire::Read::kMalformed) return Look::kMalformed;
      const FieldEntry* const entry = tree_[table].find(field.number);
      if (entry == nullptr) {
        found = Look::kUnclean;
        continue;
      }
      if (field.type != entry->type) return Look::kMalformed;
      if (!entry->message) continue;
      const Look below = look(entry->child, field.bytes);
      if (below == Look::kMalformed) return below;
      if (below == Look::kUnclean) found = below;
    }
  }

  bool changed(const FieldEntry& entry, const wire::Field& field) {
    switch (entry.op) {
      case FieldOp::kDrop:
        return true;
      case FieldOp::kReplace:
        wire::put_bytes(out_, field.number, entry.replacement);
        return true;
      case FieldOp::kHash: {
        const std::string hashed = hash_(field.bytes);
        wire::put_bytes(out_, field.number, entry.text ? core::hex(hashed) : hashed);
        return true;
      }
      case FieldOp::kTruncate:
        return truncated(entry, field);
      case FieldOp::kRound:
        return rounded(entry, field);
    }
    return false;
  }

  bool truncated(const FieldEntry& entry, const wire::Field& field) {
    if (!core::valid_utf8(field.bytes)) return false;
    std::size_t end = 0;
    std::size_t characters = 0;
    for (; end < field.bytes.size(); ++end) {
      const bool starts = (static_cast<unsigned char>(field.bytes[end]) & 0xC0) != 0x80;
      if (starts && characters++ == entry.count) break;
    }
    wire::put_bytes(out_, field.number, field.bytes.substr(0, end));
    return true;
  }

  bool rounded(const FieldEntry& entry, const wire::Field& field) {
    const auto decimal = core::Decimal::parse(field.bytes);
    if (!decimal) return false;
    wire::put_bytes(out_, field.number,
                    decimal->rounded(static_cast<int>(entry.count)).canonical());
    return true;
  }

  const FieldTree& tree_;
  const KeyedHash& hash_;
  std::string& out_;
  std::string length_;
};

// The one body of a record; nothing where there is none that this version knows, or several.
const FieldEntry* body_of(const FieldTable& table, std::string_view record) {
  const FieldEntry* body = nullptr;
  int headers = 0;
  wire::Reader reader(record);
  wire::Field field;
  for (;;) {
    const wire::Read read = reader.next(field);
    if (read == wire::Read::kMalformed) return nullptr;
    if (read == wire::Read::kEnd) return body;
    const FieldEntry* const entry = table.find(field.number);
    if (entry == nullptr) continue;
    const bool header = field.number == pb::Record::kHeaderFieldNumber;
    if (header ? ++headers > 1 : body != nullptr) return nullptr;
    if (!header) body = entry;
  }
}

// True: the field is kept as it is, with all that is below.
bool add_masked(const FieldTree& tree, const FieldEntry& entry, const std::string& path,
                std::vector<FieldRule>& out) {
  switch (entry.fate) {
    case Fate::kUnknown:
    case Fate::kKept:
      return true;
    case Fate::kWithheld:
      out.push_back({path, FieldOp::kDrop, {}});
      return false;
    case Fate::kChanged:
      out.push_back({path, entry.op, {}});
      return false;
    case Fate::kInside:
      break;
  }
  for (const FieldEntry& below : tree[entry.child].by_number) {
    add_masked(tree, below, path + "." + below.name, out);
  }
  return false;
}

bool is_header(const FieldTable& record, const FieldEntry& entry) {
  return &entry == record.find(pb::Record::kHeaderFieldNumber);
}

}  // namespace

core::Result<FieldProgram> FieldProgram::compile(const std::vector<std::string>& visible,
                                                 const std::vector<FieldRule>& rules,
                                                 KeyedHash hash) {
  auto tree = field_tree(visible, rules);
  if (!tree) return std::move(tree.error());
  if (tree->hashes && !hash) return core::internal("a field is to be hashed without a key");
  FieldProgram program;
  program.state_ = std::make_shared<const State>(State{std::move(*tree), std::move(hash)});
  return program;
}

bool FieldProgram::apply(std::string_view record, std::string& out) const {
  const FieldTree& tree = state_->tree;
  const FieldEntry* const body = body_of(tree[tree.record], record);
  if (body == nullptr || body->fate == Fate::kWithheld) return false;
  const std::size_t before = out.size();
  Editor editor(tree, state_->hash, out);
  const bool masked = body->fate != Fate::kKept;
  bool done = editor.record(record, masked);
  // What this version does not know was left out: the digests cover it.
  if (done && !masked && out.size() - before != record.size()) {
    out.resize(before);
    done = editor.record(record, true);
  }
  if (!done) out.resize(before);
  return done;
}

bool FieldProgram::changes_nothing() const {
  const auto& fields = state_->tree[state_->tree.record].by_number;
  return std::all_of(fields.begin(), fields.end(), [](const FieldEntry& entry) {
    return entry.fate == Fate::kKept || entry.fate == Fate::kUnknown;
  });
}

std::vector<FieldRule> FieldProgram::masked(const std::vector<std::string>& kinds) const {
  const FieldTree& tree = state_->tree;
  const FieldTable& record = tree[tree.record];
  std::vector<FieldRule> out;
  for (const FieldEntry& entry : record.by_number) {
    const bool asked =
        kinds.empty() || std::find(kinds.begin(), kinds.end(), entry.name) != kinds.end();
    if (asked && !is_header(record, entry)) add_masked(tree, entry, entry.name, out);
  }
  if (out.empty()) return out;
  for (const FieldEntry& entry : tree[tree.masked_header].by_number) {
    add_masked(tree, entry, "header." + entry.name, out);
  }
  return out;
}

bool FieldProgram::hides(std::string_view path) const {
  const FieldTree& tree = state_->tree;
  std::size_t table = tree.record;
  const FieldEntry* entry = nullptr;
  for (const std::string_view name : core::split(path, '.')) {
    if (entry != nullptr && !entry->message) return true;
    const auto& fields = tree[table].by_number;
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const FieldEntry& field) {
      return field.fate != Fate::kUnknown && field.name == name;
    });
    if (found == fields.end() || found->fate == Fate::kWithheld) return true;
    entry = &*found;
    table = entry->child;
  }
  return entry == nullptr || entry->fate != Fate::kKept;
}

}  // namespace connector::decision
