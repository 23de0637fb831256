// Calls between two companies: gRPC on both sides, the door between them.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <future>
#include <iostream>

#include "core/limits.h"
#include "house.h"
#include "peer/channels.h"
#include "peer/convert.h"
#include "peer/status.h"
#include "valuechain/exchange/v1/exchange.grpc.pb.h"

namespace connector::peer {
namespace {

using exchange::SignedEnvelope;
using testing::trial_party;

core::Status take_all(const exchange::ReceivedBatch&) {
  return core::ok();
}

int infos_in(const std::string& details) {
  constexpr std::string_view kType = "google.rpc.ErrorInfo";
  int found = 0;
  for (auto at = details.find(kType); at != details.npos; at = details.find(kType, at + 1)) ++found;
  return found;
}

class Calls : public House {
 protected:
  // A channel of gRPC's own, as a developer at a partner would have it.
  std::shared_ptr<grpc::Channel> channel() {
    if (!channels_) {
      channels_ = std::make_unique<Channels>(guest.client.certificate_pem, guest.client.key_pem,
                                             std::chrono::milliseconds(5000));
    }
    return channels_->to(provider(), provider().addresses.front());
  }
  grpc::Status unary(const std::string& method, const std::string& request, std::string* answer) {
    grpc::GenericStub stub(channel());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 10s);
    const grpc::Slice slice(request);
    const grpc::ByteBuffer sent(&slice, 1);
    grpc::ByteBuffer received;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &sent, &received,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    grpc::Status status = done.get_future().get();
    grpc::Slice bytes;
    if (status.ok() && received.DumpToSingleSlice(&bytes).ok()) {
      answer->assign(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
    }
    return status;
  }

 private:
  std::unique_ptr<Channels> channels_;
};

TEST_F(Calls, DescribeTellsWhoIsThere) {
  serving.description = {host.id,      "connector/1",
                         {"v1"},       {{core::KeyId("0011"), std::string(32, 'k'), 5, 6}},
                         "checkpoint", "log key"};
  open();
  const auto answer = client->describe(provider());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->id, host.id);
  EXPECT_EQ(answer->software, "connector/1");
  EXPECT_EQ(answer->protocol_versions, std::vector<std::string>{"v1"});
  ASSERT_EQ(answer->keys.size(), 1u);
  EXPECT_EQ(answer->keys[0].public_key, std::string(32, 'k'));
  EXPECT_EQ(answer->keys[0].valid_to_s, 6);
  EXPECT_EQ(answer->checkpoint, "checkpoint");
  EXPECT_EQ(answer->log_key, "log key");
  EXPECT_EQ(serving.last_caller().id, guest.id);
  EXPECT_EQ(serving.last_caller().certificate_sha256,
            crypto::describe_certificate(guest.client.certificate_pem)->sha256);
}

TEST_F(Calls, ListDatasetsPassesWhatIsAsked) {
  open();
  const auto page = client->list_datasets(provider(), "quality", "token");
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->datasets.size(), 1u);
  EXPECT_EQ(page->datasets[0].title, "quality/0/token");
  EXPECT_EQ(page->datasets[0].kinds, (std::vector<std::string>{"order_line", "event"}));
  EXPECT_EQ(page->next_page_token, "more");
}

TEST_F(Calls, AcknowledgeIntroduceAndProofComeBack) {
  open();
  EXPECT_EQ(*client->acknowledge(provider(), {"t", "receipt 7", "k", "s"}),
            "checkpoint for receipt 7");
  const auto introduced = client->introduce(provider(), {"t", "theirs", "k", "s"});
  ASSERT_TRUE(introduced);
  EXPECT_EQ(introduced->payload, "theirs and ours");
  const auto proof = client->get_proof(provider(), "request-1", 42);
  ASSERT_TRUE(proof);
  EXPECT_EQ(proof->checkpoint, "request-1");
  ASSERT_EQ(proof->entries.size(), 1u);
  EXPECT_EQ(proof->entries[0].index, 42u);
  EXPECT_EQ(proof->entries[0].inclusion[1], std::string(32, 'b'));
  EXPECT_EQ(proof->consistency[0], std::string(32, 'c'));
}

TEST_F(Calls, RefusalsCarryReasonNextStepAndMetadata) {
  serving.refusal = core::Error{core::Code::kDenied,
                                "NOT_AGREED",
                                "no agreement covers this",
                                "ask for one",
                                {{"decisionId", "17"}}};
  open();
  const auto answer = client->describe(provider());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::Code::kDenied);
  EXPECT_EQ(answer.error().reason, "NOT_AGREED");
  EXPECT_EQ(answer.error().message, "no agreement covers this");
  EXPECT_EQ(answer.error().next, "ask for one");
  EXPECT_EQ(answer.error().metadata.at("decisionId"), "17");
}

