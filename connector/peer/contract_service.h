// The methods about contracts: who calls, bounds, conversion; what they mean is the use case's.
#pragma once

#include <grpcpp/grpcpp.h>

#include "exchange/contract_serving.h"
#include "exchange/ports.h"
#include "exchange/statements_received.h"
#include "valuechain/contract/v1/contract.grpc.pb.h"

namespace connector::peer {

namespace contract_v1 = valuechain::contract::v1;

using ContractServiceBase = contract_v1::ContractService::WithRawCallbackMethod_ListOffers<
    contract_v1::ContractService::WithRawCallbackMethod_Negotiate<
        contract_v1::ContractService::WithRawCallbackMethod_EndAgreement<
            contract_v1::ContractService::WithRawCallbackMethod_Report<
                contract_v1::ContractService::WithRawCallbackMethod_LastStatement<
                    contract_v1::ContractService::Service>>>>>;

class ContractService final : public ContractServiceBase {
 public:
  // statements: null where none are taken.
  ContractService(exchange::ContractServing& serving, exchange::StatementsReceived* statements,
                  exchange::Callers& callers)
      : serving_(serving), statements_(statements), callers_(callers) {}

  using Unary = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  Unary* ListOffers(Context* context, const Bytes* request, Bytes* response) override;
  Unary* Negotiate(Context* context, const Bytes* request, Bytes* response) override;
  Unary* EndAgreement(Context* context, const Bytes* request, Bytes* response) override;
  Unary* Report(Context* context, const Bytes* request, Bytes* response) override;
  Unary* LastStatement(Context* context, const Bytes* request, Bytes* response) override;

 private:
  exchange::ContractServing& serving_;
  exchange::StatementsReceived* const statements_;
  exchange::Callers& callers_;
};

}  // namespace connector::peer
