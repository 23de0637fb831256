#include "decision/row_plan.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "core/limits.h"
#include "decision/row_view.h"
#include "decision/wire.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using Kind = Predicate::Kind;

Predicate compare(std::string field, Comparison comparison, std::vector<Literal> values) {
  Predicate predicate;
  predicate.kind = Kind::kCompare;
  predicate.field = std::move(field);
  predicate.comparison = comparison;
  predicate.values = std::move(values);
  return predicate;
}

Predicate eq(std::string field, Literal value) {
  return compare(std::move(field), Comparison::kEq, {std::move(value)});
}

Predicate of(Kind kind, std::vector<Predicate> operands = {}) {
  Predicate predicate;
  predicate.kind = kind;
  predicate.operands = std::move(operands);
  return predicate;
}

Literal number(std::string_view text) {
  return *core::Decimal::parse(text);
}

bool admits(const Predicate& predicate, std::string_view bytes) {
  const auto plan = RowPlan::compile(predicate);
  if (!plan) throw std::runtime_error(plan.error().message);
  return plan->admits(bytes);
}

bool admits(const Predicate& predicate, const pb::Record& record) {
  return admits(predicate, record.SerializeAsString());
}

pb::Record sample() {
  pb::Record record;
  pb::OrderLine& line = *record.mutable_order_line();
  line.set_order_number("PO-7");
  line.set_status(pb::LINE_STATUS_ACCEPTED);
  line.mutable_price()->mutable_amount()->set_text("12.50");
  line.mutable_issued()->set_epoch_ns(-5);
  for (const char* value : {"871", "872"}) {
    pb::Identifier& id = *line.mutable_seller()->add_ids();
    id.set_scheme("gln");
    id.set_value(value);
  }
  return record;
}

TEST(RowPlan, ComparesTheFieldsOfARow) {
  const pb::Record record = sample();
  EXPECT_TRUE(admits(eq("kind", "order_line"), record));
  EXPECT_FALSE(admits(eq("kind", "event"), record));
  EXPECT_TRUE(admits(eq("status", "accepted"), record));
  EXPECT_TRUE(admits(eq("price", number("12.5")), record));
  EXPECT_TRUE(
      admits(compare("price", Comparison::kLt, {number("12.500000000000000000001")}), record));
}

TEST(RowPlan, TimesAreIntegers) {
  const pb::Record record = sample();
  EXPECT_TRUE(admits(eq("time", number("-5")), record));
  EXPECT_TRUE(admits(compare("time", Comparison::kGt, {number("-5.5")}), record));
  EXPECT_FALSE(admits(compare("time", Comparison::kGe, {number("1e30")}), record));
}

TEST(RowPlan, AMemberOfAListIsFoundWholeOnly) {
  const pb::Record record = sample();
  EXPECT_TRUE(admits(eq("seller", "gln:871"), record));
  EXPECT_TRUE(admits(compare("seller_ids", Comparison::kContains, {"|gln:872|"}), record));
  EXPECT_FALSE(admits(compare("seller_ids", Comparison::kContains, {"|gln:87|"}), record));
  for (const char* partial : {"gln:872", "|gln:872", "gln:872|", "|", "||", "|gln:871|gln:872|"}) {
    EXPECT_FALSE(RowPlan::compile(compare("seller_ids", Comparison::kContains, {partial})))
        << partial;
  }
}

TEST(RowPlan, AMemberWithABarIsNotTwo) {
  pb::Record record = sample();
  record.mutable_order_line()->mutable_seller()->mutable_ids(0)->set_value("8|gln:7");
  const auto has = [&](const char* member) {
    return admits(compare("seller_ids", Comparison::kContains, {std::string(member)}), record);
  };
  EXPECT_TRUE(has("|gln:8%7Cgln:7|"));
  EXPECT_FALSE(has("|gln:8|"));
  EXPECT_FALSE(has("|gln:7|"));
  EXPECT_TRUE(has("|gln:872|"));
}

