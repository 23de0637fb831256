// The tables of an admin: every mistake is found, all at once, each with its line.
#include "opa/tables.h"

#include <algorithm>

#include "opa/bundle.h"
#include "opa/company.h"

namespace connector::testing {
namespace {

opa::Snapshot good() {
  return {{"datasets.yaml",
           "groups: {customer: buys}\n"
           "datasets:\n  orders: {groups: [customer], rows: [own], max_records: 10}\n"},
          {"partners.yaml", "partners:\n  did:web:x.example: {groups: [customer], sites: [a]}\n"},
          {"purposes.yaml", "purposes:\n  orders: {tracking: [customer]}\n"},
          {"labels.yaml",
           "labels:\n  open:\n    - {then: show}\n  cut:\n    - {then: truncate, argument: 3}\n"},
          {"fields.yaml", "fields:\n  order_line.notes: cut\n  header.key: open\n"}};
}

std::string mistakes(opa::Snapshot files, const std::vector<std::string>& datasets = {}) {
  const auto tables = opa::read_tables(files, datasets);
  return tables ? "" : tables.error().message;
}

std::string with(const std::string& file, const std::string& text) {
  opa::Snapshot files = good();
  files[file] = text;
  return mistakes(files);
}

TEST(Tables, BecomeData) {
  const auto tables = opa::read_tables(good(), {"orders"});
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_EQ(
      core::to_text(*tables),
      R"({"datasets":{"orders":{"groups":["customer"],"rows":["own"],"max_records":10}},)"
      R"("partners":{"did:web:x.example":{"groups":["customer"],"sites":["a"]}},)"
      R"("purposes":{"orders":{"tracking":["customer"]}},)"
      R"("labels":{"open":[{"then":"show"}],"cut":[{"then":"truncate","argument":"3"}]},)"
      R"("fields":{"order_line.notes":"cut","header.key":"open"},"contracts":{},"facts":{},)"
      R"("paths":{"header":{"open":["header.key"]},"order_line":{"cut":["order_line.notes"]}},)"
      R"("around":{}})");
}

TEST(Tables, FieldsWithinOthersAreKnown) {
  opa::Snapshot files = good();
  files["fields.yaml"] =
      "fields:\n  order_line.item: open\n  order_line.item.quantity.value: cut\n"
      "  order_line.item.quantity: cut\n";
  const auto tables = opa::read_tables(files, {});
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_EQ(core::to_text(*tables->find("around")),
            R"({"order_line.item.quantity.value":["order_line.item","order_line.item.quantity"],)"
            R"("order_line.item.quantity":["order_line.item"]})");
}

TEST(Tables, NothingBelowPartnersIsNobody) {
  EXPECT_EQ(with("partners.yaml", "partners:\n"), "");
  EXPECT_EQ(with("partners.yaml", "partners: {}\n"), "");
}

TEST(Tables, AllMistakesAreListedAtOnce) {
  opa::Snapshot files = good();
  files["partners.yaml"] = "partners:\n  x.example: {groups: [customer]}\n  did:web:y: {}\n";
  files["fields.yaml"] = "fields:\n  order_line.note: cut\n";
  const std::string message = mistakes(files);
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 2) << message;
  EXPECT_NE(message.find("partners.yaml:2: "), std::string::npos) << message;
  EXPECT_NE(message.find("partners.yaml:3: the key 'groups' is missing"), std::string::npos);
  EXPECT_NE(message.find("fields.yaml:2: unknown field 'order_line.note'; did you mean "
                         "'order_line.notes'?"),
            std::string::npos)
      << message;
}

TEST(Tables, AreAllNeededButTwo) {
  for (const std::string& name : opa::table_files()) {
    opa::Snapshot files = good();
    files.erase(name);
    const bool optional = name == "contracts.yaml" || name == "facts.yaml";
    const std::string found = mistakes(files);
    EXPECT_EQ(found.find(name + ":1: the file is missing") == std::string::npos, optional) << name;
    EXPECT_EQ(found.empty(), optional) << found;
  }
}

struct Wrong {
  const char* file;
  const char* text;
  const char* says;
};

TEST(Tables, EachMistakeIsNamed) {
  const Wrong wrong[] = {
      {"datasets.yaml", "datasets: {}\n", "the key 'groups' is missing"},
      {"datasets.yaml", "groups: {a: b}\n", "the key 'datasets' is missing"},
      {"datasets.yaml", "groups: {customer: x}\ndatasets:\n  orders: {groups: [customer]}\n",
       "datasets.yaml:3: the key 'rows' is missing"},
      {"datasets.yaml",
       "groups: {customer: x}\ndatasets:\n  orders: {groups: [customer], rows: [all, own]}\n",
       "'all' stands alone"},
      {"datasets.yaml",
       "groups: {customer: x}\ndatasets:\n  orders: {groups: [customer], rows: []}\n",
       "rows needs at least one"},
      {"datasets.yaml",
       "groups: {customer: x}\ndatasets:\n  orders: {groups: customer, rows: [own]}\n",
       "a list of groups is expected"},
      {"datasets.yaml",
       "groups: {customer: x}\ndatasets:\n"
       "  orders: {groups: [customer], rows: [own], max_records: -1}\n",
       "max_records must be a whole number"},
      {"datasets.yaml",
       "groups: {customer: x}\ndatasets:\n"
       "  orders: {groups: [customer], rows: [own], max_records: 1e9}\n",
       "max_records must be a whole number"},
      {"purposes.yaml", "purposes:\n  orders: {Tracking Orders: [customer]}\n",
       "a purpose has lower-case letters"},
      {"purposes.yaml", "purposes: [orders]\n", "purposes must be a map"},
      {"purposes.yaml", "- purposes\n", "the file must be a map"},
      {"purposes.yaml", "", "the key 'purposes' is missing"},
      {"labels.yaml", "labels:\n  open: {then: show}\n", "a label has a list of rules"},
      {"labels.yaml", "labels:\n  open:\n    - {groups: [customer]}\n",
       "labels.yaml:3: the key 'then' is missing"},
      {"labels.yaml", "labels:\n  open:\n    - {then: round}\n", "'round' needs a number"},
      {"labels.yaml", "labels:\n  open:\n    - {then: truncate, argument: many}\n",
       "'truncate' needs a number"},
      {"labels.yaml", "labels:\n  open:\n    - {then: replace}\n", "'replace' needs a text"},
      {"labels.yaml", "labels:\n  open:\n    - {then: show, argument: x}\n",
       "'show' takes no argument"},
      {"labels.yaml", "labels:\n  open:\n    - {then: show, purposes: [trackin]}\n",
       "unknown purpose 'trackin'; did you mean 'tracking'?"},
      {"partners.yaml", "partners:\n\tx: y\n", "partners.yaml:2: "},
      {"fields.yaml", "fields:\n  header.key: [open]\n", "a label must be a text"},
      {"fields.yaml", "fields:\n  header.key: open\n  header.key: open\n", "stands here twice"}};
  for (const Wrong& one : wrong) {
    const std::string message = with(one.file, one.text);
    EXPECT_NE(message.find(one.says), std::string::npos) << one.text << " -> " << message;
    EXPECT_NE(message.find(one.file), std::string::npos);
  }
}

// Ten lists of ten times the list before: a few hundred bytes that would be 10^10 names.
TEST(Tables, AliasesThatMultiplyAreStopped) {
  std::string partners = "partners:\n";
  std::string list = "&list [customer";
  for (int i = 0; i < 5000; ++i) list += ", customer";
  for (int i = 0; i < 5000; ++i) {
    partners += "  did:web:p" + std::to_string(i) +
                ": {groups: " + (i == 0 ? list + "]" : std::string("*list")) + "}\n";
  }
  EXPECT_NE(with("partners.yaml", partners).find("the table is too large"), std::string::npos);
}

TEST(Snapshots, TakeRegoAndTablesOnly) {
  const TempDir dir;
  dir.write("partners.yaml", "partners:\n");
  dir.write("company.rego", "package company\n");
  dir.write(".partners.yaml.swp", "x");
  dir.write("notes.txt", "x");
  dir.write("below/other.rego", "package company\n");
  const auto snapshot = opa::take_snapshot(dir.path());
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->size(), 2u);
  dir.write("partner.yaml", "partners:\n");
  const auto wrong = opa::take_snapshot(dir.path());
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("did you mean 'partners.yaml'?"), std::string::npos);
}

