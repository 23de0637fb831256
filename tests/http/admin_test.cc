#include "admin/admin.h"

#include <gtest/gtest.h>

#include "http/client.h"
#include "support/temp_dir.h"

namespace connector::admin {
namespace {

using core::Json;

class AdminDoor : public ::testing::Test {
 protected:
  void SetUp() override {
    operations_["echo"] = [](const Call& call) -> core::Result<Json> {
      return Json::object()
          .set("said", Json::string(call.args.text_at("word")))
          .set("body", Json::string(call.body))
          .set("uid", Json::integer(call.uid));
    };
    operations_["deny"] = [](const Call&) -> core::Result<Json> {
      return core::denied("POLICY_DENIED", "no", "ask");
    };
    auto started = Admin::start({socket(), {}, "127.0.0.1:0"}, operations_,
                                {[this] { return checks_; },
                                 [] {
                                   return std::vector<core::Metric>{{"connector_things_total",
                                                                     "Things",
                                                                     core::Metric::Type::kCounter,
                                                                     {{"kind", "a\"b"}},
                                                                     3}};
                                 }});
    ASSERT_TRUE(started) << started.error().message;
    admin_ = std::move(*started);
  }
  std::string socket() const { return (dir_ / "a").string(); }
  http::Answer ask(const std::string& method, const std::string& target,
                   const std::string& body = {}) const {
    auto answer = http::ask(socket(), method, target, body);
    EXPECT_TRUE(answer);
    return answer ? *answer : http::Answer{};
  }

  testing::TempDir dir_;
  Operations operations_;
  std::vector<core::Check> checks_ = {{"store", true, "fine", {}}};
  std::unique_ptr<Admin> admin_;
};

TEST_F(AdminDoor, CarriesAnOperation) {
  const auto answer = ask("POST", "/v1/echo", "{\"word\":\"hello\"}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("\"said\":\"hello\""), std::string::npos);
}

TEST_F(AdminDoor, ErrorsKeepTheirShape) {
  const auto answer = ask("POST", "/v1/deny", "{}");
  EXPECT_EQ(answer.status, 403);
  const core::Error error = error_from_json(*core::parse_untrusted(answer.body));
  EXPECT_EQ(error.code, core::Code::kDenied);
  EXPECT_EQ(error.reason, "POLICY_DENIED");
  EXPECT_EQ(error.next, "ask");
  EXPECT_EQ(exit_code(error), 3);
}

TEST_F(AdminDoor, OperationsAreNotReadByGetAndUnknownOnesAreNamed) {
  EXPECT_EQ(ask("GET", "/v1/echo").status, 404);
  EXPECT_EQ(ask("POST", "/v1/nothing", "{}").status, 404);
  EXPECT_EQ(ask("POST", "/v1/echo", "[1]").status, 400);
  EXPECT_EQ(ask("POST", "/v1/echo", "{\"a\":1,\"a\":2}").status, 400);
}

TEST_F(AdminDoor, ReadinessSaysWhatIsMissing) {
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  checks_.push_back({"policy", false, "OPA is gone", "wait"});
  const auto answer = ask("GET", "/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("[-] policy: OPA is gone"), std::string::npos);
  EXPECT_EQ(answer.body.find("[+]"), std::string::npos);
  EXPECT_NE(ask("GET", "/readyz?verbose").body.find("[+] store"), std::string::npos);
  EXPECT_EQ(ask("GET", "/livez").status, 200);
}

TEST_F(AdminDoor, MetricsAreInThePrometheusTextFormat) {
  const auto answer = ask("GET", "/metrics");
  EXPECT_NE(answer.body.find("# TYPE connector_things_total counter"), std::string::npos);
  EXPECT_NE(answer.body.find("connector_things_total{kind=\"a\\\"b\"} 3"), std::string::npos);
}

}  // namespace
}  // namespace connector::admin
