#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "exchange/stream.h"

namespace connector::exchange {
namespace limits = core::limits;

namespace {

// What a filter looks at in the records of a kind.
enum class FilterOn { kOrder, kItem, kTime };
struct FilterUse {
  FilterOn on;
  const char* path;
  const char* kind;
};
constexpr FilterUse kFilterUses[] = {
    {FilterOn::kOrder, "order_line.order_number", "order_line"},
    {FilterOn::kOrder, "measurement.order_number", "measurement"},
    {FilterOn::kItem, "order_line.item.item_keys", "order_line"},
    {FilterOn::kItem, "order_line.instances.item_keys", "order_line"},
    {FilterOn::kItem, "event.items.item_keys", "event"},
    {FilterOn::kItem, "event.item_quantities.item_keys", "event"},
    {FilterOn::kItem, "event.inputs.item_keys", "event"},
    {FilterOn::kItem, "event.input_quantities.item_keys", "event"},
    {FilterOn::kItem, "event.outputs.item_keys", "event"},
    {FilterOn::kItem, "event.output_quantities.item_keys", "event"},
    {FilterOn::kItem, "event.parent.item_keys", "event"},
    {FilterOn::kItem, "measurement.item.item_keys", "measurement"},
    {FilterOn::kItem, "characteristic.item.item_keys", "characteristic"},
    {FilterOn::kItem, "item.item.item_keys", "item"},
    {FilterOn::kItem, "edge.parent.item_keys", "edge"},
    {FilterOn::kItem, "edge.child.item_keys", "edge"},
    {FilterOn::kTime, "order_line.issued.epoch_ns", "order_line"},
    {FilterOn::kTime, "event.event_time.epoch_ns", "event"},
    {FilterOn::kTime, "measurement.measured_at.epoch_ns", "measurement"},
    {FilterOn::kTime, "item.created.epoch_ns", "item"},
    {FilterOn::kTime, "edge.valid_from.epoch_ns", "edge"},
};

bool filters_on(const Selection& selection, FilterOn on) {
  switch (on) {
    case FilterOn::kOrder:
      return !selection.order_numbers.empty();
    case FilterOn::kItem:
      return !selection.item_keys.empty();
    case FilterOn::kTime:
      return selection.event_from || selection.event_to;
  }
  return true;
}

// In the order of time, so that what is written about one account after the other lies together.
std::string account_id(const ProviderPorts& ports) {
  auto time = static_cast<std::uint64_t>(ports.clock());
  std::string id(8, '\0');
  for (auto byte = id.rbegin(); byte != id.rend(); ++byte, time >>= 8) {
    *byte = static_cast<char>(time & 0xff);
  }
  return core::hex(id + ports.random(8));
}

core::Error policy_changed(const std::string& decision_id) {
  return {core::Code::kDenied,
          "POLICY_CHANGED",
          "the policy changed while the stream was running",
          "ask again to hear whether it is still allowed",
          {{"decisionId", decision_id}}};
}

}  // namespace

void ServedStream::open(Done done) {
  if (auto ready = prepare(); !ready) return refuse(std::move(ready.error()), std::move(done));
  account_ = account_id(ports_);
  if (receipt_) return repeat_receipt(std::move(done));
  phase_ = Phase::kStreaming;
  Commit commit;
  commit.entries.push_back(entry_opened(facts(), true, ports_.random));
  commit.effects.push_back(remember());
  commit.effects.push_back(opening());
  produce(std::move(commit), true, std::move(done));
}

core::Status ServedStream::prepare() {
  if (auto read = read_order(); !read) return read;
  auto dataset = visibility_.get(caller_.id, order_.dataset);
  if (!dataset) return std::move(dataset.error());
  dataset_ = std::move(*dataset);
  if (auto agreed = agree(); !agreed) return agreed;
  if (auto decided = decide(); !decided) return decided;
  if (auto allowed = check_filter(); !allowed) return allowed;
  return order_.resume ? resume() : start();
}

core::Status ServedStream::read_order() {
  const auto partner = ports_.partners.find(caller_.id);
  if (!partner || partner->state != PartnerState::kActive) {
    return core::Error{core::Code::kUnauthenticated,
                       "PARTNER_NOT_ACTIVE",
                       "this partner is not known or not active",
                       "ask the other side's admin",
                       {}};
  }
  auto order = read_request(request_, *partner, ports_.self, ports_.clock(), ports_.verify);
  if (!order) return std::move(order.error());
  order_ = std::move(*order);
  const auto open_receipts = ports_.accounts.unacknowledged(caller_.id);
  if (!open_receipts) return open_receipts.error();
  // Resuming is how a receipt that was lost on its way is had, to be acknowledged.
  if (*open_receipts <= ports_.max_unacknowledged || order_.resume) return core::ok();
  return core::Error{core::Code::kExhausted,
                     "RECEIPTS_UNACKNOWLEDGED",
                     std::to_string(*open_receipts) + " receipts were never acknowledged",
                     "acknowledge earlier receipts, then ask again",
                     {}};
}

// Deny wins: the agreement narrows what the policy permits, and never widens it.
core::Status ServedStream::agree() {
  if (order_.agreement_id.empty()) {
    if (!ports_.require_agreement) return core::ok();
    return core::denied("AGREEMENT_REQUIRED",
                        "data leave " + ports_.self.str() + " only under an agreement",
                        "negotiate one: connector catalog lists the offers");
  }
  if (!ports_.agreements) {
    return core::denied("AGREEMENT_NOT_FOUND", "no agreements are made here", {});
  }
  auto granted =
      grant(order_.agreement_id, fetch_facts(order_.purpose), ports_.agreements, *ports_.offers());
  if (!granted) return std::move(granted.error());
  granted_ = std::move(*granted);
  if (granted_.changes_at) wake_at(*granted_.changes_at);
  return core::ok();
}

FetchFacts ServedStream::fetch_facts(const core::Purpose& purpose) const {
  return {caller_.id, dataset_, purpose, ports_.clock(),
          ports_.partners.party_ids(caller_.id.participant)};
}

// At each batch: judged anew only where the agreement or the time says so.
core::Status ServedStream::still_agreed() {
  if (order_.agreement_id.empty()) return core::ok();
  const auto now = ports_.agreements(order_.agreement_id);
  if (!now) return now.error();
  const bool same = *now == granted_.agreement;
  const bool in_time = !granted_.changes_at || ports_.clock() < *granted_.changes_at;
  return same && in_time ? core::ok() : agree();
}

// At that moment, whether or not anybody reads.
void ServedStream::wake_at(core::EpochNs when) {
  if (ports_.schedule == nullptr) return;
  ports_.schedule->at(when, "stream/" + order_.request_id, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self) self->ports_.run([self] { self->look_again(); });
  });
}

