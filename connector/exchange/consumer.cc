#include "exchange/consumer.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "core/limits.h"
#include "exchange/proofs.h"
#include "exchange/uuid.h"

namespace connector::exchange {
namespace {

core::Error mismatch(const std::string& what) {
  return {core::Code::kConflict,
          "EVIDENCE_MISMATCH",
          what,
          "nothing more was accepted; show the partner the log entry of this request",
          {}};
}

}  // namespace

// One fetch from one partner.
class Consumer::Session {
 public:
  Session(const ConsumerPorts& ports, const Want& want, Partner partner,
          const std::function<void(const Progress&)>& progress)
      : ports_(ports), want_(want), partner_(std::move(partner)), progress_(progress) {}

  core::Result<Fetched> run() {
    if (auto prepared = prepare(); !prepared) return std::move(prepared.error());
    const SignedEnvelope request = sign_request(order_, ports_.self, ports_.signer);
    order_.digest = core::sha256(request.payload);
    if (!order_.resume) chain_ = chain_start(order_.digest);
    account_ = core::hex(ports_.random(16));
    if (auto opened = commit({entry_opened(facts(), false, ports_.random)},
                             {OpenAccount{account_, partner_.id, false, first_request(),
                                          order_.request_id, order_.order_digest}});
        !opened) {
      return std::move(opened.error());
    }
    auto receipt = ports_.client.fetch(reached_by(), request,
                                       [this](const ReceivedBatch& batch) { return take(batch); });
    if (!receipt) return close(std::move(receipt.error()));
    return settle(std::move(*receipt));
  }

 private:
  std::string first_request() const {
    return order_.resume ? order_.resume->first_request : order_.request_id;
  }

  core::Status prepare() {
    order_.request_id = uuid(ports_.random);
    order_.audience = want_.partner;
    order_.issued_s = ports_.clock() / 1'000'000'000;
    order_.dataset = want_.dataset;
    order_.purpose = want_.purpose;
    order_.agreement_id = want_.agreement;
    order_.selection = want_.selection;
    order_.changed_since = want_.changed_since;
    order_.order_digest = order_digest(order_, ports_.self);
    if (want_.resume.empty()) return core::ok();
    auto earlier = ports_.accounts.by_request(want_.partner, false, want_.resume);
    if (!earlier) return std::move(earlier.error());
    if (!*earlier || (*earlier)->batches.empty()) {
      return core::Error{core::Code::kNotFound,
                         "REQUEST_NOT_FOUND",
                         "no batch of a fetch with request id " + want_.resume + " was received",
                         "start a new fetch",
                         {}};
    }
    const NoteBatch& last = (*earlier)->batches.back();
    order_.resume = ResumePoint{want_.resume, last.chain_head, last.position};
    auto head = core::digest_of_bytes(last.chain_head);
    if (!head) return std::move(head.error());
    chain_ = *head;
    index_ = last.index;
    seen_.records = last.records;
    seen_.bytes = last.bytes;
    seen_.batches = last.index;
    return core::ok();
  }

  // Verifies one batch before a byte of it is kept.
  core::Status take(const ReceivedBatch& batch) {
    if (batch.index != index_ + 1)
      return mismatch("batch " + std::to_string(batch.index) + " came after batch " +
                      std::to_string(index_));
    core::Sha256 digest;
    std::uint64_t bytes = 0;
    for (const std::string_view record : batch.records) {
      add_to_batch_digest(digest, core::sha256(record));
      bytes += record.size();
    }
    const core::Digest head = chain_next(chain_, batch.index, digest.finish(), batch.masked);
    if (auto checked =
            check_head(batch, first_request(), head, partner_, ports_.clock(), ports_.verify);
        !checked) {
      return checked;
    }
    seen_.records += batch.records.size();
    seen_.bytes += bytes;
    seen_.batches = batch.index;
    if (auto kept = keep(batch, head); !kept) return kept;
    chain_ = head;
    index_ = batch.index;
    head_ = batch.head;
    note_masked(batch.masked);
    if (progress_) progress_(seen_);
    return core::ok();
  }

