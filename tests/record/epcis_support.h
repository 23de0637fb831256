// Reading EPCIS documents in tests, and comparing what came out.
#pragma once

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "record/document.h"
#include "support/temp_dir.h"

namespace connector::record::testing {

inline std::filesystem::path epcis_fixture(const std::string& name) {
  return std::filesystem::path(SOURCE_DIR) / "tests/record/data/epcis" / name;
}

inline Document read_epcis_file(const std::filesystem::path& file,
                                const ReadOptions& options = {}) {
  return read(connector::testing::read_file(file), options);
}

inline Document read_epcis_fixture(const std::string& name, const ReadOptions& options = {}) {
  return read_epcis_file(epcis_fixture(name), options);
}

inline std::vector<const pb::Record*> records_of(const Document& document, pb::Kind kind) {
  std::vector<const pb::Record*> records;
  for (const pb::Record& record : document.records) {
    if (record.header().kind() == kind) records.push_back(&record);
  }
  return records;
}

// The event at this position, or an empty one and a failure.
inline const pb::Record& event_at(const Document& document, std::size_t position) {
  static const pb::Record kNone;
  const auto events = records_of(document, pb::KIND_EVENT);
  if (position >= events.size()) {
    ADD_FAILURE() << "no event " << position << "; " << document.cause << " at "
                  << document.place.str();
    return kNone;
  }
  return *events[position];
}

inline std::string count_in(const Document& document, const std::string& metric) {
  const auto found = document.counts.find(metric);
  return found == document.counts.end() ? "0" : found->second.canonical();
}

inline bool has_flag(const pb::Record& record, const std::string& flag) {
  const auto& flags = record.header().flags();
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

// The first value of a property, "" where there is none.
inline std::string value_of(const google::protobuf::RepeatedPtrField<pb::Property>& properties,
                            const std::string& name) {
  for (const pb::Property& property : properties) {
    if (property.name() == name) return property.value();
  }
  return {};
}

}  // namespace connector::record::testing