// Row after row with one memo is as each row alone: parties that stay, change, break and come back.
TEST(RowPlan, WhatTheLastRowSaidIsNotTakenForTheNext) {
  const Predicate ours =
      of(Kind::kOr, {compare("seller_ids", Comparison::kContains, {"|gln:872|"}),
                     compare("buyer_ids", Comparison::kContains, {"|gln:872|"})});
  const auto plan = *RowPlan::compile(ours);
  const auto other = *RowPlan::compile(of(Kind::kNot, {ours}));
  pb::Record theirs = sample();
  theirs.mutable_order_line()->mutable_seller()->mutable_ids(1)->set_value("873");
  pb::Record bought = theirs;
  *bought.mutable_order_line()->mutable_buyer() = sample().order_line().seller();
  pb::Record nobody = sample();
  nobody.mutable_order_line()->mutable_seller()->clear_ids();
  pb::Record broken = sample();
  broken.mutable_order_line()->mutable_seller()->mutable_ids(0)->set_scheme("\xff");
  const std::vector<std::pair<pb::Record, bool>> rows{
      {sample(), true}, {sample(), true}, {theirs, false},  {sample(), true}, {nobody, false},
      {bought, true},   {theirs, false},  {broken, false},  {broken, false},  {nobody, false},
      {sample(), true}, {broken, false},  {sample(), true}, {theirs, false}};
  RowMemo memo;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const google::protobuf::LogSilencer quiet;
    const std::string bytes = rows[i].first.SerializeAsString();
    EXPECT_EQ(plan.admits(bytes, memo), rows[i].second) << i;
    EXPECT_EQ(plan.admits(bytes), rows[i].second) << i;
    if (i % 5 != 4) continue;
    EXPECT_EQ(other.admits(bytes, memo), other.admits(bytes)) << "another plan";
  }
}

TEST(RowPlan, AMissingFieldFailsEveryComparisonAndNotHolds) {
  const pb::Record record = sample();
  EXPECT_FALSE(admits(eq("buyer", "gln:1"), record));
  EXPECT_FALSE(admits(compare("buyer", Comparison::kNe, {"gln:1"}), record));
  EXPECT_FALSE(admits(compare("buyer", Comparison::kNe, {nullptr}), record));
  EXPECT_TRUE(admits(compare("seller", Comparison::kNe, {nullptr}), record));
  EXPECT_TRUE(admits(of(Kind::kNot, {eq("buyer", "gln:1")}), record));
}

TEST(RowPlan, RefusesLiteralsOfAnotherType) {
  for (const Predicate& wrong :
       {eq("price", "12.5"), eq("order_number", number("7")), eq("accepted", "true"),
        compare("accepted", Comparison::kLt, {true}), eq("seller_ids", "|gln:871|"),
        compare("time", Comparison::kContains, {"1"}), eq("nothing", "x"),
        compare("price", Comparison::kLt, {nullptr}),
        compare("order_number", Comparison::kIn, {"a", number("1")}),
        compare("order_number", Comparison::kEq, {"a", "b"}),
        compare("order_number", Comparison::kEq, {})}) {
    const auto plan = RowPlan::compile(wrong);
    ASSERT_FALSE(plan) << wrong.field;
    EXPECT_EQ(plan.error().reason, "ROW_FILTER_INVALID");
  }
  const auto typo = RowPlan::compile(eq("order_numbr", "x"));
  EXPECT_NE(typo.error().next.find("row.order_number"), std::string::npos);
}

TEST(RowPlan, FoldsWhatIsAlwaysOrNeverTrue) {
  const Predicate always = of(Kind::kTrue);
  const Predicate never = of(Kind::kFalse);
  const auto compile = [](const Predicate& predicate) { return *RowPlan::compile(predicate); };
  EXPECT_TRUE(compile(always).admits_all());
  EXPECT_TRUE(compile(never).admits_none());
  EXPECT_TRUE(compile(of(Kind::kOr, {eq("kind", "x"), always})).admits_all());
  EXPECT_TRUE(compile(of(Kind::kAnd, {eq("kind", "x"), never})).admits_none());
  EXPECT_TRUE(compile(of(Kind::kNot, {of(Kind::kOr)})).admits_all());
  EXPECT_FALSE(compile(eq("kind", "x")).admits_all());
  EXPECT_FALSE(compile(eq("kind", "x")).admits_none());
  EXPECT_TRUE(compile(Predicate()).admits_none()) << "an empty predicate shows nothing";
}

