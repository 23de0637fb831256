// What an agreement grants to one fetch: held against its terms natively, at the provider.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "contract/facts.h"
#include "decision/decision.h"
#include "decision/subjects.h"
#include "exchange/agreements.h"
#include "exchange/offer_table.h"
#include "exchange/records.h"

namespace connector::exchange {

// From memory where it can; null: none has this id.
using AgreementById =
    std::function<core::Result<std::shared_ptr<const KeptAgreement>>(const std::string& id)>;

struct Granted {
  std::shared_ptr<const KeptAgreement> agreement;
  std::vector<decision::FieldRule> fields;  // on top of the company's: the stricter one holds
  // Where each person concerned has to consent: those who do. Null: it is not asked for.
  std::shared_ptr<const decision::Subjects> consenting;
  std::optional<core::EpochNs> changes_at;  // when time alone may end it
};

// One fetch, as far as an agreement speaks of it.
struct FetchFacts {
  core::Connector caller;
  const DatasetInfo& dataset;
  core::Purpose purpose;
  core::EpochNs now = 0;
  std::vector<std::string> party_ids;  // of the caller, confirmed
};

// Refused: AGREEMENT_NOT_FOUND (none of this id between the two, or it does not cover the dataset),
// AGREEMENT_ENDED, AGREEMENT_NOT_IN_FORCE, AGREEMENT_TERM (metadata "term": its path).
core::Result<Granted> grant(const std::string& id, const FetchFacts& facts,
                            const AgreementById& agreements, const OfferTable& table);

}  // namespace connector::exchange
