// The catalogue, and how agreements end.
#include <algorithm>

#include "contract/policy_json.h"
#include "core/limits.h"
#include "exchange/contract_entries.h"
#include "exchange/contracting_turn.h"
#include "exchange/statements.h"

namespace connector::exchange {
namespace {

namespace limits = core::limits;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

core::Error no_agreement(const std::string& id) {
  return {core::Code::kNotFound,
          "AGREEMENT_NOT_FOUND",
          "no agreement " + id,
          "connector agreement list",
          {}};
}

bool covered(const contract::Offer& offer, const std::string& dataset) {
  return std::any_of(offer.datasets.begin(), offer.datasets.end(), [&](const std::string& pattern) {
    return contract::covers(pattern, dataset);
  });
}

// As its audience sees it: nothing where none of its datasets is visible.
std::optional<OfferItem> item_of(const contract::Offer& offer,
                                 const std::vector<DatasetInfo>& visible) {
  OfferItem item{offer.id, offer.title, {}, offer.datasets, contract::to_text(offer.policy)};
  for (const DatasetInfo& dataset : visible) {
    if (covered(offer, dataset.id.str())) item.datasets.push_back(dataset);
  }
  if (item.datasets.empty()) return std::nullopt;
  return item;
}

AgreementEnd end_of(const KeptAgreement& kept, const core::Connector& self) {
  return {kept.terms.id, self, kept.partner, kept.ended_s, kept.reason};
}

}  // namespace

core::Result<OfferPage> Contracting::list_offers(const Caller& caller, const OfferQuery& query) {
  if (query.page_size < 0) {
    return core::invalid("PAGE_INVALID", "page_size is negative; 0 means the default of 50");
  }
  const std::string binding = caller.id.str() + "\n" + query.dataset + "\n" + query.offer + "\n";
  std::string after;
  if (!query.page_token.empty()) {
    const auto opened = ports_.sealer.open(query.page_token);
    if (!opened || opened->rfind(binding, 0) != 0) {
      return core::invalid("PAGE_INVALID", "page_token does not belong to this list",
                           "start again without a page_token");
    }
    after = opened->substr(binding.size());
  }
  const auto visible = ports_.datasets(caller.id);
  if (!visible) return visible.error();
  const auto table = ports_.offers();
  OfferPage page;
  if (!query.offer.empty()) {
    const contract::Offer* offer = table->find(caller.id, query.offer);
    auto item = offer == nullptr ? std::nullopt : item_of(*offer, *visible);
    if (item) page.offers.push_back(std::move(*item));
    return page;
  }
  const std::size_t size =
      query.page_size == 0
          ? limits::kPageSizeDefault
          : std::min(static_cast<std::size_t>(query.page_size), limits::kPageSizeMax);
  // Pages of the table until one of ours is full: what shows none of its datasets is left out.
  for (bool more = true; more && page.offers.size() < size;) {
    const auto found = table->page(caller.id, after, size);
    more = found.size() == size;
    for (const contract::Offer* offer : found) {
      after = offer->id;
      if (!query.dataset.empty() && !covered(*offer, query.dataset)) continue;
      if (auto item = item_of(*offer, *visible)) page.offers.push_back(std::move(*item));
      if (page.offers.size() == size) break;
    }
  }
  if (page.offers.size() == size) page.next_page_token = ports_.sealer.seal(binding + after);
  return page;
}

void Contracting::end_agreement(const Caller& caller, SignedEnvelope envelope,
                                std::function<void(core::Result<std::string>)> done) {
  const auto partner = ports_.partners.find(caller.id);
  if (!partner) return done(no_agreement({}));
  auto payload = open_from(envelope, kAgreementEndType, *partner, ports_.clock(), ports_.verify);
  if (!payload) return done(std::move(payload.error()));
  auto end = read_agreement_end(*payload);
  if (!end) return done(std::move(end.error()));
  if (end->from != caller.id || end->audience != ports_.self) {
    return done(core::invalid("AUDIENCE_MISMATCH", "the end was said by or to somebody else"));
  }
  auto kept = ports_.contracts.agreement(end->agreement);
  if (!kept) return done(std::move(kept.error()));
  if (!*kept || (*kept)->partner != caller.id) return done(no_agreement(end->agreement));
  if ((*kept)->state == AgreementState::kEnded) return done(ports_.checkpoint());
  KeptAgreement ended = std::move(**kept);
  ended.state = AgreementState::kEnded;
  ended.ended_s = ports_.clock() / kNsPerSecond;
  ended.ended_by = caller.id.str();
  ended.reason = end->reason;
  Change change;
  change.kind = kContractEnded;
  change.self = ports_.self;
  change.partner = caller.id;
  change.subject = core::hex(core::sha256(*payload));
  change.detail = "heard " + end->reason;
  change.at = ports_.clock();
  change.agreement_id = end->agreement;
  change.role = contract::name_of(ended.role);
  Commit commit{.entries = {entry_change(change, ports_.random)},
                .effects = {RequireIntroduction{caller.id, partner->introduction_digest},
                            PutAgreement{std::move(ended)}},
                .on_behalf_of = caller.id};
  ports_.log.append(std::move(commit), [this, id = end->agreement,
                                        done = std::move(done)](core::Result<LogSpan> span) {
    if (!span) return done(std::move(span.error()));
    forget(id);
    done(ports_.checkpoint());
  });
}

core::Result<KeptAgreement> Contracting::end(const std::string& id, const std::string& reason,
                                             std::int64_t uid) {
  auto kept = ports_.contracts.agreement(id);
  if (!kept) return std::move(kept.error());
  if (!*kept) return no_agreement(id);
  if ((*kept)->state == AgreementState::kEnded) return std::move(**kept);
  if ((*kept)->state == AgreementState::kSigned) {
    return core::Error{core::Code::kConflict,
                       "AGREEMENT_NOT_IN_FORCE",
                       "the other side has not signed the agreement yet",
                       "wait for it: connector agreement show " + id,
                       {}};
  }
  KeptAgreement ended = std::move(**kept);
  ended.state = AgreementState::kEnded;
  ended.ended_s = ports_.clock() / kNsPerSecond;
  ended.ended_by = ports_.self.str();
  ended.reason = reason;
  ended.end_delivered = false;
  Change change;
  change.kind = kContractEnded;
  change.self = ports_.self;
  change.partner = ended.partner;
  change.subject = core::hex(core::sha256(to_payload(end_of(ended, ports_.self))));
  change.detail = "said " + reason;
  change.uid = uid;
  change.at = ports_.clock();
  change.agreement_id = id;
  change.role = contract::name_of(ended.role);
  // Shared: the committer may still be inside set_value when get returns.
  auto promise = std::make_shared<std::promise<core::Status>>();
  auto future = promise->get_future();
  ports_.log.append({.entries = {entry_change(change, ports_.random)},
                     .effects = {PutAgreement{ended}},
                     .on_behalf_of = {}},
                    [promise](core::Result<LogSpan> span) {
                      promise->set_value(span ? core::ok() : core::Status(std::move(span.error())));
                    });
  if (auto written = future.get(); !written) return std::move(written.error());
  forget(id);
  deliver_end(id);
  return ended;
}

// Tells the partner; again, later and later, until it has heard.
void Contracting::deliver_end(const std::string& id) {
  ports_.call([this, id] {
    auto kept = ports_.contracts.agreement(id);
    if (!kept || !*kept || (*kept)->end_delivered) return;
    const auto partner = ports_.partners.find((*kept)->partner);
    if (!partner || partner->state != PartnerState::kActive) return;
    const auto told = ports_.client.end_agreement(
        *partner,
        sign_payload(kAgreementEndType, to_payload(end_of(**kept, ports_.self)), ports_.signer));
    if (told) {
      KeptAgreement heard = std::move(**kept);
      heard.end_delivered = true;
      // Where this cannot be written the partner is told once more.
      ports_.log.append(
          {.entries = {}, .effects = {PutAgreement{std::move(heard)}}, .on_behalf_of = {}},
          [](const core::Result<LogSpan>&) {});
      return;
    }
    std::chrono::seconds wait{};
    {
      std::lock_guard lock(mutex_);
      auto& patience = patience_[id];
      patience = patience.count() == 0
                     ? limits::kRetryFirst
                     : std::min(2 * patience, std::chrono::seconds(limits::kRetryMost));
      wait = patience;
    }
    ports_.schedule.at(ports_.clock() + wait.count() * kNsPerSecond, "end/" + id,
                       [this, id] { deliver_end(id); });
  });
}

}  // namespace connector::exchange
