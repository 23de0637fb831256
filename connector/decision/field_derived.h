// Values of a record that are made of other values of it. What is hidden must not be told, or
// confirmed by trial, by a value that was made of it; docs/policy-guide.md lists them for users.
#pragma once

#include <string_view>

#include "decision/field_marks.h"

namespace connector::decision {

// Adds the rules that follow from those given: a key made of a hidden value is hashed, any other
// value is withheld. Two spellings of one value go together unless the policy names both.
void hide_derived(FieldMarks& marks);

// Whether header.key of this kind ("order_line") is made of a value that is hidden.
bool hides_key(const FieldMarks& marks, std::string_view kind);

// The key of an event without an id is a digest of all that it says, and stands in the keys of
// what was derived from it.
bool is_digest_key(std::string_view key);

}  // namespace connector::decision