TEST_F(Calls, SuspensionRefusesTheNextCallOnTheSameConnection) {
  open();
  ASSERT_TRUE(client->describe(provider()));
  partners.set_state(guest.id, exchange::PartnerState::kSuspended);
  const auto refused = client->describe(provider());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().reason == "PARTNER_NOT_ACTIVE" ||
              refused.error().reason == "PARTNER_UNREACHABLE")
      << refused.error().reason;
  EXPECT_EQ(serving.calls, 1u);
  partners.set_state(guest.id, exchange::PartnerState::kActive);
  EXPECT_TRUE(eventually([&] { return client->describe(provider()).has_value(); }, 10s));
}

TEST_F(Calls, TheClientWantsExactlyTheConnectorItAskedFor) {
  open();
  // The host's CA has signed for this other site; only its name differs.
  auto expected = provider();
  expected.id.site = core::SiteName("bonn");
  const auto other_site = client->describe(expected);
  ASSERT_FALSE(other_site);
  EXPECT_EQ(other_site.error().reason, "PARTNER_UNREACHABLE");
  // The right name under another anchor.
  auto other_anchor = provider();
  other_anchor.anchor_pem = trial_party("did:web:host.example", "hengelo").ca.certificate_pem;
  EXPECT_FALSE(client->describe(other_anchor));
  EXPECT_EQ(serving.calls, 0u);
  EXPECT_TRUE(client->describe(provider()));
}

TEST_F(Calls, StrangersGetNowhere) {
  open();
  const auto stranger = client_of(trial_party("did:web:stranger.example", "x"));
  const auto refused = stranger->describe(provider());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Code::kUnavailable);
  EXPECT_EQ(serving.calls, 0u);
}

TEST_F(Calls, TheNextAddressIsTried) {
  open();
  auto partner = provider();
  partner.addresses.insert(partner.addresses.begin(), "127.0.0.1:1");
  EXPECT_TRUE(client->describe(partner));
  partner.addresses = {"127.0.0.1:1"};
  EXPECT_EQ(client->describe(partner).error().reason, "PARTNER_UNREACHABLE");
  partner.addresses.clear();
  EXPECT_EQ(client->describe(partner).error().reason, "PARTNER_UNREACHABLE");
}

TEST_F(Calls, HealthAnswersBehindTheSameDoor) {
  open();
  std::string answer;
  ASSERT_TRUE(unary("/grpc.health.v1.Health/Check", "", &answer).ok());
  EXPECT_EQ(answer, "\x08\x01");  // HealthCheckResponse.SERVING
  server->set_serving(false);
  ASSERT_TRUE(unary("/grpc.health.v1.Health/Check", "", &answer).ok());
  EXPECT_EQ(answer, "\x08\x02");
}

TEST_F(Calls, HealthIsForPartnersOnly) {
  open();
  std::string answer;
  ASSERT_TRUE(unary("/grpc.health.v1.Health/Check", "", &answer).ok());
  partners.set_state(guest.id, exchange::PartnerState::kSuspended);
  EXPECT_FALSE(unary("/grpc.health.v1.Health/Check", "", &answer).ok());
}

