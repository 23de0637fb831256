#include "contract/term.h"

#include <set>

#include "contract/context.h"
#include "contract_support.h"

namespace connector::contract::testing {
namespace {

TEST(Terms, ShortAndWholeNames) {
  EXPECT_EQ(compact("http://www.w3.org/ns/odrl/2/use"), "use");
  EXPECT_EQ(compact("https://www.w3.org/ns/odrl/2/use"), "use");
  EXPECT_EQ(compact("http://www.w3.org/ns/odrl/2/foo"), "odrl:foo");
  EXPECT_EQ(compact("https://w3id.org/idsa/code/ROLE"), "idsc:ROLE");
  EXPECT_EQ(compact("https://w3id.org/catenax/2025/9/policy/Membership"), "cx-policy:Membership");
  EXPECT_EQ(compact("https://w3id.org/catenax/policy/Membership"), "cx-policy-2405:Membership");
  EXPECT_EQ(compact("http://purl.org/dc/terms/title"), "dct:title");
  // What cannot stand behind a prefix keeps its whole name.
  EXPECT_EQ(compact("https://w3id.org/idsa/code/A B"), "https://w3id.org/idsa/code/A B");
  EXPECT_EQ(compact("https://w3id.org/idsa/code/"), "https://w3id.org/idsa/code/");
  EXPECT_EQ(compact("https://w3id.org/catenax/2025/9/policy/a/b"),
            "https://w3id.org/catenax/2025/9/policy/a/b");
  EXPECT_EQ(compact("urn:uuid:1"), "urn:uuid:1");

  EXPECT_EQ(expand("use"), "http://www.w3.org/ns/odrl/2/use");
  EXPECT_EQ(expand("xsd:dateTime"), "http://www.w3.org/2001/XMLSchema#dateTime");
  EXPECT_EQ(expand("un-known"), std::nullopt);
  EXPECT_EQ(expand("urn:uuid:1"), "urn:uuid:1");
  EXPECT_EQ(expand("odrl://evil"), "odrl://evil");
}

TEST(Terms, EveryPrefixGoesBothWays) {
  for (const Prefix& row : prefixes()) {
    const std::string name = std::string(row.canonical) + ":x-1";
    EXPECT_EQ(compact(std::string(row.iri) + "x-1"), name);
    EXPECT_EQ(compact(expand(name).value()), name);
  }
}

TEST(Terms, EveryPrefixStandsInTheDocumentation) {
  const std::string page =
      connector::testing::read_file(std::filesystem::path(SOURCE_DIR) / "docs/odrl.md");
  std::set<std::string_view> shown;
  for (const Prefix& row : prefixes()) {
    EXPECT_NE(page.find("`" + std::string(row.prefix) + "`"), std::string::npos) << row.prefix;
    if (!shown.insert(row.canonical).second) continue;  // its first namespace
    EXPECT_NE(page.find("`" + std::string(row.iri) + "`"), std::string::npos) << row.iri;
  }
}

TEST(Terms, NamesAreTheSameWhenReadAgain) {
  const Names names;
  for (const char* text : {"use", "odrl:use", "odrl:foo", "un-known", "dc:title", "idsc:COUNT",
                           "http://www.w3.org/ns/odrl/2/foo bar", "a b", "ids:", ":", "", "@x",
                           "cx-policy-2405:Membership", "mailto:a@b.example", "odrl:odrl:use"}) {
    const std::string once = names.term(text);
    EXPECT_EQ(names.term(once), once) << text;
    EXPECT_EQ(names.reference(once), once) << text;
  }
}

TEST(Terms, ThirteenOperators) {
  std::set<std::string_view> words;
  for (int i = 0; i < 13; ++i) {
    const auto op = static_cast<Operator>(i);
    words.insert(name_of(op));
    EXPECT_EQ(operator_of(name_of(op)), op);
  }
  EXPECT_EQ(words, (std::set<std::string_view>{"eq", "gt", "gteq", "lteq", "hasPart", "isA",
                                               "isAllOf", "isAnyOf", "isNoneOf", "isPartOf", "lt",
                                               "term-lteq", "neq"}));
  EXPECT_EQ(operator_of("idsc:SHORTER_EQ"), Operator::kLteq);
  EXPECT_EQ(operator_of("EQ"), std::nullopt);
}

TEST(Terms, DataTypes) {
  EXPECT_EQ(data_type_name("xsd:datetimeStamp"), "xsd:dateTimeStamp");
  EXPECT_EQ(data_type_name("xsd:string"), "");
  EXPECT_EQ(data_type_name("xsd:"), std::nullopt);
  EXPECT_EQ(data_type_name("dateTime"), std::nullopt);
}

TEST(Terms, ThoseOfTheBundledContextsAreKnown) {
  if (!connector::testing::has_shared_data("dsp-2025-1")) {
    GTEST_SKIP() << connector::testing::shared_data_missing("dsp-2025-1");
  }
  const auto folder = connector::testing::shared_data_dir();
  const core::Json odrl = json_file(folder / "dsp-2025-1/context/odrl.jsonld");
  std::size_t terms = 0;
  for (const auto& [name, meaning] : odrl.find("@context")->members()) {
    if (name == "odrl") continue;
    EXPECT_TRUE(is_odrl_term(name)) << name;
    ++terms;
  }
  EXPECT_GT(terms, 40u);
  const core::Json catena_x = json_file(folder / "cx-odrl-profile/schema/context/context.jsonld");
  for (const auto& [name, meaning] : catena_x.find("@context")->members()) {
    EXPECT_EQ(is_catena_x_name(name), meaning.is_object()) << name;
  }
}

}  // namespace
}  // namespace connector::contract::testing
