// The offers of one policy revision, and who sees which. Built once at publication; a look-up and a
// page cost what they give, however many offers there are.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/agreement.h"
#include "contract/facts.h"
#include "contract/offer.h"
#include "core/name.h"
#include "decision/subjects.h"

namespace connector::exchange {

// What the company's table of partners says of one participant.
struct PartnerGroups {
  std::vector<std::string> groups;
  std::vector<std::string> sites;  // empty: every site
  // Stated by our own admin; empty: not known, so that a term that needs it is not fulfilled.
  std::vector<std::string> places;
  std::vector<std::string> memberships;
  std::string security_level;  // "idsc:TRUST_SECURITY_PROFILE"
};
using PartnerTable = std::map<core::ParticipantId, PartnerGroups>;

struct StatedPayment {
  contract::Payment payment;
  std::optional<core::EpochNs> until;  // it holds before this moment; none: for good
};
// By the agreement's id, or by what paid_for() makes of partner and offer.
using Payments = std::map<std::string, std::vector<StatedPayment>>;
std::string paid_for(const core::ParticipantId& partner, const std::string& offer);

// What else the tables state that terms of agreements are held against.
struct StatedFacts {
  PartnerTable partners;
  std::vector<std::string> events;
  std::vector<std::string> states;
  std::shared_ptr<const decision::Subjects> consenting =
      std::make_shared<const decision::Subjects>();  // persons; never null
  Payments payments;
  std::map<std::string, std::vector<std::string>> label_paths;  // label -> fields that have it
};

class OfferTable {
 public:
  OfferTable() = default;
  OfferTable(core::Revision revision, std::vector<contract::Offer> offers, StatedFacts stated);

  const core::Revision& revision() const { return revision_; }
  // Is it offered to this caller? The one rule; find and page are the same look-up.
  bool offered_to(const core::Connector& caller, const contract::Offer& offer) const;
  // Null where there is none of this id, or it is not offered to the caller.
  const contract::Offer* find(const core::Connector& caller, const std::string& id) const;
  // The first offers with an id behind `after`, in the order of their ids, at most so many.
  std::vector<const contract::Offer*> page(const core::Connector& caller, std::string_view after,
                                           std::size_t most) const;
  std::vector<std::string> groups_of(const core::Connector& caller) const;
  const std::vector<std::string>& paths_labelled(const std::string& label) const;
  void add_stated_facts(const core::ParticipantId& consumer, contract::Facts& facts) const;
  const std::shared_ptr<const decision::Subjects>& consenting() const { return stated_.consenting; }
  // What is paid at facts.now; the moment at which the first of it lapses.
  std::optional<core::EpochNs> add_payments(const contract::Agreement& agreement,
                                            contract::Facts& facts) const;
  const std::vector<contract::Offer>& all() const { return offers_; }

 private:
  using Places = std::vector<std::size_t>;  // in offers_, ascending

  core::Revision revision_;
  std::vector<contract::Offer> offers_;  // by id
  StatedFacts stated_;
  std::map<std::string, Places> by_group_;
  std::map<core::ParticipantId, Places> by_participant_;
};

// As published now; never null.
using Offers = std::function<std::shared_ptr<const OfferTable>()>;

}  // namespace connector::exchange