TEST(Snapshots, RefuseAHugeFileAndAMissingFolder) {
  const TempDir dir;
  dir.write("company.rego", std::string((1u << 20) + 1, '#'));
  EXPECT_FALSE(opa::take_snapshot(dir.path()));
  EXPECT_FALSE(opa::take_snapshot(dir / "missing"));
}

TEST(Revisions, DependOnEveryByteAndName) {
  const auto one = opa::revision_of({{"a", "bc"}});
  EXPECT_NE(one, opa::revision_of({{"ab", "c"}}));
  EXPECT_NE(one, opa::revision_of({{"a", "bd"}}));
  EXPECT_NE(one, opa::revision_of({{"a", "bc"}, {"d", ""}}));
  // printf 'a\0\0\0\0\0\0\0\0\2bc' | sha256sum
  EXPECT_EQ(one.str(), "3486174e7a2a9015dd3e2e461bfac80c16aff2eba4810d03d139facfa7eea324");
}

TEST(Bundles, AreWhatTheirNameSays) {
  const TempDir dir;
  const opa::BundleFiles files{{"company/company.rego", "package company\n"}};
  const auto revision = opa::revision_of(files);
  ASSERT_TRUE(opa::write_bundle(files, revision, dir / "b"));
  EXPECT_TRUE(opa::verify_bundle(dir / "b", revision));
  EXPECT_FALSE(opa::verify_bundle(dir / "b", core::Revision(std::string(64, '0'))));
  EXPECT_FALSE(opa::verify_bundle(dir / "none", revision));
  dir.write("b/company/company.rego", "package company\n\nallow := true\n");
  EXPECT_FALSE(opa::verify_bundle(dir / "b", revision));
}

}  // namespace
}  // namespace connector::testing
