// Bytes that this room writes and reads by hand: details of errors, batches.
#include "peer/wire.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <random>

#include "core/digest.h"
#include "core/limits.h"
#include "peer/batch_wire.h"
#include "peer/status.h"
#include "serving_in_memory.h"
#include "valuechain/exchange/v1/exchange.pb.h"

namespace connector::peer {
namespace {

namespace v1 = valuechain::exchange::v1;

const core::Error kDenial{core::Code::kDenied,
                          "PURPOSE_NOT_PERMITTED",
                          "purpose \"marketing\" is not permitted",
                          "ask for quality-assurance",
                          {{"decisionId", "0194"}, {"purpose", "marketing"}}};

TEST(Status, SurvivesTheWay) {
  const grpc::Status status = to_grpc(kDenial);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(), kDenial.message);
  const core::Error back = from_grpc(status, "FALLBACK");
  EXPECT_EQ(back.code, kDenial.code);
  EXPECT_EQ(back.reason, kDenial.reason);
  EXPECT_EQ(back.message, kDenial.message);
  EXPECT_EQ(back.next, kDenial.next);
  EXPECT_EQ(back.metadata, kDenial.metadata);
}

TEST(Status, HasOneCodeForEachOfOurs) {
  std::set<int> codes;
  for (const auto code : {core::Code::kInvalid, core::Code::kUnauthenticated, core::Code::kDenied,
                          core::Code::kNotFound, core::Code::kConflict, core::Code::kExhausted,
                          core::Code::kUnavailable, core::Code::kInternal}) {
    const grpc::Status status = to_grpc({code, "REASON", "text", {}, {}});
    codes.insert(status.error_code());
    EXPECT_EQ(from_grpc(status, "FALLBACK").code, code);
  }
  EXPECT_EQ(codes.size(), 8u);
}

// google.rpc.Status{code: 3, message: "m", details: [Any{ErrorInfo{reason: "R", domain: ours}}]},
// encoded by hand after google/rpc/status.proto and error_details.proto.
TEST(Status, IsGooglesOnTheWire) {
  std::string info = "\x0a\x01R\x12\x14";
  info += "connector.valuechain";
  std::string any = "\x0a\x28";
  any += "type.googleapis.com/google.rpc.ErrorInfo\x12";
  any += static_cast<char>(info.size());
  any += info;
  std::string expected = "\x08\x03\x12\x01m\x1a";
  expected += static_cast<char>(any.size());
  expected += any;
  EXPECT_EQ(core::hex(encode_details(3, {core::Code::kInvalid, "R", "m", {}, {}})),
            core::hex(expected));
}

TEST(Status, WithoutOurDetailsFallsBack) {
  const core::Error error =
      from_grpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "refused"), "PARTNER_UNREACHABLE");
  EXPECT_EQ(error.reason, "PARTNER_UNREACHABLE");
  EXPECT_EQ(error.code, core::Code::kUnavailable);
  EXPECT_EQ(error.message, "refused");
}

TEST(Status, BelievesNoOtherDomain) {
  std::string info = "\x0a\x01R\x12\x05other";
  std::string any = "\x0a\x28";
  any += "type.googleapis.com/google.rpc.ErrorInfo\x12";
  any += static_cast<char>(info.size());
  any += info;
  std::string status = "\x1a";
  status += static_cast<char>(any.size());
  status += any;
  core::Error error;
  EXPECT_FALSE(decode_details(status, error));
}

TEST(Status, ReadsHostileDetailsWithoutHarm) {
  const std::string good = encode_details(7, kDenial);
  for (std::size_t size = 0; size < good.size(); ++size) {
    core::Error error;
    EXPECT_FALSE(decode_details(good.substr(0, size), error)) << size;
  }
  std::mt19937 random(4711);
  for (int i = 0; i < 20'000; ++i) {
    std::string altered = good;
    altered[random() % altered.size()] = static_cast<char>(random());
    core::Error error;
    EXPECT_TRUE(!decode_details(altered, error) || !error.reason.empty());
  }
}

