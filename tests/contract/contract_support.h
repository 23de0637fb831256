// Reading policies in tests, and comparing JSON whose members may stand in any order.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "contract/odrl_read.h"
#include "core/text.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace connector::contract::testing {

inline std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(SOURCE_DIR) / "tests/contract/fixtures" / name;
}

inline core::Json json_of(std::string_view text) {
  auto json = core::parse_untrusted(text);
  if (!json) ADD_FAILURE() << json.error().message << " in " << text;
  return json ? *json : core::Json();
}

inline core::Json json_file(const std::filesystem::path& file) {
  return json_of(connector::testing::read_file(file));
}

// The rows of a data set's expected.tsv, without its head.
inline std::vector<std::vector<std::string>> expected_rows(const std::string& set) {
  const std::string table =
      connector::testing::read_file(connector::testing::shared_data_dir() / set / "expected.tsv");
  std::vector<std::vector<std::string>> rows;
  for (const std::string_view line : core::split(table, '\n')) {
    if (line.empty()) continue;
    rows.emplace_back();
    for (const std::string_view cell : core::split(line, '\t')) rows.back().emplace_back(cell);
  }
  if (!rows.empty()) rows.erase(rows.begin());
  return rows;
}

// The reading, or an empty one and a failure.
inline Reading reading_of(std::string_view text, const ReadOptions& options = {}) {
  auto reading = read_text(text, options);
  if (!reading) ADD_FAILURE() << reading.error().message;
  return reading ? std::move(*reading) : Reading{};
}

// The one policy of a text, or an empty one and a failure.
inline Policy policy_of(std::string_view text, const ReadOptions& options = {}) {
  Reading reading = reading_of(text, options);
  EXPECT_EQ(reading.policies.size(), 1u) << text.substr(0, 200);
  return reading.policies.empty() ? Policy{} : std::move(reading.policies.front().policy);
}

// The message of the refusal, or "" and a failure.
inline core::Error refusal_of(std::string_view text, const ReadOptions& options = {}) {
  auto reading = read_text(text, options);
  EXPECT_FALSE(reading) << "was read: " << text.substr(0, 200);
  return reading ? core::Error{} : reading.error();
}

// Equal as JSON: members in any order, numbers by their text.
inline bool same_json(const core::Json& a, const core::Json& b) {
  if (a.kind() != b.kind() || a.as_bool() != b.as_bool() || a.text() != b.text()) return false;
  if (a.items().size() != b.items().size() || a.members().size() != b.members().size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!same_json(a.items()[i], b.items()[i])) return false;
  }
  return std::all_of(a.members().begin(), a.members().end(), [&](const auto& member) {
    const core::Json* other = b.find(member.first);
    return other != nullptr && same_json(member.second, *other);
  });
}

// The value at "$.dataset[0].hasPolicy[0]".
inline const core::Json* at_path(const core::Json& document, std::string_view path) {
  const core::Json* json = &document;
  path.remove_prefix(1);
  while (!path.empty() && json != nullptr) {
    if (path.front() == '[') {
      json = &json->items().at(std::stoul(std::string(path.substr(1))));
      path.remove_prefix(path.find(']') + 1);
    } else {
      const std::size_t end = path.find_first_of(".[", 1);
      json = json->find(path.substr(1, end == path.npos ? end : end - 1));
      path.remove_prefix(end == path.npos ? path.size() : end);
    }
  }
  return json;
}

}  // namespace connector::contract::testing
