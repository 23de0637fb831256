// What the two agree, in the words that contracting and custody have for it.
#include "contract/offer.h"
#include "contract/registry.h"
#include "exchange/contract_entries.h"
#include "exchange/use_statements.h"
#include "two_connectors.h"

namespace connector::testing {
namespace {

using core::Json;

contract::Offer orders_offer() {
  Json form = Json::object();
  form.set("version", Json::string("1"))
      .set("title", Json::string("Orders"))
      .set("datasets", Json::array({Json::string("orders")}))
      .set("participants", Json::array({Json::string(veldkamp().participant.str())}))
      .set("purposes", Json::array({Json::string("order-tracking")}));
  return contract::read_offer("orders", form).value();
}

contract::Agreement terms_of(const contract::Offer& offer, const std::string& id) {
  contract::Agreement terms;
  terms.id = id;
  terms.provider = brink();
  terms.consumer = veldkamp();
  terms.offer = offer.id;
  terms.offer_digest = contract::digest_of(offer.policy);
  terms.datasets = offer.datasets;
  terms.policy = contract::agreed(offer.policy, id, brink(), veldkamp());
  terms.registry = contract::kRegistryVersion;
  terms.concluded_s = 1'750'000'000;
  return terms;
}

}  // namespace

void TwoConnectors::say(Side& side, const char* kind, const std::string& agreement,
                        const std::string& subject) {
  Change change;
  change.kind = kind;
  change.self = side.self;
  change.partner = &side == &provider_side ? veldkamp() : brink();
  change.subject = subject;
  change.at = now;
  change.agreement_id = agreement;
  change.role = &side == &provider_side ? "provider" : "consumer";
  side.log.put_entry(entry_change(change, [this](std::size_t bytes) { return draw(bytes); }));
}

KeptAgreement TwoConnectors::sign_terms() {
  const std::string id =
      "5f0c3a52-7f0e-4f5e-9d55-00000000000" + std::to_string(provider_side.agreements.size());
  KeptAgreement kept;
  kept.terms = terms_of(orders_offer(), id);
  kept.payload = contract::to_text(kept.terms);
  kept.provider = sign_agreement(kept.payload, provider_side.signer);
  kept.consumer = sign_agreement(kept.payload, consumer_side.signer);
  kept.state = AgreementState::kInForce;
  return kept;
}

std::string TwoConnectors::conclude(KeptAgreement kept) {
  const std::string digest = core::hex(core::sha256(kept.payload));
  for (Side* side : {&provider_side, &consumer_side}) {
    const bool provides = side == &provider_side;
    kept.role = provides ? contract::Role::kProvider : contract::Role::kConsumer;
    kept.partner = provides ? veldkamp() : brink();
    say(*side, kContractAgreement, kept.terms.id, digest);
    say(*side, kContractVerification, kept.terms.id, digest);
    side->agreements.push_back(kept);
  }
  return kept.terms.id;
}

void TwoConnectors::end(const std::string& agreement) {
  for (Side* side : {&provider_side, &consumer_side}) {
    say(*side, kContractEnded, agreement, std::string(64, 'e'));
  }
}

void TwoConnectors::delete_received(const std::string& agreement) {
  DeletionProof proof;
  proof.consumer = veldkamp();
  proof.provider = brink();
  proof.agreement = agreement;
  proof.deleted = proof.at = now;
  proof.checkpoint = *consumer_side.checkpoint();
  const SignedEnvelope envelope = sign_deletion_proof(proof, consumer_side.signer);
  const std::string digest = core::hex(core::sha256(envelope.payload));
  say(consumer_side, evidence::kDataDeleted, agreement, digest);
  say(provider_side, evidence::kStatementReceived, agreement, digest);
  for (Side* side : {&provider_side, &consumer_side}) {
    side->statements.push_back(to_json_text(envelope));
  }
}

}  // namespace connector::testing
