// Edits that fail: each names file and line, and changes nothing.
#include "opa/company.h"
#include "opa/policy_engine.h"

namespace connector::testing {
namespace {

struct Edit {
  const char* what;
  const char* file;
  const char* old;  // null: append
  const char* with;
  const char* says;  // part of the message
};

std::ostream& operator<<(std::ostream& out, const Edit& edit) {
  return out << edit.what;
}

class FailingEdit : public ::testing::TestWithParam<Edit> {};

TEST_P(FailingEdit, NamesFileAndLineAndChangesNothing) {
  const Company company;
  const auto engine = company.start();
  ASSERT_TRUE(engine);
  const auto before = engine->revision();
  const Edit& edit = GetParam();
  if (edit.old) {
    company.replace(edit.file, edit.old, edit.with);
  } else {
    company.append(edit.file, edit.with);
  }
  const auto published = engine->publish();
  ASSERT_FALSE(published);
  EXPECT_NE(published.error().message.find(edit.says), std::string::npos)
      << published.error().message;
  EXPECT_EQ(engine->revision(), before);
  // A loaded machine may miss the deadline of one decision, and a missed deadline refuses.
  EXPECT_TRUE(eventually([&] {
    const auto decided = engine->decide(Company::question());
    return decided && (*decided)->allow;
  }));
  EXPECT_EQ(opa_processes(company.path("data")).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Policy, FailingEdit,
    ::testing::Values(
        Edit{"SyntaxOfRego", "company.rego", "deny contains \"closed", "deny contaiins \"closed",
             "company.rego:15: "},
        Edit{"UnsafeVariable", "company.rego", "package company\n",
             "package company\n\nallow if input.now == sometime\n", "company.rego:12: "},
        Edit{
            "NetworkIsTakenAway", "company.rego", "package company\n",
            "package company\n\nallow if http.send({\"method\": \"get\", \"url\": \"http://x\"})\n",
            "company.rego:12: undefined function http.send"},
        Edit{"ClockIsTakenAway", "company.rego", "package company\n",
             "package company\n\nallow if time.now_ns() > 0\n",
             "company.rego:12: undefined function time.now_ns"},
        Edit{"EnvironmentIsTakenAway", "company.rego", "package company\n",
             "package company\n\nallow if opa.runtime().env\n",
             "company.rego:12: undefined function opa.runtime"},
        Edit{"ForeignPackage", "company.rego", "package company\n", "package connector.decision\n",
             "company.rego:10: the file must begin with"},
        Edit{"LooksLikeTheCompany", "company.rego", "package company\n", "package companyx\n",
             "company.rego:10: the file must begin with"},
        Edit{"TestFails", "company_test.rego", nullptr, "\ntest_that_fails if 1 == 2\n",
             "company_test.rego:22: test_that_fails failed"},
        Edit{"UnknownKey", "partners.yaml",
             "groups:", "gruops:", "partners.yaml:3: unknown key 'gruops'; did you mean 'groups'?"},
        Edit{"UnknownGroup", "partners.yaml", "[customer]", "[custmer]",
             "partners.yaml:3: unknown group 'custmer'; did you mean 'customer'?"},
        Edit{"UnknownField", "fields.yaml", "order_line.price:", "order_line.prise:",
             "unknown field 'order_line.prise'; did you mean 'order_line.price'?"},
        Edit{"UnknownLabel", "fields.yaml", "order_line.price: confidential",
             "order_line.price: confidental",
             "unknown label 'confidental'; did you mean 'confidential'?"},
        Edit{"UnknownDataset", "purposes.yaml", "  quality:", "  qualty:",
             "purposes.yaml:7: unknown dataset 'qualty'; did you mean 'quality'?"},
        Edit{"DatasetNotConfigured", "datasets.yaml",
             "  quality:", "  qualty:", "unknown dataset 'qualty'; did you mean 'quality'?"},
        Edit{"UnknownTreatment", "labels.yaml", "    - then: show", "    - then: shwo",
             "unknown way to treat a field 'shwo'; did you mean 'show'?"},
        Edit{"KeyTwice", "labels.yaml", "labels:\n", "labels:\n  open: []\n", "stands here twice"},
        Edit{"NoYaml", "datasets.yaml", "datasets:\n", "datasets: [\n", "datasets.yaml:"},
        Edit{"OtherVersion", "purposes.yaml", "version: 1", "version: 2",
             "purposes.yaml:2: version must be 1"},
        Edit{"TreatmentDoesNotFitTheField", "fields.yaml", "header.version: open",
             "header.version: personal", "fields.yaml:11: "}),
    [](const auto& edit) { return std::string(edit.param.what); });

}  // namespace
}  // namespace connector::testing
