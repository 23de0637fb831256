// The field program, written again over parsed messages: slow, and sharing no code with it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "decision/field_program.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::testing {

core::Digest test_hash(std::string_view value);
std::string test_hash_text(std::string_view value);  // hex

struct ReferencePolicy {
  std::vector<std::string> visible;
  std::vector<decision::FieldRule> rules;
};

// With the rules that follow for values that are made of hidden ones.
ReferencePolicy with_derived(const ReferencePolicy& policy);

// policy: one that with_derived made. False where the record must not leave.
bool reference_edit(valuechain::record::v1::Record& record, const ReferencePolicy& policy);

// All paths of valuechain.record.v1 below the bodies: to scalars only, or to messages as well.
std::vector<std::string> leaf_paths();
std::vector<std::string> all_paths();
// The messages of a record, itself included, and one of them with a field more that nobody knows.
std::size_t messages_in(const google::protobuf::Message& message);
void add_unknown_field(google::protobuf::Message& message, std::size_t place);
const google::protobuf::FieldDescriptor& field_at(const std::string& path);

}  // namespace connector::testing
