#include "decision/row_view.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;

std::string kind_of(const RowField& field) {
  return std::string(field.path.substr(0, field.path.find('.')));
}

bool path_exists(std::string_view path) {
  const auto* message = pb::Record::descriptor();
  while (!path.empty()) {
    const auto dot = path.find('.');
    const auto* field = message->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr) return false;
    message = field->message_type();
    if (dot == std::string_view::npos) return true;
    if (message == nullptr) return false;
    path.remove_prefix(dot + 1);
  }
  return false;
}

RowType type_of(const RowSource& source) {
  switch (source.form) {
    case RowForm::kDecimal:
      return RowType::kDecimal;
    case RowForm::kEpochNs:
    case RowForm::kUnsigned:
      return RowType::kInteger;
    case RowForm::kBool:
      return RowType::kBool;
    default:
      return RowType::kString;
  }
}

TEST(RowView, EveryPathExistsAndHasTheTypeOfItsName) {
  for (const RowField& field : row_fields()) {
    if (field.path.empty()) continue;
    ASSERT_TRUE(path_exists(field.path)) << field.path;
    const RowSource source = resolve(field);
    for (const auto* step : source.steps) ASSERT_NE(step, nullptr) << field.path;
    const bool list = field.type == RowType::kList;
    EXPECT_EQ(type_of(source), list ? RowType::kString : field.type) << field.name;
    const bool first_identifier = source.form == RowForm::kIdentifier;
    EXPECT_TRUE(!source.repeated || list || first_identifier)
        << field.name << " comes from a repeated field and is no list";
    EXPECT_TRUE(source.repeated || field.name == "parent_ids" || !list) << field.name;
  }
}

TEST(RowView, ANameHasOneTypeAndOneSourcePerKind) {
  std::map<std::string_view, RowType> types;
  std::set<std::pair<std::string_view, std::string>> sources;
  for (const RowField& field : row_fields()) {
    EXPECT_EQ(types.emplace(field.name, field.type).first->second, field.type) << field.name;
    const bool added = sources.emplace(field.name, kind_of(field)).second;
    EXPECT_TRUE(added || field.type == RowType::kList) << field.name;
  }
}

using Documented = std::map<std::string, std::pair<std::string, std::set<std::string>>>;

Documented documented() {
  std::ifstream file(SOURCE_DIR "/docs/row-view.md");
  const std::regex row("\\| `(\\w+)` \\| (string|decimal|integer|bool|list) \\| (.*) \\|");
  const std::regex path("`([a-z_.0-9]+)`");
  Documented found;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    auto& entry = found[match[1]];
    entry.first = match[2];
    const std::string from = match[3];
    for (std::sregex_iterator it(from.begin(), from.end(), path), end; it != end; ++it) {
      entry.second.insert((*it)[1]);
    }
  }
  return found;
}

TEST(RowView, TheDocumentationIsTheTable) {
  Documented table;
  for (const RowField& field : row_fields()) {
    auto& entry = table[std::string(field.name)];
    entry.first = type_name(field.type);
    if (!field.path.empty()) entry.second.insert(std::string(field.path));
  }
  const Documented found = documented();
  EXPECT_GT(found.size(), 50u);
  EXPECT_EQ(found, table);
}

TEST(RowView, ShowsAnOrderLineWithExactNumbers) {
  pb::Record record;
  record.mutable_header()->set_key("order/1");
  record.mutable_header()->add_flags("a|b");
  pb::OrderLine& line = *record.mutable_order_line();
  line.set_order_number("AEG012345");
  line.mutable_issued()->set_epoch_ns(1767225600123456789);
  line.mutable_price()->mutable_amount()->set_text("0.10");
  line.mutable_line_amount()->mutable_amount()->set_text("+.5");
  line.set_status(pb::LINE_STATUS_REVISED_BY_BUYER);
  line.set_accepted(false);
  for (const char* scheme : {"gln", "vat"}) {
    pb::Identifier& id = *line.mutable_buyer()->add_ids();
    id.set_scheme(scheme);
    id.set_value("1");
  }
  line.mutable_buyer()->add_ids()->set_value("without scheme");
  line.mutable_item()->add_item_keys(std::string("\x00\xff", 2));
  const auto row = row_json(record.SerializeAsString());
  ASSERT_TRUE(row);
  EXPECT_EQ(core::to_text(*row),
            R"({"kind":"order_line","key":"order/1","flags":"|a%7Cb|","time":1767225600123456789,)"
            R"("item_keys":"|00ff|","order_number":"AEG012345","buyer":"gln:1",)"
            R"("buyer_ids":"|gln:1|vat:1|","accepted":false,"price":0.10,"line_amount":0.5,)"
            R"("status":"revised_by_buyer"})");
}

TEST(RowView, RefusesWhatIsNoRecord) {
  EXPECT_FALSE(row_json("\xff"));
  EXPECT_FALSE(row_json(""));
  pb::Record only_header;
  only_header.mutable_header()->set_key("k");
  EXPECT_FALSE(row_json(only_header.SerializeAsString()));
}

}  // namespace
}  // namespace connector::decision