  // A policy that changed under way may mask other paths in later batches.
  void note_masked(const std::vector<decision::FieldRule>& rules) {
    for (const decision::FieldRule& rule : rules) {
      if (std::find(masked_.begin(), masked_.end(), rule) == masked_.end()) masked_.push_back(rule);
    }
  }

  core::Status keep(const ReceivedBatch& batch, const core::Digest& head) {
    auto effects = received(batch);
    if (!effects) return std::move(effects.error());
    NoteBatch note{account_,      batch.index, std::string(core::view(head)),
                   seen_.records, seen_.bytes, 0,
                   batch.position};
    effects->push_back(std::move(note));
    return commit({}, *std::move(effects));
  }

  // Under an agreement into the vault, and nowhere else.
  core::Result<std::vector<Effect>> received(const ReceivedBatch& batch) const {
    std::vector<std::string> masked;
    for (const auto& rule : batch.masked) masked.push_back(rule.path);
    if (!order_.agreement_id.empty()) {
      return ports_.seal(order_.agreement_id, {want_.dataset, account_, batch.index, batch.records,
                                               std::move(masked), ports_.clock()});
    }
    Received plain{partner_.id, want_.dataset, account_, batch.index, {}, std::move(masked)};
    plain.records.assign(batch.records.begin(), batch.records.end());
    return std::vector<Effect>{std::move(plain)};
  }

  core::Result<Fetched> settle(SignedEnvelope envelope) {
    auto receipt = read_receipt(envelope, partner_, ports_.clock(), ports_.verify);
    if (!receipt) return close(std::move(receipt.error()));
    if (auto fits = check_receipt(*receipt); !fits) return close(std::move(fits.error()));
    if (auto consistent = check_log(receipt->checkpoint); !consistent) {
      return close(std::move(consistent.error()));
    }
    Fetched fetched{std::move(*receipt), std::move(envelope), account_, false, masked_, {}};
    auto logged = keep_receipt(fetched);
    while (!logged && logged.error().reason == "KEY_NOT_VALID" && reintroduced(fetched.envelope)) {
      logged = keep_receipt(fetched);
    }
    if (!logged) {
      if (logged.error().reason == "KEY_NOT_VALID") return close(std::move(logged.error()));
      return std::move(logged.error());
    }
    acknowledge(fetched);
    return fetched;
  }

  core::Status keep_receipt(const Fetched& fetched) {
    const std::string receipt_digest = core::hex(core::sha256(fetched.envelope.payload));
    AccountFacts closing = fetched.receipt;
    closing.request_id = order_.request_id;
    closing.at = ports_.clock();
    std::vector<Effect> effects{
        RequireIntroduction{partner_.id, partner_.introduction_digest},
        CloseAccount{account_, "complete", to_json_text(fetched.envelope), {}}};
    if (is_newest(fetched.receipt.checkpoint)) {
      effects.push_back(SeenCheckpoint{partner_.id, fetched.receipt.checkpoint});
    }
    return commit(
        {entry_closed(closing, false, {"complete", {}, receipt_digest, {}}, ports_.random)},
        std::move(effects));
  }

  // How the partner is reached now: its anchor may have changed since the fetch began, and each
  // call may need a new connection.
  Partner reached_by() const {
    auto now = ports_.partners.find(partner_.id);
    return now ? std::move(*now) : partner_;
  }

  // Did another introduction come under way that leaves the signing key as it was (a new CA, say)?
  // What that key signed stands under the new one as well.
  bool reintroduced(const SignedEnvelope& signed_by) {
    auto now = ports_.partners.find(partner_.id);
    if (!now || now->state != PartnerState::kActive || now->keys.empty()) return false;
    if (now->introduction_digest == partner_.introduction_digest) return false;
    if (now->keys.back().id.str() != signed_by.key_id) return false;
    partner_ = std::move(*now);
    return true;
  }