TEST(RowPlan, DeniesRowsOfAnotherShapeWhateverIsAsked) {
  const std::string good = sample().SerializeAsString();
  const Predicate always = of(Kind::kTrue);
  const Predicate not_other = of(Kind::kNot, {eq("order_number", "other")});
  EXPECT_TRUE(admits(always, good));
  EXPECT_TRUE(admits(not_other, good));
  EXPECT_FALSE(admits(always, ""));
  EXPECT_FALSE(admits(always, good.substr(0, good.size() - 1)));
  EXPECT_FALSE(admits(always, good + good)) << "two bodies";

  const auto line = [](std::string_view fields) {
    std::string record;
    wire::put_bytes(record, 10, fields);
    return record;
  };
  std::string text;
  wire::put_bytes(text, 7, "x");
  EXPECT_TRUE(admits(not_other, line(text)));
  EXPECT_FALSE(admits(not_other, line(text + text))) << "the number stands twice";
  EXPECT_FALSE(admits(not_other, line("\x38\x01"))) << "a varint";
  EXPECT_FALSE(admits(not_other, line("\x3a\x05x"))) << "truncated";
  EXPECT_FALSE(admits(not_other, line("\x3a\x01\xff"))) << "no UTF-8";
}

TEST(RowPlan, DeniesValuesThatAreNotWhatTheirTypePromises) {
  pb::Record record = sample();
  record.mutable_order_line()->mutable_price()->mutable_amount()->set_text("12,50");
  EXPECT_FALSE(admits(of(Kind::kNot, {eq("price", number("1"))}), record));
  record.mutable_order_line()->set_status(static_cast<pb::LineStatus>(99));
  EXPECT_FALSE(admits(of(Kind::kNot, {eq("status", "rejected")}), record));
  EXPECT_TRUE(admits(eq("order_number", "PO-7"), record)) << "neither is asked for";
}

TEST(RowPlan, BoundsDepthAndSize) {
  Predicate deep = eq("kind", "x");
  for (std::size_t i = 1; i < core::limits::kPredicateDepth; ++i) deep = of(Kind::kNot, {deep});
  EXPECT_TRUE(RowPlan::compile(deep));
  EXPECT_FALSE(RowPlan::compile(of(Kind::kNot, {deep})));
  std::vector<Predicate> many(core::limits::kPredicateNodes, eq("kind", "x"));
  EXPECT_FALSE(RowPlan::compile(of(Kind::kOr, many)));
}

TEST(RowPlan, TellsManyComparisonsApart) {
  const pb::Record record = sample();
  std::vector<Predicate> wrong;
  for (int i = 0; i < 300; ++i) {
    wrong.push_back(eq("order_number", "PO-" + std::to_string(100 + i)));
    wrong.push_back(
        compare("seller_ids", Comparison::kContains, {"|gln:" + std::to_string(1000 + i) + "|"}));
  }
  EXPECT_FALSE(admits(of(Kind::kOr, wrong), record));
  for (const std::size_t at : {0u, 63u, 64u, 127u, 128u, 599u}) {
    std::vector<Predicate> one_right = wrong;
    one_right[at] = at % 2 == 0
                        ? eq("order_number", "PO-7")
                        : compare("seller_ids", Comparison::kContains, {std::string("|gln:872|")});
    EXPECT_TRUE(admits(of(Kind::kOr, one_right), record)) << at;
  }
}

TEST(RowPlan, FetchesEveryFieldOfTheViewAtOnce) {
  std::vector<Predicate> all;
  for (const RowField& field : row_fields()) {
    all.push_back(compare(std::string(field.name), Comparison::kEq, {nullptr}));
  }
  const Predicate none_is_null = of(Kind::kNot, {of(Kind::kOr, all)});
  EXPECT_TRUE(admits(none_is_null, sample()));
}

}  // namespace
}  // namespace connector::decision
