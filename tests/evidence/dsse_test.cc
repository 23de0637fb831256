#include "evidence/dsse.h"

#include <gtest/gtest.h>

#include "core/digest.h"

namespace connector::evidence {
namespace {

// The test vector of the DSSE protocol, section "Test Vectors".
TEST(Dsse, EncodesBeforeSigningAsTheSpecificationDoes) {
  EXPECT_EQ(pae("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(pae("", ""), "DSSEv1 0  0 ");
}

TEST(Dsse, CannotBeShiftedBetweenTypeAndPayload) {
  EXPECT_NE(pae("a", "b c"), pae("a b", "c"));
  EXPECT_NE(pae("a 1", "b"), pae("a", "1 b"));
}

TEST(Dsse, WritesTheEnvelopeOfTheSpecification) {
  const Envelope envelope{"http://example.com/HelloWorld", "hello world", "k", "sig"};
  EXPECT_EQ(to_json_text(envelope),
            "{\"payloadType\":\"http://example.com/HelloWorld\",\"payload\":\"aGVsbG8gd29ybGQ=\","
            "\"signatures\":[{\"keyid\":\"k\",\"sig\":\"c2ln\"}]}");
  const auto read = envelope_from_json(to_json_text(envelope));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->payload_type, envelope.payload_type);
  EXPECT_EQ(read->payload, envelope.payload);
  EXPECT_EQ(read->key_id, envelope.key_id);
  EXPECT_EQ(read->signature, envelope.signature);
}

TEST(Dsse, RefusesWhatIsNoEnvelope) {
  const char* const wrong[] = {
      "",
      "[]",
      "{}",
      R"({"payloadType":"t","payload":"","signatures":[]})",
      R"({"payloadType":"t","payload":"","signatures":[{"keyid":"a","sig":""},{"keyid":"b","sig":""}]})",
      R"({"payloadType":"t","payload":"*","signatures":[{"keyid":"a","sig":""}]})",
      R"({"payloadType":"t","payload":"","signatures":[{"keyid":"a","sig":"="}]})",
      R"({"payloadType":"t","payload":"","signatures":[{"keyid":"a","sig":""}],"x":1})",
      R"({"payloadType":"t","payloadType":"t","payload":"","signatures":[{"keyid":"a","sig":""}]})",
      R"({"payloadType":7,"payload":"","signatures":[{"keyid":"a","sig":""}]})",
      R"({"payloadType":"t","payload":"","signatures":[{"keyid":"a","sig":"","x":""}]})",
      R"({"payloadType":"t","payload":"","signatures":[7]})"};
  for (const char* text : wrong) EXPECT_FALSE(envelope_from_json(text)) << text;
}

}  // namespace
}  // namespace connector::evidence
