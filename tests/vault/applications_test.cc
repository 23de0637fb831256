// Who may act as which application.
#include <gtest/gtest.h>

#include "exchange/local_callers.h"

namespace connector::testing {
namespace {

using namespace exchange;

const std::vector<Application> kAll{
    {"erp", {1000}, {}, {"engineer"}}, {"mes", {1001}, {50}, {}}, {"both", {1001}, {}, {}}};

std::string named(const LocalCaller& caller, const std::string& name) {
  const auto found = application_of(kAll, caller, name);
  return found ? found->name : found.error().reason;
}

TEST(Applications, AreKnownByUserOrGroup) {
  EXPECT_EQ(named({1000, {}}, ""), "erp");
  EXPECT_EQ(named({1000, {}}, "erp"), "erp");
  EXPECT_EQ(named({2000, {7, 50}}, ""), "mes");
  EXPECT_EQ(application_of(kAll, {1000, {}}, "")->roles, (std::vector<std::string>{"engineer"}));
}

TEST(Applications, OfOthersAreRefused) {
  EXPECT_EQ(named({2000, {7}}, ""), "APPLICATION_UNKNOWN");
  EXPECT_EQ(named({1000, {}}, "mes"), "APPLICATION_UNKNOWN");
  EXPECT_EQ(named({-1, {}}, ""), "APPLICATION_UNKNOWN");
}

TEST(Applications, MustBeNamedWhereThereAreSeveral) {
  EXPECT_EQ(named({1001, {}}, ""), "APPLICATION_UNKNOWN");
  EXPECT_EQ(named({1001, {}}, "both"), "both");
  EXPECT_EQ(named({1001, {}}, "mes"), "mes");
}

}  // namespace
}  // namespace connector::testing