TEST(Wire, RefusesNumbersThatDoNotEnd) {
  WireReader reader(std::string_view("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13));
  WireField field;
  EXPECT_FALSE(reader.next(field));
  EXPECT_FALSE(reader.ok());
}

TEST(Wire, RefusesLengthsBeyondTheEnd) {
  for (const std::string_view bytes : {std::string_view("\x0a\x05"
                                                        "1234"),
                                       std::string_view("\x0a\xff\xff\xff\xff\x0f"),
                                       std::string_view("\x09"
                                                        "1234567"),
                                       std::string_view("\x0d"
                                                        "123"),
                                       std::string_view("\x0b"), std::string_view("\x00\x01", 2)}) {
    WireReader reader(bytes);
    WireField field;
    EXPECT_FALSE(reader.next(field)) << core::hex(bytes);
    EXPECT_FALSE(reader.ok()) << core::hex(bytes);
  }
}

std::string text_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string out;
  for (const auto& slice : slices) {
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return out;
}

exchange::ServedBatch some_batch(const std::vector<std::string>& records) {
  exchange::ServedBatch batch;
  batch.framed_records = framed(records);
  batch.index = 300;
  batch.chain_head = std::string(32, 'h');
  batch.head = {"type", "payload", "key", std::string(64, 's')};
  batch.position = "position";
  batch.masked = std::make_shared<const std::vector<decision::FieldRule>>(
      std::vector<decision::FieldRule>{{"price.amount", decision::FieldOp::kDrop, "secret salt"},
                                       {"seller.name", decision::FieldOp::kHash, ""}});
  return batch;
}

// What is composed by hand is what protobuf itself reads.
TEST(Batch, IsTheMessageOfTheSchema) {
  const std::vector<std::string> records{"one", std::string(200, 'x'), ""};
  const std::string bytes = text_of(compose(some_batch(records)));
  v1::FetchResponse message;
  ASSERT_TRUE(message.ParseFromString(bytes));
  ASSERT_TRUE(message.has_batch());
  const auto& batch = message.batch();
  EXPECT_EQ(std::vector<std::string>(batch.records().begin(), batch.records().end()), records);
  EXPECT_EQ(batch.index(), 300u);
  EXPECT_EQ(batch.chain_head(), std::string(32, 'h'));
  EXPECT_EQ(batch.head().payload(), "payload");
  ASSERT_EQ(batch.head().signatures_size(), 1);
  EXPECT_EQ(batch.head().signatures(0).signature(), std::string(64, 's'));
  EXPECT_EQ(batch.position(), "position");
  ASSERT_EQ(batch.masked_size(), 2);
  EXPECT_EQ(batch.masked(0).path(), "price.amount");
  EXPECT_EQ(batch.masked(1).operation(), v1::MASK_OPERATION_HASH);
  EXPECT_EQ(bytes.find("salt"), std::string::npos) << "arguments of a mask stay here";
}

TEST(Batch, IsReadBackAsItWas) {
  const std::vector<std::string> records{"one", std::string(70'000, 'x'), ""};
  const std::string bytes = text_of(compose(some_batch(records)));
  const auto part = read_part(bytes);
  ASSERT_TRUE(part);
  const auto& batch = std::get<exchange::ReceivedBatch>(*part);
  ASSERT_EQ(batch.records.size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(batch.records[i], records[i]);
  EXPECT_EQ(batch.index, 300u);
  EXPECT_EQ(batch.head.payload_type, "type");
  EXPECT_EQ(batch.masked.at(1).path, "seller.name");
  EXPECT_EQ(batch.masked.at(1).op, decision::FieldOp::kHash);
}

TEST(Batch, OfNothingIsABatchToo) {
  const auto part = read_part(text_of(compose(some_batch({}))));
  ASSERT_TRUE(part);
  EXPECT_TRUE(std::get<exchange::ReceivedBatch>(*part).records.empty());
}

TEST(Batch, MayNotHaveTooManyRecords) {
  const std::vector<std::string> most(core::limits::kBatchRecords, "r");
  EXPECT_TRUE(read_part(text_of(compose(some_batch(most)))));
  const std::vector<std::string> more(core::limits::kBatchRecords + 1, "r");
  const auto part = read_part(text_of(compose(some_batch(more))));
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().reason, "PARTNER_ANSWER_INVALID");
}

TEST(Receipt, IsReadBackAsItWas) {
  const auto part =
      read_part(text_of(compose_receipt({"type", "payload", "key", std::string(64, 's')})));
  ASSERT_TRUE(part);
  const auto& receipt = std::get<exchange::SignedEnvelope>(*part);
  EXPECT_EQ(receipt.payload_type, "type");
  EXPECT_EQ(receipt.payload, "payload");
  EXPECT_EQ(receipt.key_id, "key");
  EXPECT_EQ(receipt.signature, std::string(64, 's'));
}

TEST(Receipt, HasExactlyOneSignature) {
  v1::FetchResponse message;
  message.mutable_receipt()->set_payload("payload");
  EXPECT_FALSE(read_part(message.SerializeAsString()));
  message.mutable_receipt()->add_signatures();
  EXPECT_TRUE(read_part(message.SerializeAsString()));
  message.mutable_receipt()->add_signatures();
  EXPECT_FALSE(read_part(message.SerializeAsString()));
}

TEST(Part, OfHostileBytesIsRefusedOrRead) {
  EXPECT_FALSE(read_part(""));
  EXPECT_FALSE(read_part("nonsense"));
  const std::string good = text_of(compose(some_batch({"one", "two"})));
  std::mt19937 random(4711);
  for (int i = 0; i < 20'000; ++i) {
    std::string altered = good.substr(0, 1 + random() % good.size());
    altered[random() % altered.size()] = static_cast<char>(random());
    const auto part = read_part(altered);
    EXPECT_TRUE(part || part.error().reason == "PARTNER_ANSWER_INVALID");
  }
}

}  // namespace
}  // namespace connector::peer
