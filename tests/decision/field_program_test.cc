#include "decision/field_program.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "core/digest.h"
#include "decision/wire.h"
#include "random_record.h"
#include "reference_edit.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using testing::test_hash;
using testing::test_hash_text;

FieldProgram compile(const std::vector<std::string>& visible,
                     const std::vector<FieldRule>& rules = {}) {
  auto program = FieldProgram::compile(visible, rules, test_hash);
  if (!program) throw std::runtime_error(program.error().message);
  return *program;
}

pb::Record apply(const FieldProgram& program, const pb::Record& record) {
  std::string room = "of another record";
  const std::string bytes = record.SerializeAsString();
  const auto out = program.apply(bytes, room);
  if (!out) throw std::runtime_error("not applied");
  pb::Record edited;
  EXPECT_TRUE(edited.ParseFromString(std::string(*out)));
  return edited;
}

pb::Record sample() {
  pb::Record record;
  pb::Header& header = *record.mutable_header();
  header.set_content_id(std::string(32, 'c'));
  header.set_source_sha256(std::string(32, 's'));
  header.add_supersedes(std::string(32, 'o'));
  header.set_key("order/1");
  pb::OrderLine& line = *record.mutable_order_line();
  line.set_order_number("PO-7");
  line.set_description("Größe €5 🚚!");
  line.mutable_price()->mutable_amount()->set_text("12.345");
  line.mutable_price()->set_currency("EUR");
  line.mutable_item()->add_item_keys(std::string(16, 'k'));
  for (const char* number : {"1", "2"}) {
    pb::StatedQuantity& quantity = *line.add_quantities();
    quantity.mutable_quantity()->mutable_value()->set_text(number);
    quantity.set_reason("because");
  }
  return record;
}

std::string masked_text(const FieldProgram& program, const std::vector<std::string>& kinds) {
  std::string text;
  for (const FieldRule& rule : program.masked(kinds)) {
    text += rule.path + " " + std::to_string(static_cast<int>(rule.op)) + "\n";
  }
  return text;
}

TEST(FieldProgram, WhatIsWhollyVisibleStaysByteForByte) {
  const FieldProgram program = compile({"order_line"});
  const std::string bytes = sample().SerializeAsString();
  std::string room;
  const auto out = program.apply(bytes, room);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->data(), bytes.data()) << "not even copied";
  EXPECT_EQ(*out, bytes);
  EXPECT_EQ(masked_text(program, {"order_line"}), "");
  EXPECT_EQ(masked_text(program, {"event", "order_line"}), "event 0\n");
}

TEST(FieldProgram, WhatIsNotNamedIsWithheldAndSoAreDigests) {
  const FieldProgram program = compile(
      {"order_line.order_number", "order_line.price.currency", "order_line.quantities.quantity"});
  pb::Record wanted;
  wanted.mutable_header()->set_key(test_hash_text("order/1"));
  pb::OrderLine& line = *wanted.mutable_order_line();
  line.set_order_number("PO-7");
  line.mutable_price()->set_currency("EUR");
  line.add_quantities()->mutable_quantity()->mutable_value()->set_text("1");
  line.add_quantities()->mutable_quantity()->mutable_value()->set_text("2");
  EXPECT_EQ(apply(program, sample()).DebugString(), wanted.DebugString());
}

TEST(FieldProgram, AMessageOfWhichNothingIsLeftIsNotShownEmpty) {
  pb::Record record = sample();
  record.mutable_order_line()->mutable_price()->clear_currency();
  const FieldProgram program = compile({"order_line.order_number", "order_line.price.currency"});
  EXPECT_FALSE(apply(program, record).order_line().has_price());
}

TEST(FieldProgram, ARecordOfWhichNothingMayBeSeenDoesNotLeave) {
  const std::string bytes = sample().SerializeAsString();
  std::string room;
  EXPECT_FALSE(compile({"event"}).apply(bytes, room));
  EXPECT_FALSE(compile({}).apply(bytes, room));
}

TEST(FieldProgram, ChangesValuesInPlace) {
  const FieldProgram program =
      compile({"order_line"}, {
                                  {"order_line.order_number", FieldOp::kHash, ""},
                                  {"order_line.description", FieldOp::kTruncate, "10"},
                                  {"order_line.price.amount", FieldOp::kRound, "1"},
                                  {"order_line.price.currency", FieldOp::kReplace, "XXX"},
                                  {"order_line.item.item_keys", FieldOp::kHash, ""},
                                  {"order_line.quantities.reason", FieldOp::kDrop, ""},
                              });
  const pb::Record edited = apply(program, sample());
  const pb::OrderLine& line = edited.order_line();
  EXPECT_EQ(line.order_number(), test_hash_text("PO-7"));
  EXPECT_EQ(line.description(), "Größe €5 🚚");
  EXPECT_EQ(line.price().amount().text(), "12.3");
  EXPECT_EQ(line.price().currency(), "XXX");
  EXPECT_EQ(line.item().item_keys(0), core::view(test_hash(std::string(16, 'k'))));
  ASSERT_EQ(line.quantities_size(), 2);
  EXPECT_FALSE(line.quantities(0).has_reason());
  EXPECT_FALSE(edited.header().has_content_id());
  EXPECT_EQ(masked_text(program, {"order_line"}),
            "order_line.order_number 2\norder_line.item.item_keys 2\norder_line.description 3\n"
            "order_line.quantities.reason 0\norder_line.price.amount.text 4\n"
            "order_line.price.currency 1\n"
            "header.content_id 0\nheader.key 2\nheader.supersedes 0\nheader.source_sha256 0\n"
            "header.flags 0\n");
}

