// The methods of the exchange: who calls, bounds, conversion; what they mean is the use case's.
#pragma once

#include <grpcpp/grpcpp.h>

#include "exchange/ports.h"
#include "exchange/serving.h"
#include "valuechain/exchange/v1/exchange.grpc.pb.h"

namespace connector::peer {

namespace v1 = valuechain::exchange::v1;

using ServiceBase = v1::ExchangeService::WithCallbackMethod_Describe<
    v1::ExchangeService::WithCallbackMethod_ListDatasets<
        v1::ExchangeService::WithRawCallbackMethod_Fetch<
            v1::ExchangeService::WithCallbackMethod_Acknowledge<
                v1::ExchangeService::WithCallbackMethod_GetProof<
                    v1::ExchangeService::WithCallbackMethod_Introduce<
                        v1::ExchangeService::Service>>>>>>;

class Service final : public ServiceBase {
 public:
  Service(exchange::Serving& serving, exchange::Callers& callers)
      : serving_(serving), callers_(callers) {}

  using Unary = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;
  Unary* Describe(Context* context, const v1::DescribeRequest* request,
                  v1::DescribeResponse* response) override;
  Unary* ListDatasets(Context* context, const v1::ListDatasetsRequest* request,
                      v1::ListDatasetsResponse* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Fetch(Context* context,
                                                    const grpc::ByteBuffer* request) override;
  Unary* Acknowledge(Context* context, const v1::AcknowledgeRequest* request,
                     v1::AcknowledgeResponse* response) override;
  Unary* GetProof(Context* context, const v1::GetProofRequest* request,
                  v1::GetProofResponse* response) override;
  Unary* Introduce(Context* context, const v1::IntroduceRequest* request,
                   v1::IntroduceResponse* response) override;

 private:
  exchange::Serving& serving_;
  exchange::Callers& callers_;
};

}  // namespace connector::peer
