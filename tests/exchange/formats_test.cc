// The worked examples of docs/formats.md, recomputed by the program. tests/verifiers has the same
// in Python.
#include <gtest/gtest.h>

#include <map>

#include "evidence/checkpoint.h"
#include "evidence/dsse.h"
#include "evidence/introduction.h"
#include "evidence/log_entry.h"
#include "evidence/merkle.h"
#include "record/identifier.h"
#include "support/temp_dir.h"
#include "two_connectors.h"

namespace connector::testing {
namespace {

// The block after "<!-- example: name -->".
std::string example(const std::string& name) {
  const std::string text = read_file(std::string(SOURCE_DIR) + "/docs/formats.md");
  const auto mark = text.find("<!-- example: " + name + " -->\n```");
  if (mark == std::string::npos) return "(no example " + name + ")";
  const auto begin = text.find('\n', text.find("```", mark)) + 1;
  return text.substr(begin, text.find("```", begin) - begin);
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    out.push_back(text.substr(begin, end - begin));
  }
  return out;
}

// The last word of a line of a table.
std::string value_of(const std::string& line) {
  return line.substr(line.rfind(' ') + 1);
}

std::vector<std::string> values(const std::string& name) {
  std::vector<std::string> out;
  for (const std::string& line : lines(example(name))) out.push_back(value_of(line));
  return out;
}

const std::string kRequestId = "5f0c3a52-7f0e-4f5e-9d55-6a4f2f6d1b11";
constexpr std::int64_t kIssued = 1'750'000'000;
constexpr core::EpochNs kNs = 1'000'000'000;

KnownSigner consumer_key() {
  return KnownSigner(KnownKey::rfc8032(0));
}
KnownSigner provider_key() {
  return KnownSigner(KnownKey::rfc8032(1));
}
KnownKey log_key() {
  return KnownKey::rfc8032(2);
}

Partner partner(const core::Connector& id, const KnownSigner& signer) {
  Partner who;
  who.id = id;
  who.keys = {signer.introduced(kIssued, kIssued + 1000)};
  return who;
}

FetchOrder order() {
  FetchOrder asked;
  asked.request_id = kRequestId;
  asked.audience = brink();
  asked.issued_s = kIssued;
  asked.dataset = core::DatasetId("orders");
  asked.purpose = core::Purpose("order-tracking");
  asked.selection.kinds = {valuechain::record::v1::KIND_ORDER_LINE};
  asked.selection.order_numbers = {"AEG012345"};
  asked.selection.event_to = 1'760'000'000 * kNs;
  return asked;
}

std::vector<std::string> records() {
  return {*core::from_hex("0a02080152033a0131"), *core::from_hex("0a02080152033a0132")};
}

core::Digest first_head() {
  core::Sha256 batch;
  for (const std::string& record : records()) add_to_batch_digest(batch, core::sha256(record));
  const core::Digest digest =
      core::sha256(sign_request(order(), veldkamp(), consumer_key()).payload);
  return chain_next(chain_start(digest), 1, batch.finish(),
                    {{"order_line.price", decision::FieldOp::kDrop, {}},
                     {"order_line.buyer", decision::FieldOp::kHash, "not in the chain"}});
}

std::string note(const std::vector<std::string>& entries) {
  evidence::Frontier log;
  std::vector<evidence::Frontier::Node> completed;
  for (const std::string& entry : entries) log.append(evidence::leaf_hash(entry), completed);
  return evidence::sign_checkpoint({brink().str(), entries.size(), log.root()},
                                   log_key().public_key(),
                                   [](std::string_view text) { return log_key().sign(text); });
}

// A nonce of one byte, 32 times.
Random nonce(char byte) {
  return [byte](std::size_t size) { return std::string(size, byte); };
}

AccountFacts opened() {
  AccountFacts facts;
  facts.provider = brink();
  facts.consumer = veldkamp();
  facts.request_id = facts.first_request = kRequestId;
  facts.dataset = core::DatasetId("orders");
  facts.purpose = core::Purpose("order-tracking");
  facts.request_digest = core::sha256(sign_request(order(), veldkamp(), consumer_key()).payload);
  facts.chain_head = chain_start(facts.request_digest);
  facts.revision = core::Revision(std::string(64, 'e'));
  facts.decision_id = "decision-1";
  facts.journal_digest = std::string(64, 'd');
  facts.at = (kIssued + 1) * kNs;
  return facts;
}

AccountFacts closed() {
  AccountFacts facts = opened();
  facts.chain_head = first_head();
  facts.batches = 1;
  facts.records = 2;
  facts.bytes = 18;
  facts.position = "opaque";
  facts.checkpoint = note({entry_opened(opened(), true, nonce(1))});
  facts.at = (kIssued + 2) * kNs;
  return facts;
}

SignedEnvelope receipt() {
  return sign_receipt(closed(), provider_key());
}

Acknowledgement said() {
  return {veldkamp(),         brink(), kRequestId, core::sha256(receipt().payload), {},
          (kIssued + 3) * kNs};
}

std::vector<std::string> log_entries() {
  return {entry_opened(opened(), true, nonce(1)),
          entry_closed(closed(), true,
                       {"complete", {}, core::hex(core::sha256(receipt().payload)), {}}, nonce(2)),
          entry_acknowledged(said(), true, nonce(3))};
}

TEST(Formats, Keys) {
  const auto told = lines(example("keys"));
  ASSERT_EQ(told.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const KnownKey key = KnownKey::rfc8032(i);
    EXPECT_EQ(core::hex(key.public_key()), kRfc8032PublicKeys[i]);
    EXPECT_NE(told[i].find(std::string(kRfc8032PublicKeys[i]) + " " + key.key_id()),
              std::string::npos);
  }
}

TEST(Formats, Encoding) {
  EXPECT_EQ(example("encoding"),
            evidence::pae("http://example.com/HelloWorld", "hello world") + "\n");
}

TEST(Formats, Request) {
  const SignedEnvelope request = sign_request(order(), veldkamp(), consumer_key());
  EXPECT_EQ(example("request"), request.payload + "\n");
  EXPECT_EQ(example("request envelope"), to_json_text(request) + "\n");
  const auto read = read_request(request, partner(veldkamp(), consumer_key()), brink(),
                                 kIssued * kNs, verify_signature);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(values("request digests"),
            (std::vector<std::string>{core::hex(read->digest), read->order_digest}));
}

TEST(Formats, BatchChain) {
  core::Sha256 batch;
  for (const std::string& record : records()) add_to_batch_digest(batch, core::sha256(record));
  EXPECT_EQ(values("batch chain"),
            (std::vector<std::string>{core::hex(records()[0]), core::hex(records()[1]),
                                      core::hex(batch.finish()), core::hex(opened().chain_head),
                                      core::hex(first_head())}));
  EXPECT_EQ(example("batch head"),
            sign_head(kRequestId, 1, first_head(), provider_key()).payload + "\n");
}

TEST(Formats, ReceiptAndAcknowledgement) {
  EXPECT_EQ(example("receipt"), receipt().payload + "\n");
  EXPECT_EQ(example("receipt digest"), core::hex(core::sha256(receipt().payload)) + "\n");
  EXPECT_EQ(example("acknowledgement"),
            sign_acknowledgement(said(), consumer_key()).payload + "\n");
  EXPECT_TRUE(read_receipt(receipt(), partner(brink(), provider_key()), (kIssued + 9) * kNs,
                           verify_signature));
}

TEST(Formats, LogEntriesAndTheirTree) {
  EXPECT_EQ(lines(example("log entries")), log_entries());
  std::vector<core::Digest> leaves;
  for (const std::string& entry : log_entries()) leaves.push_back(evidence::leaf_hash(entry));
  const core::Digest left = evidence::node_hash(leaves[0], leaves[1]);
  EXPECT_EQ(values("tree"), (std::vector<std::string>{
                                core::hex(leaves[0]), core::hex(leaves[1]), core::hex(leaves[2]),
                                core::hex(left), core::hex(evidence::node_hash(left, leaves[2]))}));
  EXPECT_EQ(example("checkpoint"), note(log_entries()));
  EXPECT_EQ(example("log key"),
            evidence::verifier_key(brink().str(), log_key().public_key()) + "\n");
}

TEST(Formats, Proofs) {
  MemoryLog log;
  for (const std::string& entry : log_entries()) log.put_entry(entry);
  const auto proof = prove(log, example("checkpoint"), {0, 2}, 2);
  ASSERT_TRUE(proof) << proof.error().message;
  std::vector<std::string> told;
  for (const EntryProof& one : proof->entries) {
    for (const std::string& hash : one.inclusion) told.push_back(core::hex(hash));
  }
  EXPECT_EQ(values("inclusion"), told);
  told = {core::hex(proof->consistency.at(0))};
  const auto from_one = prove(log, example("checkpoint"), {}, 1);
  for (const std::string& hash : from_one->consistency) told.push_back(core::hex(hash));
  EXPECT_EQ(values("consistency"), told);
}

TEST(Formats, Introduction) {
  evidence::Introduction brinks;
  brinks.id = brink();
  brinks.name = "Brink";
  brinks.addresses = {"192.0.2.7:7443"};
  brinks.anchor_pem = "-----BEGIN CERTIFICATE-----\n...";
  brinks.keys = {{KnownKey::rfc8032(1).public_key(), kIssued, kIssued + 31'536'000}};
  brinks.log_key = evidence::verifier_key(brink().str(), log_key().public_key());
  brinks.claimed_ids = {"gln:8712345000004"};
  brinks.issued_s = kIssued;
  evidence::Envelope envelope{
      evidence::kIntroductionType, to_payload(brinks), provider_key().key_id().str(), {}};
  envelope.signature = provider_key().sign(evidence::pae(envelope.payload_type, envelope.payload));
  EXPECT_EQ(example("introduction"), envelope.payload + "\n");
  EXPECT_EQ(example("fingerprint"), fingerprint(envelope) + "\n");
  EXPECT_TRUE(read_introduction(envelope, verify_signature));
}

TEST(Formats, ItemKey) {
  const auto item = record::item_from_epc("urn:epc:class:lgtin:4006381.033393.LOT-7");
  ASSERT_EQ(item.item_keys_size(), 1);
  EXPECT_EQ(example("item key"), core::hex(item.item_keys(0)) + "\n");
}

}  // namespace
}  // namespace connector::testing
