// Field obligations compiled to edit the wire bytes of one record. What is not allowed, not
// labelled or not known to this version is left out, whatever else is; nothing is parsed and
// written again.
//
// A record of whose kind nothing is visible does not leave, nor does the tombstone of one. A
// message of which nothing is left is left out, the body excepted. Nothing that was made of hidden
// values tells them: keys are hashed, digests and flags withheld (field_derived.h). field_tree.h
// says which of several rules holds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.h"
#include "core/result.h"
#include "decision/decision.h"

namespace connector::decision {

// HMAC-SHA256 under the key of one partner. May be called by several threads at once.
using KeyedHash = std::function<core::Digest(std::string_view)>;

class FieldProgram {
 public:
  // Refuses: a path that names no field, an operation that does not fit the field's type.
  static core::Result<FieldProgram> compile(const std::vector<std::string>& visible,
                                            const std::vector<FieldRule>& rules, KeyedHash hash);
  // The record as it may leave: its own bytes where none is to be changed, else those that were
  // built in room. Nothing: the record must not leave, or cannot be edited safely (malformed bytes,
  // wrong type). Of a record that is known to be wholly_known (known_fields.h) not every field is
  // looked at.
  std::optional<std::string_view> apply(std::string_view record, std::string& room,
                                        bool wholly_known = false) const;
  // Highest paths that are withheld or changed, for these kinds ("order_line") and for tombstones;
  // what a batch lists. Some are changed in some of the records alone.
  std::vector<FieldRule> masked(const std::vector<std::string>& kinds) const;
  bool hides(std::string_view path) const;  // withheld or changed: not to be filtered on

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace connector::decision
