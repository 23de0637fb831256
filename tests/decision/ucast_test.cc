#include "decision/ucast.h"

#include <gtest/gtest.h>

#include "core/limits.h"

namespace connector::decision {
namespace {

core::Result<Predicate> read(std::string_view text) {
  const auto json = core::parse_untrusted(text);
  EXPECT_TRUE(json) << text;
  return predicate_from_ucast(*json);
}

TEST(Ucast, ReadsTheAnswerOfARealOpa) {
  const auto predicate =
      read(R"({"type":"compound","operator":"or","value":[)"
           R"({"type":"field","operator":"eq","field":"row.buyer","value":"p42"},)"
           R"({"type":"compound","operator":"and","value":[)"
           R"({"type":"field","operator":"in","field":"row.kind","value":["event","edge"]},)"
           R"({"type":"compound","operator":"not","value":[)"
           R"({"type":"field","operator":"gt","field":"row.price","value":5.10}]}]}]})");
  ASSERT_TRUE(predicate);
  ASSERT_EQ(predicate->kind, Predicate::Kind::kOr);
  ASSERT_EQ(predicate->operands.size(), 2u);
  const Predicate& buyer = predicate->operands[0];
  EXPECT_EQ(buyer.field, "buyer");
  EXPECT_EQ(buyer.comparison, Comparison::kEq);
  EXPECT_EQ(std::get<std::string>(buyer.values.at(0)), "p42");
  const Predicate& both = predicate->operands[1];
  ASSERT_EQ(both.kind, Predicate::Kind::kAnd);
  EXPECT_EQ(both.operands[0].comparison, Comparison::kIn);
  EXPECT_EQ(both.operands[0].values.size(), 2u);
  ASSERT_EQ(both.operands[1].kind, Predicate::Kind::kNot);
  const Predicate& price = both.operands[1].operands.at(0);
  EXPECT_EQ(price.comparison, Comparison::kGt);
  EXPECT_EQ(std::get<core::Decimal>(price.values.at(0)).canonical(), "5.1");
}

TEST(Ucast, AnEmptyObjectIsAlwaysTrue) {
  const auto predicate = read("{}");
  ASSERT_TRUE(predicate);
  EXPECT_EQ(predicate->kind, Predicate::Kind::kTrue);
}

TEST(Ucast, RefusesWhatItDoesNotKnow) {
  for (const char* text : {
           "[]",
           "null",
           "true",
           "\"x\"",
           R"({"type":"magic"})",
           R"({"type":"field","operator":"matches","field":"row.kind","value":"x"})",
           R"({"type":"field","operator":"eq","field":"user.kind","value":"x"})",
           R"({"type":"field","operator":"eq","field":"row.kind"})",
           R"({"type":"field","operator":"eq","field":"row.kind","value":{"field":"row.key"}})",
           R"({"type":"field","operator":"eq","field":"row.kind","value":["x"]})",
           R"({"type":"field","operator":"in","field":"row.kind","value":"x"})",
           R"({"type":"field","operator":"in","field":"row.kind","value":[["x"]]})",
           R"({"type":"field","operator":"eq","field":"row.kind","value":"x","also":1})",
           R"({"type":"compound","operator":"xor","value":[{"type":"field"}]})",
           R"({"type":"compound","operator":"and","value":[]})",
           R"({"type":"compound","operator":"and"})",
           R"({"type":"compound","operator":"not","value":[)"
           R"({"type":"field","operator":"eq","field":"row.a","value":1},)"
           R"({"type":"field","operator":"eq","field":"row.a","value":1}]})",
       }) {
    const auto predicate = read(text);
    ASSERT_FALSE(predicate) << text;
    EXPECT_EQ(predicate.error().reason, "ROW_FILTER_UNSUPPORTED") << text;
  }
}

// OPA 1.22 writes 123456789012345678 as 123456789012345680: what was meant is lost.
TEST(Ucast, RefusesANumberThatADoubleMayHaveChanged) {
  const auto with = [](const std::string& number) {
    return R"({"type":"field","operator":"eq","field":"row.time","value":)" + number + "}";
  };
  for (const char* kept : {"0", "-5", "1767225600123000000", "0.000000000000000000012", "1e300"}) {
    EXPECT_TRUE(read(with(kept))) << kept;
  }
  for (const char* lost : {"123456789012345680", "1.2345678901234568e+29", "9007199254740993"}) {
    EXPECT_FALSE(read(with(lost))) << lost;
  }
}

TEST(Ucast, BoundsDepthAndSize) {
  core::Json leaf =
      *core::parse_untrusted(R"({"type":"field","operator":"eq","field":"row.kind","value":"x"})");
  const auto wrap = [](core::Json node) {
    return core::Json::object({{"type", core::Json::string("compound")},
                               {"operator", core::Json::string("not")},
                               {"value", core::Json::array({std::move(node)})}});
  };
  core::Json deep = leaf;
  for (std::size_t i = 1; i < core::limits::kPredicateDepth; ++i) deep = wrap(std::move(deep));
  EXPECT_TRUE(predicate_from_ucast(deep));
  EXPECT_FALSE(predicate_from_ucast(wrap(std::move(deep))));

  core::Json values = core::Json::array();
  for (std::size_t i = 0; i <= core::limits::kPredicateNodes; ++i) {
    values.push(core::Json::string("x"));
  }
  EXPECT_FALSE(predicate_from_ucast(core::Json::object({{"type", core::Json::string("field")},
                                                        {"operator", core::Json::string("in")},
                                                        {"field", core::Json::string("row.kind")},
                                                        {"value", std::move(values)}})));
}

}  // namespace
}  // namespace connector::decision
