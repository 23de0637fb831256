// Offers as an admin writes them: offers/<id>.yaml in short form, offers/<id>.odrl.json in ODRL.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "contract/offer.h"
#include "core/result.h"
#include "exchange/offer_table.h"
#include "opa/tables.h"

namespace connector::opa {

// The words of the company's tables that an offer may use. None of a kind: they are not checked.
struct OfferWords {
  std::vector<std::string> groups;
  std::vector<std::string> datasets;
  std::vector<std::string> purposes;
  std::vector<std::string> labels;
};
// As read_tables gives them.
OfferWords words_of(const core::Json& tables);

// Of a snapshot's files those whose name begins with "offers/"; ordered by id. The error
// (POLICY_INVALID) lists every mistake, a line each: "offers/quality.yaml:7: uses: ...".
core::Result<std::vector<contract::Offer>> read_offers(const Snapshot& files,
                                                       const OfferWords& words);

// Of the revision that is in force according to the engine's folder; none before the first
// publication.
core::Result<std::vector<contract::Offer>> offers_in_force(const std::filesystem::path& dir);

// Of a stored bundle, with the groups of partners that they are offered to.
core::Result<exchange::OfferTable> offer_table(const std::filesystem::path& bundle,
                                               const core::Revision& revision);
// Of the folder that an admin edits, held against its tables as they are now. datasets: ids that
// the configuration has.
core::Result<std::vector<contract::Offer>> offers_edited(const std::filesystem::path& folder,
                                                         const std::vector<std::string>& datasets);

// Is this the name of an offer's file, seen from the policy folder?
bool is_offer_file(const std::string& name);

}  // namespace connector::opa
