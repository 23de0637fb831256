#include "peer/contract_service.h"

#include "peer/contract_convert.h"
#include "peer/convert.h"
#include "peer/read_message.h"

namespace connector::peer {

ContractService::Unary* ContractService::ListOffers(Context* context, const Bytes* request,
                                                    Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<contract_v1::ListOffersRequest>(*request);
  if (!asked) return answer(context, asked.error());
  for (const auto& [text, field] :
       {std::pair{asked->page_token(), "page_token"}, std::pair{asked->dataset(), "dataset"},
        std::pair{asked->offer(), "offer"}}) {
    if (auto fits = bounded(text, field); !fits) return answer(context, fits);
  }
  auto page = serving_.list_offers(
      *caller, {asked->dataset(), asked->offer(), asked->page_size(), asked->page_token()});
  if (!page) return answer(context, page.error());
  *response = bytes_of(message_of(*page));
  return answer(context, core::ok());
}

ContractService::Unary* ContractService::Negotiate(Context* context, const Bytes* request,
                                                   Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<contract_v1::NegotiateRequest>(*request, 2 * core::limits::kRequestBytes);
  if (!asked) return answer(context, asked.error());
  auto envelope = envelope_of(asked->message(), "message");
  if (!envelope) return answer(context, envelope.error());
  std::optional<exchange::AgreementParts> agreement;
  if (asked->has_agreement()) {
    auto parts = agreement_of(asked->agreement(), "agreement");
    if (!parts) return answer(context, parts.error());
    agreement = std::move(*parts);
  }
  auto* reactor = context->DefaultReactor();
  serving_.negotiate(*caller, *std::move(envelope), std::move(agreement),
                     [reactor, response](core::Result<exchange::NegotiationAnswer> said) {
                       if (!said) return reactor->Finish(to_grpc(said.error()));
                       *response = bytes_of(message_of(*said));
                       reactor->Finish(grpc::Status::OK);
                     });
  return reactor;
}

ContractService::Unary* ContractService::EndAgreement(Context* context, const Bytes* request,
                                                      Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<contract_v1::EndAgreementRequest>(*request);
  if (!asked) return answer(context, asked.error());
  auto envelope = envelope_of(asked->end(), "end");
  if (!envelope) return answer(context, envelope.error());
  auto* reactor = context->DefaultReactor();
  serving_.end_agreement(*caller, *std::move(envelope),
                         [reactor, response](core::Result<std::string> checkpoint) {
                           if (!checkpoint) return reactor->Finish(to_grpc(checkpoint.error()));
                           contract_v1::EndAgreementResponse said;
                           said.set_checkpoint(*std::move(checkpoint));
                           *response = bytes_of(said);
                           reactor->Finish(grpc::Status::OK);
                         });
  return reactor;
}

ContractService::Unary* ContractService::Report(Context* context, const Bytes* request,
                                                Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<contract_v1::ReportRequest>(*request);
  if (!asked) return answer(context, asked.error());
  auto envelope = envelope_of(asked->statement(), "statement");
  if (!envelope) return answer(context, envelope.error());
  if (statements_ == nullptr) return answer(context, core::internal("no statements are taken"));
  auto* reactor = context->DefaultReactor();
  statements_->report(*caller, *std::move(envelope),
                      [reactor, response](core::Result<std::string> checkpoint) {
                        if (!checkpoint) return reactor->Finish(to_grpc(checkpoint.error()));
                        contract_v1::ReportResponse said;
                        said.set_checkpoint(*std::move(checkpoint));
                        *response = bytes_of(said);
                        reactor->Finish(grpc::Status::OK);
                      });
  return reactor;
}

ContractService::Unary* ContractService::LastStatement(Context* context, const Bytes* request,
                                                       Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<contract_v1::LastStatementRequest>(*request);
  if (!asked) return answer(context, asked.error());
  if (auto fits = bounded(asked->agreement_id(), "agreement_id"); !fits) {
    return answer(context, fits);
  }
  contract_v1::LastStatementResponse said;
  if (statements_ != nullptr) {
    const auto last = statements_->last_statement(*caller, asked->agreement_id());
    if (!last) return answer(context, last.error());
    if (*last) *said.mutable_statement() = message_of(**last);
  }
  *response = bytes_of(said);
  return answer(context, core::ok());
}

}  // namespace connector::peer