core::Status ServedStream::decide() {
  decision::Question question = visibility_.question("fetch", caller_.id, dataset_);
  question.purpose = order_.purpose;
  question.request_id = order_.request_id;
  question.agreement_id = order_.agreement_id;
  {
    std::lock_guard lock(mutex_);
    question_ = question;
  }
  auto decided = ports_.decisions.decide(question);
  if (!decided) return std::move(decided.error());
  if (!(*decided)->allow) {
    decision_ = std::move(*decided);
    const std::string code =
        decision_->partner_code.empty() ? "POLICY_DENIED" : decision_->partner_code;
    return core::denied(code, "the policy of " + ports_.self.str() + " does not allow this",
                        "ask its admin, naming the decision id");
  }
  auto rules = rules_.of(*decided, question, granted_.fields, granted_.consenting);
  if (!rules) return std::move(rules.error());
  plan_ = (*rules)->plan;
  program_ = (*rules)->program;
  masked_ = (*rules)->masked;
  decision_ = std::move(*decided);
  return core::ok();
}

// A filter on a field that is hidden from the caller would tell its value by trial.
core::Status ServedStream::check_filter() const {
  const auto& kinds = dataset_.kinds;
  for (const FilterUse& use : kFilterUses) {
    const bool applies =
        kinds.empty() || std::find(kinds.begin(), kinds.end(), use.kind) != kinds.end();
    if (!applies || !filters_on(order_.selection, use.on) || !program_->hides(use.path)) continue;
    return core::denied("FILTER_NOT_ALLOWED",
                        "the request filters on a field that is withheld from its sender",
                        "leave that filter out");
  }
  return core::ok();
}

core::Status ServedStream::start() {
  position_ = Position{.caller = caller_.id.str(),
                       .dataset = dataset_.id.str(),
                       .first_request = order_.request_id,
                       .order_digest = order_.order_digest,
                       .chain = chain_start(order_.digest)};
  if (!order_.changed_since.empty()) {
    auto since = open_position(order_.changed_since, caller_.id, ports_.sealer);
    if (!since) return std::move(since.error());
    if (since->dataset != dataset_.id.str()) {
      return core::invalid("POSITION_INVALID", "the position belongs to another dataset");
    }
    position_.since = since->sequence;
    position_.sequence = since->sequence;
  }
  auto bound = ports_.records.last_sequence(dataset_.id);
  if (!bound) return std::move(bound.error());
  position_.bound = *bound;
  return core::ok();
}

