#include "apps/server.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>

#include "apps/status.h"
#include "contract/registry.h"
#include "core/limits.h"
#include "valuechain/use/v1/use.grpc.pb.h"

namespace connector::apps {
namespace {

namespace v1 = valuechain::use::v1;
namespace limits = core::limits;
using exchange::UsedRecord;

core::Error too_many(const char* member) {
  return core::invalid("FILTER_INVALID", std::string("filter.") + member + " has more than " +
                                             std::to_string(limits::kFilterValues) +
                                             " values, or one too long");
}

core::Result<exchange::Selection> selection_of(const v1::Filter& filter) {
  const auto fits = [](const auto& list, std::size_t bytes) {
    bool fine = static_cast<std::size_t>(list.size()) <= limits::kFilterValues;
    for (const std::string& one : list) fine = fine && one.size() <= bytes;
    return fine;
  };
  if (static_cast<std::size_t>(filter.kinds_size()) > limits::kFilterValues) {
    return too_many("kinds");
  }
  if (!fits(filter.order_numbers(), 512)) return too_many("order_numbers");
  if (!fits(filter.item_keys(), 16)) return too_many("item_keys");
  exchange::Selection selection;
  selection.kinds.assign(filter.kinds().begin(), filter.kinds().end());
  selection.order_numbers.assign(filter.order_numbers().begin(), filter.order_numbers().end());
  selection.item_keys.assign(filter.item_keys().begin(), filter.item_keys().end());
  if (filter.has_event_from()) selection.event_from = filter.event_from();
  if (filter.has_event_to()) selection.event_to = filter.event_to();
  return selection;
}

v1::UseResponse message_of(const UsedRecord& given) {
  v1::UseResponse message;
  message.mutable_record()->set_record(std::string(given.bytes));
  message.mutable_record()->set_dataset(given.dataset.str());
  message.mutable_record()->set_account(given.account);
  return message;
}

v1::UseResponse message_of(const exchange::UseSummary& summary) {
  v1::UseResponse message;
  v1::Summary& said = *message.mutable_summary();
  said.set_use_id(summary.id);
  said.set_number(summary.number);
  if (summary.remaining) said.set_remaining(*summary.remaining);
  said.set_records(summary.records);
  said.set_bytes(summary.bytes);
  return message;
}

void fill(v1::HeldAgreement& message, const exchange::Holding& holding) {
  const contract::Agreement& terms = holding.agreement.terms;
  message.set_agreement_id(terms.id);
  message.set_provider(terms.provider.str());
  for (const auto& dataset : terms.datasets) message.add_datasets(dataset);
  message.set_records(holding.facts.emptied == 0 ? holding.facts.objects : 0);
  message.set_uses(holding.facts.uses);
  if (holding.remaining) message.set_remaining(*holding.remaining);
  message.set_in_force(holding.agreement.state == exchange::AgreementState::kInForce);
  for (const auto& line : contract::explain(terms.policy)) message.add_terms(line);
}

}  // namespace

// Synchronous: a use reads and opens records on its own thread, of which there are few.
class UseMethods final : public v1::UseService::Service {
 public:
  explicit UseMethods(AppPorts ports) : ports_(std::move(ports)) {}

  grpc::Status Use(grpc::ServerContext* context, const v1::UseRequest* asked,
                   grpc::ServerWriter<v1::UseResponse>* writer) override {
    const auto request = request_of(*context, *asked);
    if (!request) return to_grpc(request.error());
    bool gone = false;
    const auto summary = ports_.use.run(*request, [&](const UsedRecord& given) {
      gone = context->IsCancelled() || !writer->Write(message_of(given));
      return !gone;
    });
    if (!summary) return to_grpc(summary.error());
    if (gone) return grpc::Status::CANCELLED;
    writer->Write(message_of(*summary));
    return grpc::Status::OK;
  }

  grpc::Status ListAgreements(grpc::ServerContext* context, const v1::ListAgreementsRequest*,
                              v1::ListAgreementsResponse* answer) override {
    const auto caller = ports_.callers.caller(context->peer());
    if (!caller) return to_grpc(caller.error());
    bool known = false;
    for (const auto& one : ports_.applications()) {
      known = known || application_of({one}, *caller, one.name).has_value();
    }
    if (!known) {
      return to_grpc(application_of(ports_.applications(), *caller, {}).error());
    }
    const auto holdings = ports_.holdings();
    if (!holdings) return to_grpc(holdings.error());
    for (const auto& one : *holdings) fill(*answer->add_agreements(), one);
    return grpc::Status::OK;
  }

 private:
  core::Result<exchange::UseRequest> request_of(const grpc::ServerContext& context,
                                                const v1::UseRequest& asked) const {
    const auto caller = ports_.callers.caller(context.peer());
    if (!caller) return caller.error();
    auto application = application_of(ports_.applications(), *caller, asked.application());
    if (!application) return std::move(application.error());
    auto selection = selection_of(asked.filter());
    if (!selection) return std::move(selection.error());
    exchange::UseRequest request;
    request.agreement = asked.agreement_id();
    request.dataset = asked.dataset();
    request.purpose = core::Purpose(asked.purpose());
    request.application = application->name;
    request.roles = application->roles;
    if (!asked.action().empty()) request.action = asked.action();
    request.selection = std::move(*selection);
    request.uid = caller->uid;
    return request;
  }

  const AppPorts ports_;
};

struct AppServer::State {
  explicit State(AppPorts ports) : methods(std::move(ports)) {}
  UseMethods methods;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> server;
  std::atomic<bool> stopped = false;
};

AppServer::AppServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

AppServer::~AppServer() {
  stop(std::chrono::milliseconds(0));
}

core::Result<std::unique_ptr<AppServer>> AppServer::start(AppPorts ports) {
  auto state = std::make_unique<State>(std::move(ports));
  grpc::ServerBuilder builder;
  grpc::ResourceQuota quota("apps");
  quota.SetMaxThreads(static_cast<int>(limits::kLocalThreads));
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(limits::kMessageBytes);
  builder.SetMaxSendMessageSize(limits::kMessageBytes);
  builder.RegisterService(&state->methods);
  state->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  state->server = builder.BuildAndStart();
  if (!state->server) return core::internal("gRPC's server for applications does not start");
  return std::unique_ptr<AppServer>(new AppServer(std::move(state)));
}

void AppServer::accept(int descriptor) {
  if (state_->stopped) {
    ::close(descriptor);
    return;
  }
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.fd = descriptor;
  state_->acceptor->HandleNewConnection(&parameters);
}

void AppServer::stop(std::chrono::milliseconds patience) {
  if (state_->stopped.exchange(true)) return;
  state_->server->Shutdown(std::chrono::system_clock::now() + patience);
}

}  // namespace connector::apps