  core::Status check_receipt(const AccountFacts& receipt) const {
    if (receipt.provider != partner_.id || receipt.consumer != ports_.self) {
      return mismatch("the receipt names other parties");
    }
    if (receipt.first_request != first_request()) {
      return mismatch("the receipt belongs to another request");
    }
    if (receipt.dataset != order_.dataset || receipt.purpose != order_.purpose ||
        receipt.agreement_id != order_.agreement_id) {
      return mismatch("the receipt is for something else than was asked");
    }
    // A fetch resumed at its end is answered with the receipt of an earlier part.
    const bool earlier = order_.resume && receipt.request_id != order_.request_id;
    if (!earlier &&
        (receipt.request_id != order_.request_id || receipt.request_digest != order_.digest)) {
      return mismatch("the receipt names another request than the one that was signed");
    }
    if (receipt.chain_head != chain_ || receipt.records != seen_.records ||
        receipt.bytes != seen_.bytes || receipt.batches != index_) {
      return mismatch("the receipt's totals differ from what came");
    }
    return core::ok();
  }

  // The partner's log must only ever grow: a split view shows here.
  core::Status check_log(const std::string& checkpoint) {
    const auto now = ports_.open_checkpoint(checkpoint, partner_.log_key);
    if (!now) return now.error();
    if (partner_.last_checkpoint.empty()) return core::ok();
    const auto before = ports_.open_checkpoint(partner_.last_checkpoint, partner_.log_key);
    if (!before) return before.error();
    if (now->first < before->first) return split_view("its log became shorter");
    if (now->first == before->first) {
      return now->second == before->second ? core::ok() : split_view("two roots for one size");
    }
    if (before->first == 0) return core::ok();
    auto proof = ports_.client.get_proof(reached_by(), {}, before->first);
    if (!proof) return std::move(proof.error());
    return check_growth(*before, *now, *proof);
  }

  // Another fetch may have seen a newer one meanwhile; what was seen never goes back.
  bool is_newest(const std::string& checkpoint) const {
    const auto partner = ports_.partners.find(partner_.id);
    if (!partner || partner->last_checkpoint.empty()) return true;
    const auto known = ports_.open_checkpoint(partner->last_checkpoint, partner->log_key);
    const auto fresh = ports_.open_checkpoint(checkpoint, partner_.log_key);
    return !known || (fresh && fresh->first >= known->first);
  }

  // The proof leads from the old checkpoint to the partner's newest, which must in turn be
  // consistent with the receipt's.
  core::Status check_growth(const std::pair<std::uint64_t, core::Digest>& before,
                            const std::pair<std::uint64_t, core::Digest>& receipt,
                            const Proof& proof) {
    const auto newest = ports_.open_checkpoint(proof.checkpoint, partner_.log_key);
    if (!newest) return newest.error();
    if (!consistent(before.first, before.second, newest->first, newest->second,
                    proof.consistency)) {
      return split_view("no consistency with the checkpoint seen before");
    }
    if (newest->first == receipt.first) {
      return newest->second == receipt.second ? core::ok() : split_view("two roots for one size");
    }
    auto second = ports_.client.get_proof(reached_by(), {}, receipt.first);
    if (!second) return std::move(second.error());
    const auto later = ports_.open_checkpoint(second->checkpoint, partner_.log_key);
    if (!later) return later.error();
    if (!consistent(receipt.first, receipt.second, later->first, later->second,
                    second->consistency)) {
      return split_view("the receipt's checkpoint is not in its log");
    }
    return core::ok();
  }

  core::Error split_view(const std::string& what) const {
    return {core::Code::kConflict,
            "SPLIT_VIEW",
            "the log of " + partner_.id.str() + " contradicts what it showed before: " + what,
            "keep both checkpoints (connector audit export) and suspend the partner",
            {}};
  }

