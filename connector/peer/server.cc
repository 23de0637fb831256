#include "peer/server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/support/server_interceptor.h>
#include <unistd.h>

#include <atomic>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "peer/contract_service.h"
#include "peer/service.h"

namespace connector::peer {
namespace {

namespace limits = core::limits;

// Health and reflection are gRPC's own services: their callers are looked up here, on every
// call, as the methods of the exchange do themselves.
class CallerCheck final : public grpc::experimental::Interceptor {
 public:
  CallerCheck(grpc::experimental::ServerRpcInfo* info, exchange::Callers& callers)
      : info_(info), callers_(callers) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      auto* context = info_->server_context();
      if (!callers_.caller(context->peer())) context->TryCancel();
    }
    methods->Proceed();
  }

 private:
  grpc::experimental::ServerRpcInfo* info_;
  exchange::Callers& callers_;
};

class CallerChecks final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallerChecks(exchange::Callers& callers) : callers_(callers) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    const bool of_grpc = std::string_view(info->method()).starts_with("/grpc.");
    return of_grpc ? new CallerCheck(info, callers_) : nullptr;
  }

 private:
  exchange::Callers& callers_;
};

void set_limits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(limits::kMessageBytes);
  builder.SetMaxSendMessageSize(limits::kMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             static_cast<int>(limits::kStreamsPerConnection));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE,
                             static_cast<int>(limits::kHeaderBlockBytes));
  // A small message that unpacks to a large one would pass the limits above.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  // Clients may keep idle connections alive.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

void switch_on_grpc_services() {
  static const bool done = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

struct PeerServer::State {
  State(exchange::Serving& serving, exchange::Callers& callers)
      : service(serving, callers), unknown_methods(callers) {}
  Service service;
  std::unique_ptr<ContractService> contracts;  // null: none are made
  UnknownMethods unknown_methods;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> server;
  std::atomic<bool> stopped = false;
};

PeerServer::PeerServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

PeerServer::~PeerServer() {
  stop(std::chrono::milliseconds(0));
}

core::Result<std::unique_ptr<PeerServer>> PeerServer::start(
    exchange::Serving& serving, exchange::Callers& callers, exchange::ContractServing* contracts,
    exchange::StatementsReceived* statements) {
  switch_on_grpc_services();
  auto state = std::make_unique<State>(serving, callers);
  grpc::ServerBuilder builder;
  set_limits(builder);
  builder.RegisterService(&state->service);
  if (contracts != nullptr) {
    state->contracts = std::make_unique<ContractService>(*contracts, statements, callers);
    builder.RegisterService(state->contracts.get());
  }
  builder.RegisterCallbackGenericService(&state->unknown_methods);
  state->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> checks;
  checks.push_back(std::make_unique<CallerChecks>(callers));
  builder.experimental().SetInterceptorCreators(std::move(checks));
  state->server = builder.BuildAndStart();
  if (!state->server) return core::internal("gRPC's server does not start");
  return std::unique_ptr<PeerServer>(new PeerServer(std::move(state)));
}

void PeerServer::accept(int descriptor) {
  if (state_->stopped) {
    ::close(descriptor);
    return;
  }
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.fd = descriptor;
  state_->acceptor->HandleNewConnection(&parameters);
}

void PeerServer::set_serving(bool serving) {
  if (auto* health = state_->server->GetHealthCheckService()) {
    health->SetServingStatus(serving);
  }
}

void PeerServer::stop(std::chrono::milliseconds patience) {
  if (state_->stopped.exchange(true)) return;
  set_serving(false);
  state_->server->Shutdown(std::chrono::system_clock::now() + patience);
}

}  // namespace connector::peer
