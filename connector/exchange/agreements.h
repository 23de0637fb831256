// Ports: negotiations and agreements, as this side keeps them. No method throws; all may be called
// by several threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/agreement.h"
#include "contract/negotiation.h"
#include "core/digest.h"
#include "core/name.h"
#include "core/result.h"

namespace connector::exchange {

// Over the PAE of the agreement's payload (DSSE): Ed25519 by a key that its maker introduced.
struct AgreementSignature {
  std::string key_id;
  std::string signature;  // 64 bytes; empty: not signed yet
};

// In force for this side from the moment in which it holds both signatures, durably.
enum class AgreementState { kSigned, kInForce, kEnded };

struct KeptAgreement {
  core::Connector partner;
  contract::Role role = contract::Role::kConsumer;  // ours
  AgreementState state = AgreementState::kSigned;
  std::string payload;  // the exact bytes that both sign
  AgreementSignature provider;
  AgreementSignature consumer;
  std::string negotiation;    // ours
  std::int64_t ended_s = 0;   // Unix seconds, of kEnded
  std::string ended_by;       // "did:web:x/site", of kEnded
  std::string reason;         // of kEnded
  bool end_delivered = true;  // the partner has heard of the end
  contract::Agreement terms;  // the payload, read
};

// One negotiation. Each side keeps a row of its own, under an id of its own.
struct Negotiation {
  std::string id;        // ours, a UUID: consumerPid or providerPid of the protocol
  std::string their_id;  // empty until the partner was heard
  core::Connector partner;
  contract::Role role = contract::Role::kConsumer;  // ours
  contract::State state = contract::State::kRequested;
  std::string offer;                  // id
  core::Digest offer_digest{};        // of the policy as it was offered first
  std::vector<std::string> datasets;  // as offered
  contract::Policy offered;           // the offer's policy
  contract::Policy policy;            // on the table now; what was said last
  std::vector<std::string> changed;   // its terms that differ from the offer's: paths
  bool waiting = false;               // for a person of ours
  bool any_terms = false;             // ours, as consumer: a counter-offer is accepted unseen
  bool delivered = true;              // what we said last has reached the partner
  std::string said;                   // payload of our last message; empty: the partner's is last
  std::string heard;                  // SHA-256 of the partner's last payload, hex; empty: none
  std::string agreement;              // its id, from AGREED on
  core::Revision revision;            // of our policy, as we said it last
  core::Revision their_revision;      // as the partner said it last
  std::uint64_t rounds = 0;           // requests and offers so far
  std::string reason;                 // of TERMINATED; or why a person is asked
  std::int64_t started_s = 0;         // Unix seconds
  std::int64_t changed_s = 0;
  std::int64_t expires_s = 0;  // when a question to a person ends with a refusal; 0: never
  std::uint64_t version = 0;   // of the row: each change adds one
};

class Contracts {
 public:
  virtual ~Contracts() = default;
  virtual core::Result<std::optional<Negotiation>> negotiation(const std::string& id) const = 0;
  virtual core::Result<std::optional<Negotiation>> negotiation_of(
      const core::Connector& partner, const std::string& their_id) const = 0;
  // Newest first. open: only those that have not ended.
  virtual core::Result<std::vector<Negotiation>> negotiations(bool open,
                                                              std::size_t limit) const = 0;
  virtual core::Result<std::optional<KeptAgreement>> agreement(const std::string& id) const = 0;
  // Newest first. partner empty: with all.
  virtual core::Result<std::vector<KeptAgreement>> agreements(const core::Connector& partner,
                                                              std::size_t limit) const = 0;
  // That came of this offer of, or to, the partner; newest first.
  virtual core::Result<std::vector<KeptAgreement>> agreements_about(
      const core::Connector& partner, const std::string& offer) const = 0;
};

}  // namespace connector::exchange