  // Best effort: a receipt stays valid without it, and the provider reminds us by its limit.
  void acknowledge(Fetched& fetched) {
    const auto checkpoint = ports_.checkpoint();
    if (!checkpoint) {
      fetched.warning = "not acknowledged: " + checkpoint.error().message;
      return;
    }
    const Acknowledgement said{ports_.self,     partner_.id,
                               first_request(), core::sha256(fetched.envelope.payload),
                               *checkpoint,     ports_.clock()};
    const SignedEnvelope envelope = sign_acknowledgement(said, ports_.signer);
    auto logged =
        commit({entry_acknowledged(said, false, ports_.random)},
               {NoteAcknowledgement{partner_.id, first_request(), to_json_text(envelope)}});
    if (!logged) {
      fetched.warning = "not acknowledged: " + logged.error().message;
      return;
    }
    const auto sent = ports_.client.acknowledge(reached_by(), envelope);
    fetched.acknowledged = sent.has_value();
    if (!sent) fetched.warning = "the receipt is not acknowledged yet: " + sent.error().message;
  }

  core::Error close(core::Error error) {
    auto logged = close_broken(error.reason, head_);
    // Signed by a key that has been rotated out since: it could not be shown when it was signed.
    if (!logged && logged.error().reason == "KEY_NOT_VALID") {
      logged = close_broken(error.reason, std::nullopt);
    }
    if (!logged) error.message += "; and the log could not be written: " + logged.error().message;
    if (index_ > 0) {
      error.metadata["resume"] = first_request();
      if (error.next.empty()) error.next = "go on with: --resume " + first_request();
    }
    return error;
  }

  // The last head that was received is proof of what the partner had sent until then.
  core::Status close_broken(const std::string& reason, const std::optional<SignedEnvelope>& head) {
    Closing closing{"broken", reason, {}, {}};
    CloseAccount account{account_, "broken", {}, {}};
    std::vector<Effect> effects;
    if (head) {
      closing.head_digest = core::hex(core::sha256(head->payload));
      account.head = to_json_text(*head);
      effects.push_back(RequireIntroduction{partner_.id, partner_.introduction_digest});
    }
    effects.push_back(std::move(account));
    return commit({entry_closed(facts(), false, closing, ports_.random)}, std::move(effects));
  }

  AccountFacts facts() const {
    AccountFacts facts;
    facts.provider = partner_.id;
    facts.consumer = ports_.self;
    facts.request_id = order_.request_id;
    facts.first_request = first_request();
    facts.agreement_id = order_.agreement_id;
    facts.dataset = order_.dataset;
    facts.purpose = order_.purpose;
    facts.request_digest = order_.digest;
    facts.chain_head = chain_;
    facts.batches = index_;
    facts.records = seen_.records;
    facts.bytes = seen_.bytes;
    facts.at = ports_.clock();
    return facts;
  }

  core::Status commit(std::vector<std::string> entries, std::vector<Effect> effects) {
    // Shared: the committer may still be inside set_value when get returns.
    auto promise = std::make_shared<std::promise<core::Status>>();
    auto future = promise->get_future();
    ports_.log.append(
        {.entries = std::move(entries), .effects = std::move(effects), .on_behalf_of = {}},
        [promise](core::Result<LogSpan> span) {
          promise->set_value(span ? core::ok() : core::Status(std::move(span.error())));
        });
    return future.get();
  }

  const ConsumerPorts& ports_;
  const Want& want_;
  Partner partner_;
  const std::function<void(const Progress&)>& progress_;
  FetchOrder order_;
  std::string account_;
  core::Digest chain_{};
  std::uint64_t index_ = 0;
  std::optional<SignedEnvelope> head_;  // of the last batch of this part
  Progress seen_;
  std::vector<decision::FieldRule> masked_;
};

core::Result<Fetched> Consumer::fetch(const Want& want,
                                      const std::function<void(const Progress&)>& progress) {
  auto partner = ports_.partners.find(want.partner);
  if (!partner) {
    return core::Error{core::Code::kNotFound,
                       "PARTNER_NOT_FOUND",
                       "no partner " + want.partner.str(),
                       "see: connector partner list",
                       {}};
  }
  if (partner->state != PartnerState::kActive) {
    return core::denied("PARTNER_NOT_ACTIVE", want.partner.str() + " is suspended or revoked",
                        "connector partner resume " + want.partner.str());
  }
  return Session(ports_, want, std::move(*partner), progress).run();
}

}  // namespace connector::exchange
