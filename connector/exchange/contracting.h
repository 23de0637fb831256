// Contracts with partners: the catalogue, negotiations from either side, agreements and their end.
// Messages are kept before they are sent, and sent again until they are heard; a message that comes
// twice is answered as it was before. Nothing polls.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "exchange/agreements.h"
#include "exchange/contract_serving.h"
#include "exchange/offer_table.h"
#include "exchange/ports.h"
#include "exchange/schedule.h"

namespace connector::exchange {

enum class NegotiationVerdict { kAgree, kCounter, kAsk, kRefuse };

// What the policy is asked about a request (we are the provider) or a counter-offer (consumer).
struct NegotiationQuestion {
  core::Connector self;
  core::Connector partner;
  contract::Role role = contract::Role::kProvider;  // ours
  std::string offer;
  std::vector<std::string> datasets;
  std::vector<std::string> groups;   // of the partner; provider only
  std::vector<std::string> changed;  // terms in which the two below differ
  bool contractual = false;          // holds terms that no connector enforces
  const contract::Policy& before;    // what we said
  const contract::Policy& asked;     // what the partner says
};
struct Weighed {
  NegotiationVerdict verdict = NegotiationVerdict::kRefuse;
  std::string why;  // for our own people
  core::Revision revision;
};

class NegotiationPoint {
 public:
  virtual ~NegotiationPoint() = default;
  // POLICY_UNAVAILABLE when no answer can be had.
  virtual core::Result<Weighed> weigh(const NegotiationQuestion& question) = 0;
};

struct ContractingPorts {
  core::Connector self;
  Clock clock;
  Random random;
  Executor run;   // quick work
  Executor call;  // work that waits for partners
  const Partners& partners;
  const Contracts& contracts;
  Log& log;
  const Signer& signer;
  VerifySignature verify;
  Sealer sealer;
  Offers offers;
  // Those that the caller may see, in the order of their ids.
  std::function<core::Result<std::vector<DatasetInfo>>(const core::Connector&)> datasets;
  NegotiationPoint& point;
  ContractClient& client;
  Schedule& schedule;
  std::function<core::Result<std::string>()> checkpoint;
  std::function<void()> changed;  // an agreement came into force or ended; may be empty
  std::chrono::seconds person_time = core::limits::kPersonTime;
};

// What we ask a partner for.
struct Asked {
  core::Connector partner;
  OfferItem offer;                        // from its catalogue
  std::optional<contract::Policy> terms;  // ours; empty: as offered
  bool any_terms = false;                 // accept a counter-offer without asking anybody
  bool anew = false;                      // although such an agreement is in force
  std::int64_t uid = -1;                  // of the local caller
};

class Contracting final : public ContractServing {
 public:
  explicit Contracting(ContractingPorts ports);
  ~Contracting() override;

  core::Result<OfferPage> list_offers(const Caller& caller, const OfferQuery& query) override;
  void negotiate(const Caller& caller, SignedEnvelope message,
                 std::optional<AgreementParts> agreement,
                 std::function<void(core::Result<NegotiationAnswer>)> done) override;
  void end_agreement(const Caller& caller, SignedEnvelope end,
                     std::function<void(core::Result<std::string>)> done) override;

  // Asks, and follows the negotiation until it is finalised, has ended, or waits for somebody or
  // for the partner's connector to be reachable. Blocks. The same asked twice at once is asked
  // once.
  core::Result<Negotiation> ask(const Asked& asked);
  // Of one that waits for a person of ours. uid: who says so.
  core::Result<Negotiation> approve(const std::string& id, std::int64_t uid);
  core::Result<Negotiation> reject(const std::string& id, const std::string& reason,
                                   std::int64_t uid);
  // Ends an agreement here and now, and tells the partner as soon as it can be told.
  core::Result<KeptAgreement> end(const std::string& agreement, const std::string& reason,
                                  std::int64_t uid);
  // What was not delivered before a stop, and deadlines of persons. Once, at the start.
  core::Status resume();

  // From memory where it was asked for before; null: there is none of this id.
  core::Result<std::shared_ptr<const KeptAgreement>> agreement(const std::string& id) const;

 private:
  struct Heard;
  struct Turn;
  using Ended = std::function<void(core::Result<Negotiation>)>;

  // contracting.cc: transport and durability.
  core::Result<Heard> open(const core::Connector& from, const SignedEnvelope& message,
                           std::optional<AgreementParts> agreement) const;
  void take(const Heard& heard, bool by_call, int attempt, Ended done);
  void commit(Turn turn, const Partner& partner, Ended done);
  core::Result<Negotiation> commit_now(Turn turn, const Partner& partner);
  core::Result<Negotiation> deliver(const std::string& id);
  void deliver_later(const std::string& id, core::EpochNs when);
  core::Result<NegotiationAnswer> answer_of(const Negotiation& row) const;
  core::Result<Negotiation> with_key_in_use(Negotiation row);
  core::Result<Negotiation> not_delivered(Negotiation row, const core::Error& error);
  core::Result<Negotiation> ask_once(const Asked& asked);
  core::Result<std::optional<Negotiation>> in_force(const Asked& asked) const;
  void deliver_end(const std::string& agreement);
  void forget(const std::string& agreement);

  // contracting_turns.cc: what a message makes of a negotiation.
  core::Result<Turn> hear(const Heard& heard, bool by_call) const;
  core::Result<Negotiation> row_for(const Heard& heard) const;
  core::Status hear_request(const Heard& heard, Turn& turn) const;
  core::Status hear_offer(const Heard& heard, Turn& turn) const;
  core::Status hear_agreement(const Heard& heard, Turn& turn) const;
  core::Status hear_verification(const Heard& heard, Turn& turn) const;
  core::Status hear_termination(const Heard& heard, Turn& turn) const;
  core::Status weigh(Turn& turn, const contract::Policy& before) const;
  core::Status agree(Turn& turn) const;
  void say(Turn& turn, contract::Message kind, const std::string& reason = {},
           const std::string& text = {}) const;
  void wait_for_person(Turn& turn, const std::string& why) const;
  void note(Turn& turn, contract::Message kind, const std::string& payload_digest, bool ours,
            std::int64_t uid = -1) const;
  core::Result<Turn> person_turn(const std::string& id) const;

  const ContractingPorts ports_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const KeptAgreement>> kept_;  // guarded by mutex_
  std::map<std::string, std::shared_future<core::Result<Negotiation>>>
      asking_;                                            // guarded by mutex_
  std::map<std::string, std::chrono::seconds> patience_;  // guarded by mutex_; by what is retried
};

}  // namespace connector::exchange