TEST(FieldProgram, TheStrictestOfSeveralRulesHolds) {
  const auto number = [](const std::vector<FieldRule>& rules) {
    const FieldProgram program = compile({"order_line"}, rules);
    return apply(program, sample()).order_line().order_number();
  };
  const FieldRule drop{"order_line.order_number", FieldOp::kDrop, ""};
  const FieldRule replace{"order_line.order_number", FieldOp::kReplace, "-"};
  const FieldRule two{"order_line.order_number", FieldOp::kTruncate, "2"};
  const FieldRule ten{"order_line.order_number", FieldOp::kTruncate, "10"};
  EXPECT_EQ(number({two, drop, replace}), "");
  EXPECT_EQ(number({two, replace}), "-");
  EXPECT_EQ(number({replace, two}), "-");
  EXPECT_EQ(number({ten, two}), "PO");
  EXPECT_EQ(number({two, ten}), "PO");
  EXPECT_FALSE(FieldProgram::compile(
      {}, {replace, {"order_line.order_number", FieldOp::kReplace, "other"}}, test_hash));
}

TEST(FieldProgram, ARuleShowsNothingThatIsNotVisible) {
  const FieldProgram program =
      compile({"order_line.price"}, {{"order_line.order_number", FieldOp::kReplace, "-"}});
  EXPECT_FALSE(apply(program, sample()).order_line().has_order_number());
}

TEST(FieldProgram, RefusesRulesThatDoNotFit) {
  const std::vector<FieldRule> wrong = {
      {"order_line.nothing", FieldOp::kDrop, ""},
      {"", FieldOp::kDrop, ""},
      {"header.key", FieldOp::kDrop, ""},
      {"order_line.order_number.text", FieldOp::kDrop, ""},
      {"order_line.order_number", FieldOp::kRound, "1"},
      {"order_line.order_number", FieldOp::kTruncate, "-1"},
      {"order_line.order_number", FieldOp::kTruncate, "few"},
      {"order_line.order_number", FieldOp::kReplace, "\xff"},
      {"order_line.accepted", FieldOp::kReplace, "true"},
      {"order_line.status", FieldOp::kHash, ""},
      {"order_line.item.item_keys", FieldOp::kTruncate, "4"},
      {"order_line.price", FieldOp::kReplace, "0"},
      {"order_line.price.amount", FieldOp::kHash, ""},
      {"order_line.price.amount", FieldOp::kReplace, "secret"},
      {"order_line.price.amount", FieldOp::kRound, "31"},
      {"order_line.price.amount", FieldOp::kTruncate, "1"},
  };
  for (const FieldRule& rule : wrong) {
    const auto program = FieldProgram::compile({"order_line"}, {rule}, test_hash);
    ASSERT_FALSE(program) << rule.path << " " << rule.argument;
    EXPECT_EQ(program.error().reason, "FIELD_RULE_INVALID");
  }
  EXPECT_FALSE(FieldProgram::compile({"order_line.nothing"}, {}, test_hash));
  EXPECT_FALSE(FieldProgram::compile({}, {{"order_line.line_no", FieldOp::kHash, ""}}, nullptr));
}

TEST(FieldProgram, HidesWhatIsWithheldOrChanged) {
  const FieldProgram program = compile({"order_line", "event.event_id", "edge.parent"},
                                       {{"order_line.ship_to", FieldOp::kDrop, ""},
                                        {"order_line.item.name", FieldOp::kReplace, "-"}});
  EXPECT_FALSE(program.hides("order_line.order_number"));
  EXPECT_FALSE(program.hides("order_line.seller.ids"));
  EXPECT_FALSE(program.hides("order_line.item.item_keys"));
  EXPECT_FALSE(program.hides("event.event_id"));
  EXPECT_FALSE(program.hides("edge.parent.item_keys"));
  for (const char* hidden : {"order_line", "order_line.ship_to", "order_line.ship_to.ids.value",
                             "order_line.item", "order_line.item.name", "event", "event.items",
                             "edge", "edge.child", "study", "study.samples", "no.such.path", ""}) {
    EXPECT_TRUE(program.hides(hidden)) << hidden;
  }
}