TEST_F(Calls, ReflectionListsTheService) {
  open();
  grpc::GenericStub stub(channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  grpc::CompletionQueue queue;
  auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool good = false;
  const auto wait = [&] { return queue.Next(&tag, &good) && good; };
  call->StartCall(nullptr);
  ASSERT_TRUE(wait());
  const grpc::Slice slice(std::string("\x3a\x01*"));  // list_services: "*"
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  ASSERT_TRUE(wait());
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  ASSERT_TRUE(wait());
  grpc::Slice bytes;
  ASSERT_TRUE(answer.DumpToSingleSlice(&bytes).ok());
  const std::string text(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  EXPECT_NE(text.find("valuechain.exchange.v1.ExchangeService"), std::string::npos);
  EXPECT_NE(text.find("grpc.health.v1.Health"), std::string::npos);
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
}

TEST_F(Calls, BoundsTheSizeOfMessagesAndFields) {
  open();
  std::string answer;
  const grpc::Status large =
      unary("/valuechain.exchange.v1.ExchangeService/Describe",
            std::string("\x0a\xff\xff\xff\x02", 5) + std::string(5u << 20, 'x'), &answer);
  EXPECT_EQ(large.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(client->list_datasets(provider(), std::string(2000, 'p'), "").error().reason,
            "FIELD_TOO_LONG");
  EXPECT_EQ(client->get_proof(provider(), std::string(2000, 'r'), 0).error().reason,
            "FIELD_TOO_LONG");
  const SignedEnvelope envelope{"t", std::string(core::limits::kEnvelopeBytes + 1, 'x'), "k", "s"};
  EXPECT_EQ(client->acknowledge(provider(), envelope).error().reason, "ENVELOPE_TOO_LARGE");
  EXPECT_EQ(client->introduce(provider(), envelope).error().reason, "ENVELOPE_TOO_LARGE");
  EXPECT_EQ(client->fetch(provider(), envelope, take_all).error().reason, "ENVELOPE_TOO_LARGE");
  EXPECT_EQ(serving.calls, 0u);
}

TEST_F(Calls, RefusesRequestsThatAreNone) {
  open();
  std::string answer;
  const grpc::Status bad =
      unary("/valuechain.exchange.v1.ExchangeService/Fetch", "\x0a\x7f nonsense", &answer);
  EXPECT_EQ(from_grpc(bad, "NONE").reason, "REQUEST_INVALID");
  const grpc::Status unsigned_one =
      unary("/valuechain.exchange.v1.ExchangeService/Fetch", "", &answer);
  EXPECT_EQ(from_grpc(unsigned_one, "NONE").reason, "ENVELOPE_INVALID");
  EXPECT_EQ(serving.calls, 0u);
}

// Whatever is called, and with whatever bytes: a refusal says why in exactly one ErrorInfo.
TEST_F(Calls, EveryRefusalCarriesAReason) {
  open();
  const std::string service = "/valuechain.exchange.v1.ExchangeService/";
  const std::string large(core::limits::kRequestBytes + 1, 'x');
  struct Case {
    std::string method;
    std::string request;
    grpc::StatusCode code;
    const char* reason;
  };
  std::vector<Case> cases{
      {service + "None", "", grpc::StatusCode::UNIMPLEMENTED, "METHOD_UNKNOWN"},
      {"/other.Service/Fetch", "x", grpc::StatusCode::UNIMPLEMENTED, "METHOD_UNKNOWN"},
      {"/grpc.health.v1.Health/None", "", grpc::StatusCode::UNIMPLEMENTED, "METHOD_UNKNOWN"}};
  for (const char* method :
       {"Describe", "ListDatasets", "Fetch", "Acknowledge", "GetProof", "Introduce"}) {
    cases.push_back({service + method, "\x0a\x7f nonsense", grpc::StatusCode::INVALID_ARGUMENT,
                     "REQUEST_INVALID"});
    cases.push_back(
        {service + method, large, grpc::StatusCode::RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE"});
  }
  for (const Case& one : cases) {
    std::string answer;
    const grpc::Status status = unary(one.method, one.request, &answer);
    EXPECT_EQ(status.error_code(), one.code) << one.method << ": " << status.error_message();
    EXPECT_EQ(from_grpc(status, "NONE").reason, one.reason) << one.method;
    EXPECT_EQ(infos_in(status.error_details()), 1) << one.method;
  }
  EXPECT_EQ(serving.calls, 0u);
  std::cout << "  " << cases.size() << " refusals, each with one ErrorInfo\n";
}

TEST_F(Calls, WhoIsNoPartnerHearsNotEvenThatAMethodIsUnknown) {
  open();
  std::string answer;
  ASSERT_EQ(from_grpc(unary("/a.B/C", "", &answer), "NONE").reason, "METHOD_UNKNOWN");
  partners.set_state(guest.id, exchange::PartnerState::kSuspended);
  const auto refused = from_grpc(unary("/a.B/C", "", &answer), "CLOSED").reason;
  EXPECT_TRUE(refused == "PARTNER_NOT_ACTIVE" || refused == "CLOSED") << refused;
}

TEST_F(Calls, BoundsCallsPerMinute) {
  edge::EdgeLimits limits;
  limits.calls_per_minute = 3;
  open(limits);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client->describe(provider())) << i;
  const auto refused = client->describe(provider());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Code::kExhausted);
  EXPECT_EQ(refused.error().reason, "RATE_LIMITED");
}

// More calls at a time than one connection may have streams: they wait for one another.
TEST_F(Calls, ManyCallsAtOnceShareAConnection) {
  open();
  v1::ExchangeService::Stub stub(channel());
  constexpr int kCalls = 400;
  std::vector<grpc::ClientContext> contexts(kCalls);
  std::vector<v1::DescribeResponse> answers(kCalls);
  const v1::DescribeRequest request;
  std::atomic<int> good = 0;
  std::atomic<int> done = 0;
  for (int i = 0; i < kCalls; ++i) {
    const auto at = static_cast<std::size_t>(i);
    stub.async()->Describe(&contexts[at], &request, &answers[at], [&](const grpc::Status& status) {
      good += status.ok() ? 1 : 0;
      ++done;
    });
  }
  EXPECT_TRUE(eventually([&] { return done == kCalls; }, 30s));
  EXPECT_EQ(good, kCalls);
  EXPECT_EQ(edge->stats().closed_by_guard, 0u);
}

}  // namespace
}  // namespace connector::peer