core::Status ServedStream::resume() {
  auto position = open_position(order_.resume->position, caller_.id, ports_.sealer);
  if (!position) return std::move(position.error());
  if (position->first_request != order_.resume->first_request ||
      position->order_digest != order_.order_digest ||
      core::view(position->chain) != order_.resume->chain_head) {
    return core::invalid("RESUME_MISMATCH",
                         "the request does not continue the fetch that its position belongs to",
                         "repeat the first request's dataset, purpose and filter unchanged");
  }
  position_ = std::move(*position);
  if (position_.sequence < position_.bound) return core::ok();
  auto first = ports_.accounts.by_request(caller_.id, true, position_.first_request);
  if (!first) return std::move(first.error());
  if (!*first || (*first)->receipt.empty()) return core::ok();
  auto receipt = envelope_from_json((*first)->receipt);
  if (!receipt) return std::move(receipt.error());
  if (receipt->key_id == ports_.signer.key_id().str()) {
    receipt_ = std::move(*receipt);
    return core::ok();
  }
  return renew(*receipt);
}

// Its key was rotated out since, and its consumer would not take it any more: the same facts,
// signed by the key in use.
core::Status ServedStream::renew(const SignedEnvelope& receipt) {
  auto facts = receipt_facts(receipt);
  if (!facts) return std::move(facts.error());
  auto checkpoint = ports_.checkpoint();
  if (!checkpoint) return std::move(checkpoint.error());
  facts->request_id = order_.request_id;
  facts->request_digest = order_.digest;
  facts->checkpoint = std::move(*checkpoint);
  facts->at = ports_.clock();
  receipt_ = sign_receipt(*facts, ports_.signer);
  renewed_ = true;
  return core::ok();
}

// Everything had been sent: the receipt again, and this part is on record as well.
void ServedStream::repeat_receipt(Done done) {
  phase_ = Phase::kReceipt;
  expected_.reset();
  {
    std::lock_guard lock(mutex_);
    ++in_flight_;
  }
  Commit commit{.entries = {entry_opened(facts(), true, ports_.random)},
                .effects = {remember(), opening(),
                            CloseAccount{account_,
                                         "complete",
                                         renewed_ ? to_json_text(*receipt_) : std::string(),
                                         {}}},
                .on_behalf_of = caller_.id};
  commit.entries.push_back(
      entry_closed(facts(), true, {"complete", {}, core::hex(core::sha256(receipt_->payload)), {}},
                   ports_.random));
  ports_.log.append(std::move(commit), [self = shared_from_this(),
                                        done = std::move(done)](core::Result<LogSpan> span) {
    {
      std::lock_guard lock(self->mutex_);
      --self->in_flight_;
      self->over_ = true;
      self->complete_ = true;
    }
    if (!span) return self->deliver(done, std::move(span.error()));
    self->deliver(done, StreamPart(*self->receipt_));
  });
}

void ServedStream::refuse(core::Error error, Done done, bool remembered) {
  phase_ = Phase::kClosed;
  expected_.reset();
  account_.clear();  // none was opened
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  if (decision_ && !decision_->decision_id.empty()) {
    error.metadata["decisionId"] = decision_->decision_id;
  }
  Commit commit{.entries = {entry_refused(facts(), error, ports_.random)},
                .effects = {},
                .on_behalf_of = caller_.id};
  const bool effective = remembered && !order_.request_id.empty();
  if (effective) commit.effects.push_back(remember());
  ports_.log.append(std::move(commit),
                    [self = shared_from_this(), done = std::move(done), error = std::move(error),
                     effective](core::Result<LogSpan> span) mutable {
                      if (span) return self->deliver(done, std::move(error));
                      // Asked a second time: on record once more, without what can be remembered
                      // only once.
                      if (effective && span.error().reason == "REPLAYED") {
                        return self->refuse(std::move(error), std::move(done), false);
                      }
                      // A refusal that could not be written is a refusal all the same; its cause is
                      // told.
                      self->deliver(done, std::move(span.error()));
                    });
}

RememberRequest ServedStream::remember() const {
  return {caller_.id,
          order_.request_id,
          core::hex(order_.digest),
          order_.issued_s + limits::kRequestIdKept.count(),
          account_,
          facts().first_request};
}

OpenAccount ServedStream::opening() const {
  return {account_,          caller_.id,         true, position_.first_request,
          order_.request_id, order_.order_digest};
}

core::Status ServedStream::still_allowed() {
  const auto partner = ports_.partners.find(caller_.id);
  if (!partner || partner->state != PartnerState::kActive) {
    return core::Error{core::Code::kUnauthenticated,
                       "PARTNER_NOT_ACTIVE",
                       "the partner was suspended or revoked",
                       {},
                       {}};
  }
  if (auto agreed = still_agreed(); !agreed) return agreed;
  const std::int64_t now_s = ports_.clock() / 1'000'000'000;
  const bool same = ports_.decisions.revision() == decision_->revision;
  if (same && now_s < decision_->valid_until_s) return core::ok();
  // Another revision may say otherwise which fields a label means.
  if (auto agreed = order_.agreement_id.empty() ? core::ok() : agree(); !agreed) return agreed;
  auto decided = decide();
  if (decided) decided = check_filter();
  if (decided) return core::ok();
  if (decided.error().code == core::Code::kDenied) return policy_changed(decision_->decision_id);
  return decided;
}

}  // namespace connector::exchange
