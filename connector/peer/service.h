// The methods of the exchange: who calls, bounds, conversion; what they mean is the use case's.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include "exchange/ports.h"
#include "exchange/serving.h"
#include "valuechain/exchange/v1/exchange.grpc.pb.h"

namespace connector::peer {

namespace v1 = valuechain::exchange::v1;

// Raw: messages are parsed here, so that one that cannot be is refused with a reason as well.
using ServiceBase = v1::ExchangeService::WithRawCallbackMethod_Describe<
    v1::ExchangeService::WithRawCallbackMethod_ListDatasets<
        v1::ExchangeService::WithRawCallbackMethod_Fetch<
            v1::ExchangeService::WithRawCallbackMethod_Acknowledge<
                v1::ExchangeService::WithRawCallbackMethod_GetProof<
                    v1::ExchangeService::WithRawCallbackMethod_Introduce<
                        v1::ExchangeService::Service>>>>>>;

class Service final : public ServiceBase {
 public:
  Service(exchange::Serving& serving, exchange::Callers& callers)
      : serving_(serving), callers_(callers) {}

  using Unary = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  Unary* Describe(Context* context, const Bytes* request, Bytes* response) override;
  Unary* ListDatasets(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerWriteReactor<Bytes>* Fetch(Context* context, const Bytes* request) override;
  Unary* Acknowledge(Context* context, const Bytes* request, Bytes* response) override;
  Unary* GetProof(Context* context, const Bytes* request, Bytes* response) override;
  Unary* Introduce(Context* context, const Bytes* request, Bytes* response) override;

 private:
  exchange::Serving& serving_;
  exchange::Callers& callers_;
};

// Answers calls of methods that there are not: with a reason, like every refusal.
class UnknownMethods final : public grpc::CallbackGenericService {
 public:
  explicit UnknownMethods(exchange::Callers& callers) : callers_(callers) {}
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  exchange::Callers& callers_;
};

}  // namespace connector::peer
