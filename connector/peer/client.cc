#include "peer/client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "peer/batch_wire.h"
#include "peer/channels.h"
#include "peer/contract_convert.h"
#include "peer/convert.h"
#include "peer/fetch_reader.h"
#include "peer/status.h"
#include "valuechain/contract/v1/contract.grpc.pb.h"
#include "valuechain/exchange/v1/exchange.grpc.pb.h"

namespace connector::peer {
namespace {

using exchange::Partner;
using exchange::SignedEnvelope;

constexpr const char* kUnreachable = "PARTNER_UNREACHABLE";

core::Error unreachable(const Partner& partner, const std::string& address,
                        const std::string& why) {
  return core::unavailable(
      kUnreachable, partner.id.str() + " does not answer at " + address + ": " + why,
      "run `connector doctor`; ask the other side whether its connector serves, whether this is "
      "still its address, and whether it has accepted our introduction");
}

core::Error no_address(const Partner& partner) {
  return core::unavailable(kUnreachable, partner.id.str() + " has no address",
                           "ask the partner for an introduction that names one");
}

// What a failed call means. Words of the partner's connector are passed on as they are.
core::Error error_of(const grpc::Status& status, const Partner& partner,
                     const std::string& address) {
  core::Error said{core::Code::kInternal, {}, {}, {}, {}};
  if (decode_details(status.error_details(), said)) return from_grpc(status, {});
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::CANCELLED:
      return unreachable(partner, address, status.error_message());
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return unreachable(partner, address, "no answer in time");
    default:
      return from_grpc(status, "PARTNER_ERROR");
  }
}

grpc::ByteBuffer request_bytes(const SignedEnvelope& request) {
  v1::FetchRequest message;
  *message.mutable_request() = message_of(request);
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

}  // namespace

struct PeerClient::State {
  explicit State(ClientOptions wanted)
      : options(std::move(wanted)),
        channels(options.certificate_pem, options.key_pem, options.connect_time) {}

  const ClientOptions options;
  Channels channels;

  std::mutex mutex;
  std::set<grpc::ClientContext*> calls;  // guarded by mutex, as all below
  bool stopped = false;

  // A call under way: stop() can end it.
  class Call {
   public:
    explicit Call(State& state) : state_(state) {
      std::lock_guard lock(state_.mutex);
      state_.calls.insert(&context);
      if (state_.stopped) context.TryCancel();
    }
    ~Call() {
      std::lock_guard lock(state_.mutex);
      state_.calls.erase(&context);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    grpc::ClientContext context;

   private:
    State& state_;
  };

  // The addresses in their order, until one answers, be it with a refusal.
  template <typename Attempt>
  auto at_any_address(const Partner& partner, Attempt attempt) -> decltype(attempt(std::string())) {
    core::Error last = no_address(partner);
    for (const auto& address : partner.addresses) {
      auto result = attempt(address);
      if (result || result.error().reason != kUnreachable) return result;
      last = std::move(result.error());
    }
    return last;
  }

  template <typename Stub, typename Request, typename Response>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

  template <typename Stub, typename Request, typename Response>
  core::Result<Response> ask(const Partner& partner, Method<Stub, Request, Response> method,
                             const Request& request) {
    return at_any_address(partner, [&](const std::string& address) -> core::Result<Response> {
      Stub stub(channels.to(partner, address));
      Call call(*this);
      call.context.set_deadline(std::chrono::system_clock::now() + options.call_time);
      Response response;
      const grpc::Status status = (stub.*method)(&call.context, request, &response);
      if (!status.ok()) return error_of(status, partner, address);
      return response;
    });
  }

