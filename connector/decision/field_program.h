// Field obligations compiled to edit the wire bytes of one record. What is not allowed, not
// labelled or not known to this version is left out; nothing is parsed and written again.
//
// A record of whose kind nothing is visible does not leave. A message of which nothing is left is
// left out, the body excepted. The header stays, but for content_id, source_sha256 and supersedes
// where anything of the record's kind is withheld or changed: they are digests over it. Its key
// stays too, and names what it is made of (order number, event id): hide a kind, not only the
// field, where that must not be known. field_tree.h says which of several rules holds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "decision/decision.h"

namespace connector::decision {

// HMAC-SHA256 under the key of this partner; 32 bytes.
using KeyedHash = std::function<std::string(std::string_view)>;

class FieldProgram {
 public:
  // Refuses: a path that names no field, an operation that does not fit the field's type.
  static core::Result<FieldProgram> compile(const std::vector<std::string>& visible,
                                            const std::vector<FieldRule>& rules, KeyedHash hash);
  // Appends the edited record to out. False: the record cannot be edited safely (malformed
  // bytes, wrong type); out is unchanged and the record must not leave.
  bool apply(std::string_view record, std::string& out) const;
  bool changes_nothing() const;  // every known field is visible and none is changed
  // Highest paths that are withheld or changed, for these kinds ("order_line"); what a batch lists.
  std::vector<FieldRule> masked(const std::vector<std::string>& kinds) const;
  bool hides(std::string_view path) const;  // withheld or changed: not to be filtered on

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace connector::decision