std::vector<std::string> every_kind() {
  std::vector<std::string> kinds;
  const auto* bodies = pb::Record::descriptor()->FindOneofByName("body");
  for (int i = 0; i < bodies->field_count(); ++i) kinds.push_back(bodies->field(i)->name());
  return kinds;
}

// A field that is added to the schema and not to the labels is one of these.
TEST(FieldProgram, EveryFieldOfTheSchemaIsWithheldUnlessItIsNamed) {
  const std::vector<std::string> leaves = testing::leaf_paths();
  ASSERT_GT(leaves.size(), 300u);
  for (const std::string& path : leaves) {
    std::vector<std::string> others = leaves;
    std::erase(others, path);
    const FieldProgram program = compile(others);
    EXPECT_TRUE(program.hides(path)) << path;
    const auto masked = program.masked({path.substr(0, path.find('.'))});
    const auto covers = [&](const FieldRule& rule) {
      return path == rule.path || path.starts_with(rule.path + ".");
    };
    EXPECT_TRUE(std::any_of(masked.begin(), masked.end(), covers)) << path;
  }
}

TEST(FieldProgram, LeavesOutWhatThisVersionDoesNotKnow) {
  const pb::Record record = sample();
  std::string price = record.order_line().price().SerializeAsString();
  wire::put_bytes(price, 900, "a field of the future");
  pb::OrderLine line = record.order_line();
  line.clear_price();
  std::string body = line.SerializeAsString();
  wire::put_bytes(body, 24, price);
  std::string bytes;
  wire::put_bytes(bytes, 1, record.header().SerializeAsString());
  wire::put_bytes(bytes, 10, body);
  wire::put_bytes(bytes, 901, "another");
  // Whether or not something else is hidden.
  for (const FieldProgram& program :
       {compile(every_kind()), compile({"order_line"}),
        compile(every_kind(), {{"order_line.description", FieldOp::kDrop, ""}})}) {
    std::string room;
    const auto out = program.apply(bytes, room);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->find("future"), out->npos);
    EXPECT_EQ(out->find("another"), out->npos);
    pb::Record edited;
    ASSERT_TRUE(edited.ParseFromString(std::string(*out)));
    edited.mutable_order_line()->set_description(record.order_line().description());
    EXPECT_EQ(edited.order_line().DebugString(), record.order_line().DebugString());
    EXPECT_FALSE(edited.header().has_content_id()) << "it covers what was left out";

    std::string unknown_body;
    wire::put_bytes(unknown_body, 18, "a kind of the future");
    EXPECT_FALSE(program.apply(unknown_body, room));
  }
}

// At every depth and in every message of the schema.
TEST(FieldProgram, LeavesOutAnUnknownFieldWhereverItStands) {
  const FieldProgram program = compile(every_kind());
  testing::RandomRecord random(21);
  for (int n = 0; n < 40; ++n) {
    pb::Record record = random.make(60);
    if (record.has_tombstone()) record.mutable_tombstone()->set_withdrawn_kind(pb::KIND_EVENT);
    const std::string bytes = record.SerializeAsString();
    std::string room;
    ASSERT_EQ(program.apply(bytes, room), bytes);
    const std::size_t places = testing::messages_in(record);
    for (std::size_t place = 0; place < places; ++place) {
      pb::Record more = record;
      testing::add_unknown_field(more, place);
      const std::string longer = more.SerializeAsString();
      const auto out = program.apply(longer, room);
      ASSERT_TRUE(out);
      ASSERT_EQ(out->find("of the future"), out->npos) << place << "\n" << more.DebugString();
      pb::Record edited;
      ASSERT_TRUE(edited.ParseFromString(std::string(*out)));
      EXPECT_FALSE(edited.header().has_content_id());
    }
  }
}

TEST(FieldProgram, RefusesBytesThatItCannotEditSafely) {
  const FieldProgram program =
      compile({"order_line"}, {{"order_line.description", FieldOp::kTruncate, "1"},
                               {"order_line.price.amount", FieldOp::kRound, "1"}});
  const std::string good = sample().SerializeAsString();
  const auto line = [](std::string_view fields) {
    std::string record;
    wire::put_bytes(record, 10, fields);
    return record;
  };
  for (const std::string& bytes :
       {std::string(), good.substr(0, good.size() - 1), good + good, good + '\x08',
        line("\x38\x01"), line("\x3a\x05x"), line("\x3b\x3c"), line("\x8a\x01\x01\xff"),
        line(std::string("\xc2\x01\x03\x0a\x01", 5) + "x"), line("\xc2\x01\x05\x0a\x03\x0a\x01z"),
        std::string("\x00\x00", 2)}) {
    std::string room;
    EXPECT_FALSE(program.apply(bytes, room)) << core::hex(bytes);
  }
}

}  // namespace
}  // namespace connector::decision
