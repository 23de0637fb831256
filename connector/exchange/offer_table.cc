#include "exchange/offer_table.h"

#include <algorithm>

namespace connector::exchange {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Once, though an admin may have named a group twice.
void add(std::vector<std::size_t>& places, std::size_t place) {
  if (places.empty() || places.back() != place) places.push_back(place);
}

}  // namespace

std::string paid_for(const core::ParticipantId& partner, const std::string& offer) {
  return partner.str() + ' ' + offer;
}

OfferTable::OfferTable(core::Revision revision, std::vector<contract::Offer> offers,
                       StatedFacts stated)
    : revision_(std::move(revision)), offers_(std::move(offers)), stated_(std::move(stated)) {
  std::sort(offers_.begin(), offers_.end(),
            [](const auto& one, const auto& other) { return one.id < other.id; });
  for (std::size_t place = 0; place < offers_.size(); ++place) {
    for (const std::string& group : offers_[place].groups) add(by_group_[group], place);
    for (const auto& participant : offers_[place].participants) {
      add(by_participant_[participant], place);
    }
  }
}

std::vector<std::string> OfferTable::groups_of(const core::Connector& caller) const {
  const auto found = stated_.partners.find(caller.participant);
  if (found == stated_.partners.end()) return {};
  const PartnerGroups& partner = found->second;
  if (!partner.sites.empty() && !contains(partner.sites, caller.site.str())) return {};
  return partner.groups;
}

const std::vector<std::string>& OfferTable::paths_labelled(const std::string& label) const {
  static const std::vector<std::string> none;
  const auto found = stated_.label_paths.find(label);
  return found == stated_.label_paths.end() ? none : found->second;
}

void OfferTable::add_stated_facts(const core::ParticipantId& consumer,
                                  contract::Facts& facts) const {
  facts.events = stated_.events;
  facts.states = stated_.states;
  const auto found = stated_.partners.find(consumer);
  if (found == stated_.partners.end()) return;
  facts.places = found->second.places;
  facts.partner_places = found->second.places;
  facts.memberships = found->second.memberships;
  facts.security_level = found->second.security_level;
}

std::optional<core::EpochNs> OfferTable::add_payments(const contract::Agreement& agreement,
                                                      contract::Facts& facts) const {
  std::optional<core::EpochNs> lapse;
  for (const std::string& key :
       {agreement.id, paid_for(agreement.consumer.participant, agreement.offer)}) {
    const auto found = stated_.payments.find(key);
    if (found == stated_.payments.end()) continue;
    for (const StatedPayment& one : found->second) {
      if (one.until && facts.now >= *one.until) continue;
      facts.payments.push_back(one.payment);
      if (one.until) lapse = lapse ? std::min(*lapse, *one.until) : *one.until;
    }
  }
  return lapse;
}

bool OfferTable::offered_to(const core::Connector& caller, const contract::Offer& offer) const {
  const auto& named = offer.participants;
  if (std::find(named.begin(), named.end(), caller.participant) != named.end()) return true;
  const auto groups = groups_of(caller);
  return std::any_of(groups.begin(), groups.end(),
                     [&](const std::string& group) { return contains(offer.groups, group); });
}

const contract::Offer* OfferTable::find(const core::Connector& caller,
                                        const std::string& id) const {
  const auto place =
      std::lower_bound(offers_.begin(), offers_.end(), id,
                       [](const auto& offer, const auto& key) { return offer.id < key; });
  const bool there = place != offers_.end() && place->id == id;
  return there && offered_to(caller, *place) ? &*place : nullptr;
}

std::vector<const contract::Offer*> OfferTable::page(const core::Connector& caller,
                                                     std::string_view after,
                                                     std::size_t most) const {
  std::vector<const Places*> lists;
  const auto named = by_participant_.find(caller.participant);
  if (named != by_participant_.end()) lists.push_back(&named->second);
  for (const std::string& group : groups_of(caller)) {
    const auto found = by_group_.find(group);
    if (found != by_group_.end()) lists.push_back(&found->second);
  }
  // The first few of each list hold the first few of all.
  Places places;
  for (const Places* list : lists) {
    auto place = std::upper_bound(
        list->begin(), list->end(), after,
        [this](std::string_view key, std::size_t one) { return key < offers_[one].id; });
    for (std::size_t i = 0; i < most && place != list->end(); ++i) places.push_back(*place++);
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  std::vector<const contract::Offer*> page;
  for (std::size_t i = 0; i < places.size() && i < most; ++i) page.push_back(&offers_[places[i]]);
  return page;
}

}  // namespace connector::exchange
