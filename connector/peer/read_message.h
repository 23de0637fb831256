// How a method of ours reads a message and answers: the same for every service.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>

#include "core/limits.h"
#include "core/result.h"
#include "peer/status.h"

namespace connector::peer {

inline constexpr std::size_t kTextBytes = 1024;  // of a purpose, a token, an id

inline grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context,
                                        const core::Status& status) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(status ? grpc::Status::OK : to_grpc(status.error()));
  return reactor;
}

inline core::Status bounded(const std::string& text, const char* field) {
  if (text.size() <= kTextBytes) return core::ok();
  return core::invalid("FIELD_TOO_LONG", std::string(field) + " has " +
                                             std::to_string(text.size()) + " bytes; at most " +
                                             std::to_string(kTextBytes) + " are read");
}

template <typename Message>
core::Result<Message> read(const grpc::ByteBuffer& bytes,
                           std::size_t most = core::limits::kRequestBytes) {
  if (bytes.Length() > most) {
    return core::Error{core::Code::kExhausted,
                       "REQUEST_TOO_LARGE",
                       "the message has " + std::to_string(bytes.Length()) + " bytes; at most " +
                           std::to_string(most) + " are read",
                       "ask for less at once",
                       {}};
  }
  Message message;
  grpc::ByteBuffer copy(bytes);  // shares the slices
  if (!grpc::SerializationTraits<Message>::Deserialize(&copy, &message).ok()) {
    return core::invalid("REQUEST_INVALID",
                         "the message is not a " + Message::descriptor()->name());
  }
  return message;
}

template <typename Message>
grpc::ByteBuffer bytes_of(const Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

}  // namespace connector::peer
