// The worked examples of docs/formats.md about contracts, and what is refused.
#include <gtest/gtest.h>

#include "offices.h"
#include "support/temp_dir.h"

namespace connector::testing {
namespace {

// The block after "<!-- example: name -->", without its last line feed.
std::string example(const std::string& name) {
  const std::string text = read_file(std::string(SOURCE_DIR) + "/docs/formats.md");
  const auto mark = text.find("<!-- example: " + name + " -->\n```");
  if (mark == std::string::npos) return "(no example " + name + ")";
  const auto begin = text.find('\n', text.find("```", mark)) + 1;
  return text.substr(begin, text.find("\n```", begin) - begin);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto place = text.find(what);
  if (place == std::string::npos) throw std::runtime_error("the example has no " + what);
  return text.replace(place, what.size(), with);
}

TEST(ContractFormats, TheNegotiationOfTheExample) {
  const auto read = read_negotiation(example("negotiation"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->kind, contract::Message::kAccept);
  EXPECT_EQ(read->from, maker());
  EXPECT_EQ(read->issued_s, 1'750'000'000);
  EXPECT_EQ(read->offer, "quality-project-y");
  EXPECT_EQ(to_payload(*read), example("negotiation"));
}

TEST(ContractFormats, TheEndOfTheExample) {
  const auto read = read_agreement_end(example("agreement end"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->reason, "project Y is over");
  EXPECT_EQ(to_payload(*read), example("agreement end"));
}

TEST(ContractFormats, AnythingElseIsRefusedByName) {
  const std::string good = example("negotiation");
  const std::pair<std::string, std::string> slips[] = {
      {replaced(good, "\"accepted\"", "\"agreed\""), "message"},
      {replaced(good, "\"policy\":null", "\"policy\":{}"), "policy"},
      {replaced(good, "\"issued\":\"1750000000\"", "\"issued\":1750000000"), "issued"},
      {replaced(good, "\"reason\":\"\"", "\"reason\":\"\",\"more\":\"\""), "member"},
      {replaced(good, "/hengelo", ""), "from"},
      {replaced(good, "eeee", "EEEE"), "offer_digest"}};
  for (const auto& [text, named] : slips) {
    const auto read = read_negotiation(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().reason, "STATEMENT_INVALID");
    EXPECT_NE(read.error().message.find(named), std::string::npos) << read.error().message;
  }
}

}  // namespace
}  // namespace connector::testing
