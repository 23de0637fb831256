// The field program, written again over parsed messages: slow, and sharing no code with it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "decision/field_program.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::testing {

std::string test_hash(std::string_view value);  // 32 bytes

// False where the record must not leave.
bool reference_edit(valuechain::record::v1::Record& record, const std::vector<std::string>& visible,
                    const std::vector<decision::FieldRule>& rules);

// All paths of valuechain.record.v1 below the bodies: to scalars only, or to messages as well.
std::vector<std::string> leaf_paths();
std::vector<std::string> all_paths();
const google::protobuf::FieldDescriptor& field_at(const std::string& path);

}  // namespace connector::testing
