// The worked examples of docs/formats.md that speak of the vault, recomputed by the program.
// tests/verifiers has the same in Python.
#include "crypto/vault_key.h"
#include "evidence/checkpoint.h"
#include "evidence/merkle.h"
#include "exchange/use_statements.h"
#include "houses.h"
#include "support/ed25519.h"

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

std::string value(const std::string& block, const std::string& name) {
  const auto line = block.find(name + "  ");
  const auto end = block.find('\n', line);
  return block.substr(block.rfind(' ', end) + 1, end - block.rfind(' ', end) - 1);
}

std::string empty_note() {
  const KnownKey key = KnownKey::rfc8032(2);
  return evidence::sign_checkpoint({kConsumer.str(), 0, evidence::empty_root()}, key.public_key(),
                                   [&](std::string_view text) { return key.sign(text); });
}

const crypto::Ed25519Signer& signer() {
  static const crypto::Ed25519Signer known(
      std::shared_ptr<const crypto::SigningKey>(std::shared_ptr<void>(), &consumer_key()));
  return known;
}

TEST(VaultFormats, UseStatement) {
  exchange::UseStatement said;
  said.consumer = kConsumer;
  said.provider = kProvider;
  said.agreement = kAgreementId;
  said.uses = 3;
  said.last_use = (kConcluded + 3) * kSecond;
  said.checkpoint = empty_note();
  said.at = (kConcluded + 4) * kSecond;
  EXPECT_EQ(exchange::sign_use_statement(said, signer()).payload + "\n", example("use statement"));
}

TEST(VaultFormats, DeletionProof) {
  exchange::DeletionProof proof;
  proof.consumer = kConsumer;
  proof.provider = kProvider;
  proof.agreement = kAgreementId;
  proof.duty = "permission[0].duty[0]";
  proof.due = proof.deleted = (kConcluded + 3) * kSecond;
  proof.records = 2;
  proof.uses = 3;
  proof.checkpoint = empty_note();
  proof.at = (kConcluded + 4) * kSecond;
  EXPECT_EQ(exchange::sign_deletion_proof(proof, signer()).payload + "\n",
            example("deletion proof"));
}

TEST(VaultFormats, SealedRecord) {
  const std::string block = example("vault");
  std::string data_key;
  for (int i = 0; i < 32; ++i) data_key.push_back(static_cast<char>(i));
  const crypto::LiveKey key(kAgreementId, data_key);
  const auto bytes = [&](const char* name) { return core::from_hex(value(block, name)).value(); };
  EXPECT_EQ(key.open("a/1/0", "orders", bytes("sealed")).value(), bytes("record"));
  EXPECT_EQ(key.tag("order", "17").value(), bytes("tag of order 17"));
  EXPECT_EQ(crypto::hkdf(data_key, "valuechain/vault/v1/object/a/1/0"), bytes("object key"));
  EXPECT_EQ(crypto::hkdf(data_key, "valuechain/vault/v1/index"), bytes("index key"));
}

// What the duty to anonymise takes out is what the document lists.
TEST(VaultFormats, IdentifyingPathsAreListed) {
  const std::string text = read_file(std::string(SOURCE_DIR) + "/docs/formats.md");
  const auto begin = text.find("The duty `anonymize`");
  const std::string list = text.substr(begin, text.find("\n\n", begin) - begin);
  for (const auto& path : exchange::identifying_paths()) {
    EXPECT_NE(list.find("`" + path + "`"), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace connector::testing
