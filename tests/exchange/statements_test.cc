// Signed statements against tampering: every member, every shape, every time.
#include <gtest/gtest.h>

#include <set>

#include "core/json.h"
#include "evidence/dsse.h"
#include "exchange/payload.h"
#include "two_connectors.h"

namespace connector::testing {
namespace {

using core::Json;

constexpr std::int64_t kNow_s = 1'750'000'000;
constexpr core::EpochNs kNow = kNow_s * 1'000'000'000;
const char* const kRequestId = "00000000-0000-4000-8000-000000000001";

KnownSigner signer() {
  return KnownSigner(KnownKey::rfc8032(0));
}

Partner sender(std::int64_t from = kNow_s - 1000, std::int64_t to = kNow_s + 1000) {
  Partner who;
  who.id = veldkamp();
  who.keys = {signer().introduced(from, to)};
  return who;
}

FetchOrder order() {
  FetchOrder asked;
  asked.request_id = kRequestId;
  asked.audience = brink();
  asked.issued_s = kNow_s;
  asked.dataset = core::DatasetId("orders");
  asked.purpose = core::Purpose("order-tracking");
  asked.selection.kinds = {1, 2};
  asked.selection.order_numbers = {"4711", "\xC3\xBC \" \\"};
  asked.selection.item_keys = {std::string(16, '\x7F')};
  asked.selection.event_from = -1;
  asked.changed_since = std::string("\0\xFF", 2);
  asked.resume = ResumePoint{"00000000-0000-4000-8000-000000000000", std::string(32, 'h'), "p"};
  return asked;
}

core::Result<FetchOrder> read(const SignedEnvelope& envelope, const Partner& from = sender(),
                              core::EpochNs now = kNow) {
  return read_request(envelope, from, brink(), now, verify_signature);
}

// What the request's reader says of this payload, signed.
std::string verdict(const Json& payload) {
  const auto answer = read(sign_payload(kRequestType, payload, signer()));
  return answer ? "read" : answer.error().reason;
}

Json request_json() {
  return *core::parse_untrusted(sign_request(order(), veldkamp(), signer()).payload);
}

// A copy with the member at that place of the path exchanged; removed when there is no value.
Json with(const Json& json, const std::string& name, const std::optional<Json>& value) {
  Json copy = Json::object();
  const auto dot = name.find('.');
  for (const auto& [key, member] : json.members()) {
    if (key != name.substr(0, dot)) {
      copy.set(key, member);
    } else if (dot != std::string::npos) {
      copy.set(key, with(member, name.substr(dot + 1), value));
    } else if (value) {
      copy.set(key, *value);
    }
  }
  return copy;
}

TEST(Request, ComesBackAsItWent) {
  const auto came = read(sign_request(order(), veldkamp(), signer()));
  ASSERT_TRUE(came) << came.error().message;
  EXPECT_EQ(sign_request(*came, veldkamp(), signer()).payload,
            sign_request(order(), veldkamp(), signer()).payload);
  EXPECT_EQ(came->selection.kinds, order().selection.kinds);
  EXPECT_EQ(came->selection.item_keys, order().selection.item_keys);
  EXPECT_EQ(came->changed_since, order().changed_since);
  EXPECT_EQ(came->resume->chain_head, order().resume->chain_head);
  EXPECT_EQ(came->order_digest, order_digest(order(), veldkamp()));
}

TEST(Request, EveryBitIsSigned) {
  const SignedEnvelope sound = sign_request(order(), veldkamp(), signer());
  for (std::string SignedEnvelope::*part : {&SignedEnvelope::payload_type, &SignedEnvelope::payload,
                                            &SignedEnvelope::key_id, &SignedEnvelope::signature}) {
    for (std::size_t bit = 0; bit < 8 * (sound.*part).size(); ++bit) {
      SignedEnvelope bent = sound;
      (bent.*part)[bit / 8] = static_cast<char>((bent.*part)[bit / 8] ^ (1 << (bit % 8)));
      ASSERT_FALSE(read(bent)) << "bit " << bit;
    }
  }
}

TEST(Request, EveryMemberMustBeThereOnceAndNoOther) {
  const Json sound = request_json();
  ASSERT_EQ(verdict(sound), "read");
  for (const char* name :
       {"request_id", "from", "audience", "issued", "dataset", "purpose", "agreement_id", "filter",
        "changed_since", "resume", "filter.kinds", "filter.order_numbers", "filter.item_keys",
        "filter.event_from", "filter.event_to", "resume.first_request", "resume.chain_head",
        "resume.position"}) {
    EXPECT_EQ(verdict(with(sound, name, std::nullopt)), "STATEMENT_INVALID") << name;
    EXPECT_EQ(verdict(with(sound, name, Json())), "STATEMENT_INVALID") << name;
    EXPECT_EQ(verdict(with(sound, name, Json::integer(7))), "STATEMENT_INVALID") << name;
  }
  Json more = sound;
  more.set("x", Json::string(""));
  EXPECT_EQ(verdict(more), "STATEMENT_INVALID");
  EXPECT_EQ(verdict(Json::array()), "STATEMENT_INVALID");
  SignedEnvelope twice = sign_request(order(), veldkamp(), signer());
  twice.payload.insert(1, "\"purpose\":\"other\",");
  twice.signature = signer().sign(evidence::pae(twice.payload_type, twice.payload));
  EXPECT_FALSE(read(twice));
}

TEST(Request, EveryMemberHasItsForm) {
  const std::string too_long(201, 'x');
  const std::vector<std::pair<const char*, const char*>> wrong = {
      {"request_id", ""},
      {"request_id", "00000000-0000-4000-8000-00000000000A"},
      {"request_id", "00000000-0000-4000-8000-0000000000011"},
      {"from", "did:web:veldkamp.example"},
      {"from", "/hengelo"},
      {"audience", "did:web:brink.example/"},
      {"issued", ""},
      {"issued", "01750000000"},
      {"issued", "1.75e9"},
      {"issued", "99999999999999999999"},
      {"dataset", ""},
      {"agreement_id", too_long.c_str()},
      {"changed_since", "AA"},
      {"filter.event_from", "2026-01-01"},
      {"filter.event_to", "+1"},
      {"resume.chain_head", "00"},
      {"resume.first_request", ""},
      {"resume.position", ""}};
  for (const auto& [name, text] : wrong) {
    EXPECT_EQ(verdict(with(request_json(), name, Json::string(text))), "STATEMENT_INVALID")
        << name << " = " << text;
  }
  const auto list = [](const char* text) { return Json::array({Json::string(text)}); };
  EXPECT_EQ(verdict(with(request_json(), "filter.kinds", list("orders"))), "STATEMENT_INVALID");
  EXPECT_EQ(verdict(with(request_json(), "filter.kinds", list("unspecified"))),
            "STATEMENT_INVALID");
  EXPECT_EQ(verdict(with(request_json(), "filter.order_numbers", list(""))), "STATEMENT_INVALID");
  EXPECT_EQ(verdict(with(request_json(), "filter.item_keys", list("7F"))), "STATEMENT_INVALID");
  EXPECT_EQ(verdict(with(request_json(), "filter.order_numbers",
                         Json::array(std::vector<Json>(101, Json::string("1"))))),
            "STATEMENT_INVALID");
  EXPECT_EQ(verdict(with(request_json(), "dataset", Json::string(std::string(201, 'x')))),
            "STATEMENT_INVALID");
}

TEST(Request, IsForOneAudienceFromOneSender) {
  const std::string other = "did:web:other.example/site";
  EXPECT_EQ(verdict(with(request_json(), "audience", Json::string(other))), "AUDIENCE_MISMATCH");
  EXPECT_EQ(verdict(with(request_json(), "from", Json::string(other))), "AUDIENCE_MISMATCH");
  EXPECT_EQ(verdict(with(request_json(), "audience", Json::string("did:web:brink.example/other"))),
            "AUDIENCE_MISMATCH");
}

TEST(Request, LivesFiveMinutesWithAMinuteOfSkew) {
  const auto at = [](std::int64_t seconds) {
    const auto answer =
        read(sign_request(order(), veldkamp(), signer()), sender(), kNow + seconds * 1'000'000'000);
    return answer ? "read" : answer.error().reason;
  };
  EXPECT_EQ(at(-60), "read");
  EXPECT_EQ(at(-61), "REQUEST_STALE");
  EXPECT_EQ(at(360), "read");
  EXPECT_EQ(at(361), "REQUEST_STALE");
}

TEST(Request, NeedsAKeyThatIsInUse) {
  const SignedEnvelope request = sign_request(order(), veldkamp(), signer());
  const auto under = [&](std::int64_t from, std::int64_t to, std::int64_t later = 0) {
    const auto answer = read(request, sender(from, to), kNow + later * 1'000'000'000);
    return answer ? "read" : answer.error().reason;
  };
  EXPECT_EQ(under(kNow_s, kNow_s), "read");
  EXPECT_EQ(under(kNow_s + 1, kNow_s + 1000), "KEY_NOT_VALID");
  EXPECT_EQ(under(kNow_s - 1000, kNow_s - 1), "KEY_NOT_VALID");
  // Rotated out after the request was issued, but before it came.
  EXPECT_EQ(under(kNow_s - 1000, kNow_s + 5, 10), "KEY_NOT_VALID");
  Partner unknown = sender();
  unknown.keys = {KnownSigner(KnownKey::rfc8032(1)).introduced(0, 4'000'000'000)};
  EXPECT_EQ(read(request, unknown).error().reason, "KEY_UNKNOWN");
  unknown.keys[0].id = signer().key_id();  // another key under that name
  EXPECT_EQ(read(request, unknown).error().reason, "SIGNATURE_INVALID");
}

TEST(Request, IsNoOtherStatement) {
  SignedEnvelope request = sign_payload(kReceiptType, request_json(), signer());
  EXPECT_EQ(read(request).error().reason, "STATEMENT_INVALID");
  request.payload_type = kRequestType;
  EXPECT_EQ(read(request).error().reason, "SIGNATURE_INVALID");
  SignedEnvelope large =
      sign_payload(kRequestType, Json::string(std::string(65'536, 'x')), signer());
  EXPECT_EQ(read(large).error().reason, "STATEMENT_INVALID");
}

// ---- receipt and acknowledgement ---------------------------------------------------------------

AccountFacts facts() {
  AccountFacts facts;
  facts.provider = veldkamp();
  facts.consumer = brink();
  facts.request_id = facts.first_request = kRequestId;
  facts.dataset = core::DatasetId("orders");
  facts.records = 18'446'744'073'709'551'615u;
  facts.position = std::string("\0\x01", 2);
  facts.checkpoint = "a note\n";
  facts.at = kNow;
  return facts;
}

TEST(Receipt, ComesBackAndIsRefusedWithoutAnyMember) {
  const SignedEnvelope receipt = sign_receipt(facts(), signer());
  const auto came = read_receipt(receipt, sender(), kNow, verify_signature);
  ASSERT_TRUE(came) << came.error().message;
  EXPECT_EQ(came->records, facts().records);
  EXPECT_EQ(came->position, facts().position);
  EXPECT_EQ(sign_receipt(*came, signer()).payload, receipt.payload);
  const Json json = *core::parse_untrusted(receipt.payload);
  EXPECT_EQ(json.members().size(), 17u);
  for (const auto& [name, value] : json.members()) {
    for (const auto& changed : {std::optional<Json>(), std::optional<Json>(Json::integer(1))}) {
      const auto bent = sign_payload(kReceiptType, with(json, name, changed), signer());
      EXPECT_FALSE(read_receipt(bent, sender(), kNow, verify_signature)) << name;
    }
  }
}

TEST(Receipt, IsJudgedByTheKeyOfItsTime) {
  const SignedEnvelope receipt = sign_receipt(facts(), signer());
  const auto read_under = [&](std::int64_t from, std::int64_t to, core::EpochNs now) {
    return read_receipt(receipt, sender(from, to), now, verify_signature).has_value();
  };
  const core::EpochNs year = 365LL * 86'400 * 1'000'000'000;
  EXPECT_TRUE(read_under(kNow_s - 10, kNow_s, kNow + year));  // rotated out since
  EXPECT_FALSE(read_under(kNow_s - 10, kNow_s - 1, kNow));
  EXPECT_FALSE(read_under(kNow_s + 1, kNow_s + 10, kNow));
  EXPECT_FALSE(read_under(kNow_s - 10, kNow_s + 10, kNow - 61'000'000'000));  // from the future
}

TEST(AcknowledgementStatement, ComesBackAndIsRefusedWithoutAnyMember) {
  const Acknowledgement said{veldkamp(), brink(), kRequestId, core::sha256("receipt"), {}, kNow};
  const SignedEnvelope envelope = sign_acknowledgement(said, signer());
  const auto came = read_acknowledgement(envelope, sender(), kNow, verify_signature);
  ASSERT_TRUE(came) << came.error().message;
  EXPECT_EQ(came->receipt_digest, said.receipt_digest);
  const Json json = *core::parse_untrusted(envelope.payload);
  EXPECT_EQ(json.members().size(), 6u);
  for (const auto& [name, value] : json.members()) {
    const auto bent = sign_payload(kAcknowledgementType, with(json, name, std::nullopt), signer());
    EXPECT_FALSE(read_acknowledgement(bent, sender(), kNow, verify_signature)) << name;
  }
  Partner other = sender();
  other.id = brink();
  EXPECT_FALSE(read_acknowledgement(envelope, other, kNow, verify_signature));
}

// ---- chain -------------------------------------------------------------------------------------

TEST(BatchChain, TellsEverythingApart) {
  const auto batch = [](const std::vector<std::string>& records) {
    core::Sha256 digest;
    for (const auto& record : records) add_to_batch_digest(digest, core::sha256(record));
    return digest.finish();
  };
  EXPECT_NE(batch({"ab", "c"}), batch({"a", "bc"}));
  EXPECT_NE(batch({"a", ""}), batch({"a"}));
  const core::Digest start = chain_start(core::sha256("request"));
  const decision::FieldRule drop{"order_line.price", decision::FieldOp::kDrop, {}};
  const decision::FieldRule hash{"order_line.price", decision::FieldOp::kHash, {}};
  const std::vector<core::Digest> all = {start,
                                         chain_start(core::sha256("other")),
                                         chain_next(start, 1, batch({"a"}), {}),
                                         chain_next(start, 2, batch({"a"}), {}),
                                         chain_next(start, 1, batch({"b"}), {}),
                                         chain_next(start, 1, batch({"a"}), {drop}),
                                         chain_next(start, 1, batch({"a"}), {hash}),
                                         chain_next(start, 1, batch({"a"}), {drop, hash}),
                                         chain_next(start, 1, batch({"a"}), {hash, drop})};
  EXPECT_EQ(std::set<core::Digest>(all.begin(), all.end()).size(), all.size());
}

}  // namespace
}  // namespace connector::testing