  core::Result<SignedEnvelope> fetch_at(
      const Partner& partner, const std::string& address, const SignedEnvelope& request,
      const std::function<core::Status(const exchange::ReceivedBatch&)>& on_batch);
};

namespace {

// Hands one message on; the receipt ends the stream.
core::Status take(const grpc::ByteBuffer& message,
                  const std::function<core::Status(const exchange::ReceivedBatch&)>& on_batch,
                  std::optional<SignedEnvelope>& receipt) {
  grpc::Slice bytes;
  if (!message.TrySingleSlice(&bytes).ok() && !message.DumpToSingleSlice(&bytes).ok()) {
    return core::internal("a message of the partner cannot be read");
  }
  auto part = read_part({reinterpret_cast<const char*>(bytes.begin()), bytes.size()});
  if (!part) return std::move(part.error());
  if (receipt) {
    return core::unavailable("PARTNER_ANSWER_INVALID", "there is more after the receipt");
  }
  if (const auto* batch = std::get_if<exchange::ReceivedBatch>(&*part)) return on_batch(*batch);
  receipt = std::get<SignedEnvelope>(*std::move(part));
  return core::ok();
}

}  // namespace

core::Result<SignedEnvelope> PeerClient::State::fetch_at(
    const Partner& partner, const std::string& address, const SignedEnvelope& request,
    const std::function<core::Status(const exchange::ReceivedBatch&)>& on_batch) {
  Call call(*this);
  FetchReader reader(channels.to(partner, address), call.context, request_bytes(request));
  std::optional<SignedEnvelope> receipt;
  core::Status going = core::ok();
  while (going) {
    const auto next = reader.next(options.idle_time);
    if (next.silent) {
      going = unreachable(partner, address, "the stream was silent for too long");
    } else if (next.message) {
      going = take(*next.message, on_batch, receipt);
    } else {
      break;
    }
  }
  if (!going) call.context.TryCancel();
  const grpc::Status status = reader.finish();
  if (!going) return std::move(going.error());
  if (!status.ok()) return error_of(status, partner, address);
  if (!receipt) {
    return core::unavailable("PARTNER_ANSWER_INVALID", "the stream ended without a receipt",
                             "fetch again: it goes on after the last batch received");
  }
  return *std::move(receipt);
}

PeerClient::PeerClient(ClientOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

PeerClient::~PeerClient() = default;

core::Result<exchange::Description> PeerClient::describe(const Partner& partner) {
  auto answer = state_->ask(partner, &v1::ExchangeService::Stub::Describe, v1::DescribeRequest());
  if (!answer) return std::move(answer.error());
  return description_of(*answer);
}

core::Result<exchange::DatasetPage> PeerClient::list_datasets(const Partner& partner,
                                                              const std::string& purpose,
                                                              const std::string& page_token) {
  v1::ListDatasetsRequest request;
  request.set_purpose(purpose);
  request.set_page_token(page_token);
  auto answer = state_->ask(partner, &v1::ExchangeService::Stub::ListDatasets, request);
  if (!answer) return std::move(answer.error());
  return page_of(*answer);
}

core::Result<SignedEnvelope> PeerClient::fetch(
    const Partner& partner, const SignedEnvelope& request,
    const std::function<core::Status(const exchange::ReceivedBatch&)>& on_batch) {
  // Once a batch came, another address cannot go on: that takes a new signed request.
  bool heard = false;
  const auto listen = [&](const exchange::ReceivedBatch& batch) {
    heard = true;
    return on_batch(batch);
  };
  std::optional<core::Error> broken;
  auto result = state_->at_any_address(
      partner, [&](const std::string& address) -> core::Result<SignedEnvelope> {
        if (broken) return *broken;
        auto fetched = state_->fetch_at(partner, address, request, listen);
        if (!fetched && heard) broken = fetched.error();
        return fetched;
      });
  return result;
}

core::Result<std::string> PeerClient::acknowledge(const Partner& partner,
                                                  const SignedEnvelope& acknowledgement) {
  v1::AcknowledgeRequest request;
  *request.mutable_acknowledgement() = message_of(acknowledgement);
  auto answer = state_->ask(partner, &v1::ExchangeService::Stub::Acknowledge, request);
  if (!answer) return std::move(answer.error());
  return answer->checkpoint();
}

core::Result<exchange::Proof> PeerClient::get_proof(const Partner& partner,
                                                    const std::string& request_id,
                                                    std::uint64_t from_size) {
  v1::GetProofRequest request;
  request.set_request_id(request_id);
  request.set_from_size(from_size);
  auto answer = state_->ask(partner, &v1::ExchangeService::Stub::GetProof, request);
  if (!answer) return std::move(answer.error());
  return proof_of(*answer);
}

core::Result<SignedEnvelope> PeerClient::introduce(const Partner& partner,
                                                   const SignedEnvelope& introduction) {
  v1::IntroduceRequest request;
  *request.mutable_introduction() = message_of(introduction);
  auto answer = state_->ask(partner, &v1::ExchangeService::Stub::Introduce, request);
  if (!answer) return std::move(answer.error());
  return envelope_of(answer->introduction(), "introduction");
}

core::Result<exchange::OfferPage> PeerClient::list_offers(const Partner& partner,
                                                          const exchange::OfferQuery& query) {
  contract_v1::ListOffersRequest request;
  request.set_page_size(query.page_size);
  request.set_page_token(query.page_token);
  request.set_dataset(query.dataset);
  request.set_offer(query.offer);
  auto answer = state_->ask(partner, &contract_v1::ContractService::Stub::ListOffers, request);
  if (!answer) return std::move(answer.error());
  return page_of(*answer);
}

core::Result<exchange::NegotiationAnswer> PeerClient::negotiate(
    const Partner& partner, const SignedEnvelope& message,
    const std::optional<exchange::AgreementParts>& agreement) {
  contract_v1::NegotiateRequest request;
  *request.mutable_message() = message_of(message);
  if (agreement) *request.mutable_agreement() = message_of(*agreement);
  auto answer = state_->ask(partner, &contract_v1::ContractService::Stub::Negotiate, request);
  if (!answer) return std::move(answer.error());
  return answer_of(*answer);
}

core::Result<std::string> PeerClient::end_agreement(const Partner& partner,
                                                    const SignedEnvelope& end) {
  contract_v1::EndAgreementRequest request;
  *request.mutable_end() = message_of(end);
  auto answer = state_->ask(partner, &contract_v1::ContractService::Stub::EndAgreement, request);
  if (!answer) return std::move(answer.error());
  return answer->checkpoint();
}

core::Result<std::string> PeerClient::report(const Partner& partner,
                                             const SignedEnvelope& statement) {
  contract_v1::ReportRequest request;
  *request.mutable_statement() = message_of(statement);
  auto answer = state_->ask(partner, &contract_v1::ContractService::Stub::Report, request);
  if (!answer) return std::move(answer.error());
  return answer->checkpoint();
}

core::Result<std::optional<SignedEnvelope>> PeerClient::last_statement(
    const Partner& partner, const std::string& agreement) {
  contract_v1::LastStatementRequest request;
  request.set_agreement_id(agreement);
  auto answer = state_->ask(partner, &contract_v1::ContractService::Stub::LastStatement, request);
  if (!answer) return std::move(answer.error());
  if (!answer->has_statement()) return std::optional<SignedEnvelope>();
  auto envelope = envelope_of(answer->statement(), "statement");
  if (!envelope) return std::move(envelope.error());
  return std::optional(std::move(*envelope));
}

void PeerClient::replace_certificate(const std::string& certificate_pem,
                                     const std::string& key_pem) {
  state_->channels.replace_certificate(certificate_pem, key_pem);
}

void PeerClient::stop() {
  std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  for (auto* context : state_->calls) context->TryCancel();
}

}  // namespace connector::peer
