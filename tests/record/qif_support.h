// Own QIF documents, and what tests ask of the records that come out.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "record/document.h"
#include "support/temp_dir.h"

namespace connector::record::qif_support {

inline std::string fixture(const std::string& name) {
  return connector::testing::read_file(std::filesystem::path(SOURCE_DIR) / "tests/record/data/qif" /
                                       name);
}

inline Document read_fixture(const std::string& name) {
  Document document = read(fixture(name));
  EXPECT_EQ(document.outcome, Outcome::kRead) << document.cause << " " << document.place.str();
  return document;
}

// The record whose key ends so, or an empty one and a failure.
inline const pb::Record& record_at(const Document& document, const std::string& end) {
  static const pb::Record kNone;
  for (const pb::Record& record : document.records) {
    const std::string& key = record.header().key();
    if (key.size() >= end.size() && key.compare(key.size() - end.size(), end.size(), end) == 0) {
      return record;
    }
  }
  ADD_FAILURE() << "no record " << end;
  return kNone;
}

inline bool flagged(const pb::Record& record, const std::string& flag) {
  const auto& flags = record.header().flags();
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

inline std::string property(const google::protobuf::RepeatedPtrField<pb::Property>& list,
                            const std::string& name) {
  for (const pb::Property& one : list) {
    if (one.name() == name) return one.value();
  }
  return {};
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

}  // namespace connector::record::qif_support
