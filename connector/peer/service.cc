#include "peer/service.h"

#include "peer/convert.h"
#include "peer/fetch_call.h"
#include "peer/read_message.h"
#include "peer/status.h"

namespace connector::peer {
namespace {

class UnknownMethod final : public grpc::ServerGenericBidiReactor {
 public:
  explicit UnknownMethod(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

Service::Unary* Service::Describe(Context* context, const Bytes* request, Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<v1::DescribeRequest>(*request);
  if (!asked) return answer(context, asked.error());
  auto description = serving_.describe(*caller);
  if (!description) return answer(context, description.error());
  *response = bytes_of(message_of(*description));
  return answer(context, core::ok());
}

Service::Unary* Service::ListDatasets(Context* context, const Bytes* request, Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<v1::ListDatasetsRequest>(*request);
  if (!asked) return answer(context, asked.error());
  if (asked->page_size() < 0) {
    return answer(context, core::invalid("PAGE_SIZE_INVALID", "page_size is negative"));
  }
  if (auto fits = bounded(asked->purpose(), "purpose"); !fits) return answer(context, fits);
  if (auto fits = bounded(asked->page_token(), "page_token"); !fits) {
    return answer(context, fits);
  }
  auto page =
      serving_.list_datasets(*caller, asked->purpose(), asked->page_size(), asked->page_token());
  if (!page) return answer(context, page.error());
  *response = bytes_of(message_of(*page));
  return answer(context, core::ok());
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* Service::Fetch(Context* context, const Bytes* request) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return refuse_fetch(caller.error());
  const auto asked = read<v1::FetchRequest>(*request);
  if (!asked) return refuse_fetch(asked.error());
  auto envelope = envelope_of(asked->request(), "request");
  if (!envelope) return refuse_fetch(envelope.error());
  return serve_fetch(*context, serving_.fetch(*caller, *std::move(envelope)));
}

Service::Unary* Service::Acknowledge(Context* context, const Bytes* request, Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<v1::AcknowledgeRequest>(*request);
  if (!asked) return answer(context, asked.error());
  auto envelope = envelope_of(asked->acknowledgement(), "acknowledgement");
  if (!envelope) return answer(context, envelope.error());
  auto* reactor = context->DefaultReactor();
  serving_.acknowledge(*caller, *std::move(envelope),
                       [reactor, response](core::Result<std::string> checkpoint) {
                         if (!checkpoint) return reactor->Finish(to_grpc(checkpoint.error()));
                         v1::AcknowledgeResponse said;
                         said.set_checkpoint(*std::move(checkpoint));
                         *response = bytes_of(said);
                         reactor->Finish(grpc::Status::OK);
                       });
  return reactor;
}

Service::Unary* Service::GetProof(Context* context, const Bytes* request, Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<v1::GetProofRequest>(*request);
  if (!asked) return answer(context, asked.error());
  if (auto fits = bounded(asked->request_id(), "request_id"); !fits) {
    return answer(context, fits);
  }
  auto proof = serving_.get_proof(*caller, asked->request_id(), asked->from_size());
  if (!proof) return answer(context, proof.error());
  *response = bytes_of(message_of(*std::move(proof)));
  return answer(context, core::ok());
}

Service::Unary* Service::Introduce(Context* context, const Bytes* request, Bytes* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  const auto asked = read<v1::IntroduceRequest>(*request);
  if (!asked) return answer(context, asked.error());
  auto envelope = envelope_of(asked->introduction(), "introduction");
  if (!envelope) return answer(context, envelope.error());
  auto* reactor = context->DefaultReactor();
  serving_.introduce(*caller, *std::move(envelope),
                     [reactor, response](core::Result<exchange::SignedEnvelope> ours) {
                       if (!ours) return reactor->Finish(to_grpc(ours.error()));
                       v1::IntroduceResponse said;
                       *said.mutable_introduction() = message_of(*ours);
                       *response = bytes_of(said);
                       reactor->Finish(grpc::Status::OK);
                     });
  return reactor;
}

grpc::ServerGenericBidiReactor* UnknownMethods::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return new UnknownMethod(to_grpc(caller.error()));
  return new UnknownMethod(unknown_method());
}

}  // namespace connector::peer
