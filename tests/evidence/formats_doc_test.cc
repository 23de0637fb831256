// What docs/formats.md says of identifiers, item keys and the paths of an export, recomputed by the
// program. The signed formats are in tests/exchange/formats_test.cc.
#include <gtest/gtest.h>

#include "core/digest.h"
#include "core/text.h"
#include "evidence/tiles.h"
#include "record/identifier.h"
#include "support/temp_dir.h"

namespace connector::testing {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// The words of each line of the block after "<!-- example: name -->".
Rows example(const std::string& name) {
  const std::string text = read_file(std::string(SOURCE_DIR) + "/docs/formats.md");
  const auto mark = text.find("<!-- example: " + name + " -->\n```");
  if (mark == std::string::npos) return {};
  const auto begin = text.find('\n', text.find("```", mark)) + 1;
  std::istringstream block(text.substr(begin, text.find("```", begin) - begin));
  Rows rows;
  for (std::string line; std::getline(block, line);) {
    std::istringstream words(line);
    rows.emplace_back(std::istream_iterator<std::string>(words),
                      std::istream_iterator<std::string>());
  }
  return rows;
}

// "gtin 4006381333931", "0088 871..." or a URI: as written, with a scheme or code before it.
valuechain::record::v1::Identifier read_written(const std::vector<std::string>& written) {
  if (written.size() == 1) return record::identifier_from_uri(written[0]);
  std::string value = written[1];
  for (std::size_t i = 2; i < written.size(); ++i) value += " " + written[i];
  return record::make_identifier(record::scheme_of_code(written[0]), value);
}

TEST(FormatsDoc, Identifiers) {
  const Rows rows = example("identifiers");
  ASSERT_EQ(rows.size(), 8u);
  for (const auto& row : rows) {
    ASSERT_GE(row.size(), 3u);
    const auto id = read_written({row.begin(), row.end() - 2});
    EXPECT_TRUE(id.valid()) << row[0];
    EXPECT_EQ(id.scheme(), row[row.size() - 2]) << row[0];
    EXPECT_EQ(id.value(), row.back()) << row[0];
  }
}

// An item with this identifier and, beside it, this serial number.
std::string key_of(const std::string& scheme, const std::string& owner, const std::string& value,
                   const std::string& serial) {
  valuechain::record::v1::ItemRef item;
  *item.add_ids() = record::make_identifier(scheme, value, owner);
  if (!serial.empty()) *item.add_ids() = record::make_identifier("serial", serial);
  record::set_item_keys(item);
  return item.item_keys_size() == 1 ? core::hex(item.item_keys(0)) : "(not one key)";
}

TEST(FormatsDoc, ItemKeys) {
  const Rows rows = example("more item keys");
  ASSERT_EQ(rows.size(), 5u);
  const auto text = [](const std::string& word) { return word == "-" ? std::string() : word; };
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 6u);
    EXPECT_EQ(key_of(row[0], text(row[1]), row[2], text(row[4])), row[5])
        << row[0] << " " << row[3];
  }
}

TEST(FormatsDoc, AnEventNamesTheSameItemsAsADocument) {
  const Rows rows = example("more item keys");
  ASSERT_EQ(rows.size(), 5u);
  const auto serial = record::item_from_epc("urn:epc:id:sgtin:8712346.000012.E1");
  const auto unit = record::item_from_epc("urn:epc:id:sscc:8712346.3000000017");
  ASSERT_EQ(serial.item_keys_size(), 1);
  ASSERT_EQ(unit.item_keys_size(), 1);
  EXPECT_EQ(core::hex(serial.item_keys(0)), rows[1][5]);
  EXPECT_EQ(core::hex(unit.item_keys(0)), rows[4][5]);
}

TEST(FormatsDoc, PathsOfTheLog) {
  EXPECT_EQ(evidence::tile_path(0, 1234067, 256), "tile/0/x001/x234/067");
  EXPECT_EQ(evidence::bundle_path(0, 3), "tile/entries/000.p/3");
}

}  // namespace
}  // namespace connector::testing
