#include "peer/service.h"

#include "core/limits.h"
#include "peer/convert.h"
#include "peer/fetch_call.h"
#include "peer/status.h"

namespace connector::peer {
namespace {

constexpr std::size_t kTextBytes = 1024;  // of a purpose, a token, a request id

grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, const core::Status& status) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(status ? grpc::Status::OK : to_grpc(status.error()));
  return reactor;
}

core::Status bounded(const std::string& text, const char* field) {
  if (text.size() <= kTextBytes) return core::ok();
  return core::invalid("FIELD_TOO_LONG", std::string(field) + " has " +
                                             std::to_string(text.size()) + " bytes; at most " +
                                             std::to_string(kTextBytes) + " are read");
}

core::Result<exchange::SignedEnvelope> request_of(const grpc::ByteBuffer& bytes) {
  v1::FetchRequest message;
  grpc::ByteBuffer copy(bytes);  // shares the slices
  if (bytes.Length() > 2 * core::limits::kEnvelopeBytes ||
      !grpc::SerializationTraits<v1::FetchRequest>::Deserialize(&copy, &message).ok()) {
    return core::invalid("REQUEST_INVALID", "the message is not a FetchRequest");
  }
  return envelope_of(message.request(), "request");
}

}  // namespace

Service::Unary* Service::Describe(Context* context, const v1::DescribeRequest*,
                                  v1::DescribeResponse* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  auto description = serving_.describe(*caller);
  if (!description) return answer(context, description.error());
  *response = message_of(*description);
  return answer(context, core::ok());
}

Service::Unary* Service::ListDatasets(Context* context, const v1::ListDatasetsRequest* request,
                                      v1::ListDatasetsResponse* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  if (request->page_size() < 0) {
    return answer(context, core::invalid("PAGE_SIZE_INVALID", "page_size is negative"));
  }
  if (auto fits = bounded(request->purpose(), "purpose"); !fits) return answer(context, fits);
  if (auto fits = bounded(request->page_token(), "page_token"); !fits) {
    return answer(context, fits);
  }
  auto page = serving_.list_datasets(*caller, request->purpose(), request->page_size(),
                                     request->page_token());
  if (!page) return answer(context, page.error());
  *response = message_of(*page);
  return answer(context, core::ok());
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* Service::Fetch(Context* context,
                                                           const grpc::ByteBuffer* request) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return refuse_fetch(caller.error());
  auto envelope = request_of(*request);
  if (!envelope) return refuse_fetch(envelope.error());
  return serve_fetch(*context, serving_.fetch(*caller, *std::move(envelope)));
}

Service::Unary* Service::Acknowledge(Context* context, const v1::AcknowledgeRequest* request,
                                     v1::AcknowledgeResponse* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  auto envelope = envelope_of(request->acknowledgement(), "acknowledgement");
  if (!envelope) return answer(context, envelope.error());
  auto* reactor = context->DefaultReactor();
  serving_.acknowledge(*caller, *std::move(envelope),
                       [reactor, response](core::Result<std::string> checkpoint) {
                         if (!checkpoint) return reactor->Finish(to_grpc(checkpoint.error()));
                         response->set_checkpoint(*std::move(checkpoint));
                         reactor->Finish(grpc::Status::OK);
                       });
  return reactor;
}

Service::Unary* Service::GetProof(Context* context, const v1::GetProofRequest* request,
                                  v1::GetProofResponse* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  if (auto fits = bounded(request->request_id(), "request_id"); !fits) {
    return answer(context, fits);
  }
  auto proof = serving_.get_proof(*caller, request->request_id(), request->from_size());
  if (!proof) return answer(context, proof.error());
  *response = message_of(*std::move(proof));
  return answer(context, core::ok());
}

Service::Unary* Service::Introduce(Context* context, const v1::IntroduceRequest* request,
                                   v1::IntroduceResponse* response) {
  const auto caller = callers_.caller(context->peer());
  if (!caller) return answer(context, caller.error());
  auto envelope = envelope_of(request->introduction(), "introduction");
  if (!envelope) return answer(context, envelope.error());
  auto* reactor = context->DefaultReactor();
  serving_.introduce(*caller, *std::move(envelope),
                     [reactor, response](core::Result<exchange::SignedEnvelope> ours) {
                       if (!ours) return reactor->Finish(to_grpc(ours.error()));
                       *response->mutable_introduction() = message_of(*ours);
                       reactor->Finish(grpc::Status::OK);
                     });
  return reactor;
}

}  // namespace connector::peer
