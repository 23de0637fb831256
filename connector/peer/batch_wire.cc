#include "peer/batch_wire.h"

#include <grpcpp/support/slice.h>

#include <array>
#include <utility>

#include "core/limits.h"
#include "peer/convert.h"
#include "peer/wire.h"

namespace connector::peer {
namespace {

using exchange::ReceivedBatch;
using exchange::SignedEnvelope;

core::Error not_understood(const std::string& what) {
  return core::unavailable("PARTNER_ANSWER_INVALID", "the partner's answer is not " + what,
                           "ask the partner which version of the protocol its connector speaks");
}

// The rest of a Batch, after its records.
std::string tail_of(const exchange::ServedBatch& batch) {
  std::string out;
  put_number(out, v1::Batch::kIndexFieldNumber, batch.index);
  put_bytes(out, v1::Batch::kChainHeadFieldNumber, batch.chain_head);
  put_bytes(out, v1::Batch::kHeadFieldNumber, message_of(batch.head).SerializeAsString());
  put_bytes(out, v1::Batch::kPositionFieldNumber, batch.position);
  if (!batch.masked) return out;
  for (const auto& rule : *batch.masked) {
    v1::MaskedPath masked;
    masked.set_path(rule.path);
    masked.set_operation(operation_of(rule.op));
    put_bytes(out, v1::Batch::kMaskedFieldNumber, masked.SerializeAsString());
  }
  return out;
}

// A slice that owns the string.
grpc::Slice slice_of(std::string text) {
  auto* owned = new std::string(std::move(text));
  return {owned->data(), owned->size(), [](void* user) { delete static_cast<std::string*>(user); },
          owned};
}

bool read_envelope(std::string_view bytes, SignedEnvelope& envelope) {
  v1::Envelope message;
  if (bytes.size() > core::limits::kEnvelopeBytes ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return false;
  }
  auto converted = envelope_of(message, "envelope");
  if (!converted) return false;
  envelope = *std::move(converted);
  return true;
}

bool read_masked(std::string_view bytes, decision::FieldRule& rule) {
  std::uint64_t operation = 0;
  WireReader reader(bytes);
  for (WireField field; reader.next(field);) {
    if (field.number == v1::MaskedPath::kPathFieldNumber) rule.path = field.bytes;
    if (field.number == v1::MaskedPath::kOperationFieldNumber) operation = field.value;
  }
  rule.op = operation_of(operation);
  return reader.ok();
}

bool read_field(const WireField& field, ReceivedBatch& batch) {
  switch (field.number) {
    case v1::Batch::kRecordsFieldNumber:
      if (batch.records.size() >= core::limits::kBatchRecords || !field.is_bytes) return false;
      batch.records.push_back(field.bytes);
      return true;
    case v1::Batch::kIndexFieldNumber:
      batch.index = field.value;
      return true;
    case v1::Batch::kChainHeadFieldNumber:
      batch.chain_head = field.bytes;
      return true;
    case v1::Batch::kHeadFieldNumber:
      return read_envelope(field.bytes, batch.head);
    case v1::Batch::kPositionFieldNumber:
      batch.position = field.bytes;
      return true;
    case v1::Batch::kMaskedFieldNumber:
      return read_masked(field.bytes, batch.masked.emplace_back());
    default:
      return true;  // a field of a later version
  }
}

core::Result<ReceivedBatch> read_batch(std::string_view bytes) {
  ReceivedBatch batch;
  batch.records.reserve(core::limits::kBatchRecords);
  WireReader reader(bytes);
  for (WireField field; reader.next(field);) {
    if (!read_field(field, batch)) return not_understood("a valid batch");
  }
  if (!reader.ok()) return not_understood("a valid batch");
  return batch;
}

}  // namespace

grpc::ByteBuffer compose(exchange::ServedBatch batch) {
  std::string tail = tail_of(batch);
  std::string head;
  put_head(head, v1::FetchResponse::kBatchFieldNumber, batch.framed_records.size() + tail.size());
  const std::array<grpc::Slice, 3> slices{
      grpc::Slice(head), slice_of(std::move(batch.framed_records)), slice_of(std::move(tail))};
  return {slices.data(), slices.size()};
}

grpc::ByteBuffer compose_receipt(const SignedEnvelope& receipt) {
  std::string bytes;
  put_bytes(bytes, v1::FetchResponse::kReceiptFieldNumber, message_of(receipt).SerializeAsString());
  const grpc::Slice slice = slice_of(std::move(bytes));
  return {&slice, 1};
}

core::Result<std::variant<ReceivedBatch, SignedEnvelope>> read_part(std::string_view bytes) {
  WireReader reader(bytes);
  for (WireField field; reader.next(field);) {
    if (field.number == v1::FetchResponse::kBatchFieldNumber && field.is_bytes) {
      auto batch = read_batch(field.bytes);
      if (!batch) return batch.error();
      return std::variant<ReceivedBatch, SignedEnvelope>(*std::move(batch));
    }
    if (field.number == v1::FetchResponse::kReceiptFieldNumber && field.is_bytes) {
      SignedEnvelope receipt;
      if (!read_envelope(field.bytes, receipt)) return not_understood("a valid receipt");
      return std::variant<ReceivedBatch, SignedEnvelope>(std::move(receipt));
    }
  }
  return not_understood("a batch or a receipt");
}

}  // namespace connector::peer
