// Writes the edited form of one record: one pass over its bytes, in which what is kept is copied
// in runs as long as they are.
#pragma once

#include <string>
#include <string_view>

#include "decision/field_program.h"
#include "decision/field_schema.h"
#include "decision/field_tree.h"

namespace connector::decision {

// The header and the body of a record, as they stand in it.
struct RecordParts {
  wire::Field header;
  wire::Field body;
  bool has_header = false;
  bool unknown = false;  // there are other fields too

  // False: malformed, no body or several, or one that this version does not know.
  bool read(std::string_view record, const FieldTree& tree);
};

class FieldEditor {
 public:
  FieldEditor(const FieldTree& tree, const KeyedHash& hash, bool wholly_known, std::string& out)
      : tree_(tree),
        schema_(FieldSchema::get()),
        hash_(hash),
        wholly_known_(wholly_known),
        out_(out) {}

  // Appends a message, edited as its entry says. False: it cannot be edited safely; what was
  // appended is of no use then.
  bool message(const FieldEntry& entry, const wire::Field& field);

 private:
  FieldSchema::Look look(const FieldEntry& entry, std::string_view message) const {
    return wholly_known_ ? FieldSchema::Look::kClean : schema_.look(entry.detail, message);
  }
  bool inside(const FieldTable& table, std::string_view bytes);
  bool edit(const FieldEntry& entry, const wire::Field& field);
  bool changed(const FieldEntry& entry, const wire::Field& field);
  bool hashed(const FieldEntry& entry, const wire::Field& field);
  bool truncated(const FieldEntry& entry, const wire::Field& field);
  bool rounded(const FieldEntry& entry, const wire::Field& field);

  const FieldTree& tree_;
  const FieldSchema& schema_;
  const KeyedHash& hash_;
  const bool wholly_known_;
  std::string& out_;
};

}  // namespace connector::decision
