// Reading UBL documents in tests and finding things in what came out.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "record/ubl.h"
#include "support/temp_dir.h"

namespace connector::record::testing {

inline Document read_text(std::string_view bytes, const ReadOptions& options = {}) {
  auto xml = parse_xml(bytes);
  if (!xml) {
    ADD_FAILURE() << xml.error().message;
    return {};
  }
  EXPECT_TRUE(is_ubl(*xml));
  return read_ubl(*xml, options);
}

inline Document read_fixture(const std::string& name) {
  const auto file = std::filesystem::path(SOURCE_DIR) / "tests/record/data/ubl" / name;
  return read_text(connector::testing::read_file(file));
}

// The line at this position, or an empty one and a failure.
inline const pb::OrderLine& line_at(const Document& document, std::size_t position) {
  static const pb::OrderLine kNone;
  if (position >= document.records.size()) {
    ADD_FAILURE() << "no record " << position << "; " << document.cause;
    return kNone;
  }
  return document.records[position].order_line();
}

// "10 KGM (reason)" of a state; "" where the line does not state it.
inline std::string stated(const pb::OrderLine& line, pb::QuantityState state) {
  for (const auto& quantity : line.quantities()) {
    if (quantity.state() != state) continue;
    std::string text = quantity.quantity().value().text() + " " + quantity.quantity().unit();
    if (quantity.has_reason()) text += " (" + quantity.reason() + ")";
    return text;
  }
  return {};
}

inline std::string property(const pb::OrderLine& line, const std::string& name) {
  for (const auto& candidate : line.properties()) {
    if (candidate.name() == name) return candidate.value();
  }
  return {};
}

// The raw value of the first identifier of a scheme.
inline std::string raw_id(const google::protobuf::RepeatedPtrField<pb::Identifier>& ids,
                          const std::string& scheme) {
  for (const auto& id : ids) {
    if (id.scheme() == scheme) return id.raw();
  }
  return {};
}

inline bool flagged(const pb::Record& record, const std::string& flag) {
  for (const auto& candidate : record.header().flags()) {
    if (candidate == flag) return true;
  }
  return false;
}

inline std::string count_of(const Document& document, const std::string& metric) {
  const auto found = document.counts.find(metric);
  return found == document.counts.end() ? "" : found->second.canonical();
}

}  // namespace connector::record::testing
