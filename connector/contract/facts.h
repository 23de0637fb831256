// What the connector that enforces an agreement knows at the moment of a fetch or a use.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "contract/negotiation.h"
#include "core/decimal.h"
#include "core/instant.h"
#include "core/name.h"

namespace connector::contract {

// One that the admin has recorded for this agreement and, where it recurs, for the period that
// runs. The texts are as in the term that it answers.
struct Payment {
  core::Decimal amount;
  std::string unit;       // "http://dbpedia.org/resource/Euro"
  std::string frequency;  // "freq:annual"
  std::string contract;   // "http://dbpedia.org/page/Rent"
  std::string interval;   // "P1M"
};

// An empty text or list is not known: a term of ours that needs it is not fulfilled, and a
// prohibition that needs it applies. A list that is known to be empty is {""}.
struct Facts {
  // The provider judges terms labelled as its own or both, the consumer likewise.
  Role enforcer = Role::kProvider;
  std::string action = "use";  // what is to be done, in the words of the registry
  core::EpochNs now = 0;
  core::EpochNs concluded = 0;  // of the agreement
  core::Connector consumer;     // from the certificate, or ourselves
  std::string dataset;          // its id
  std::uint64_t count = 0;      // uses made before this one

  std::string purpose;                      // that is stated for this fetch or use
  std::string application;                  // that uses
  std::string security_level;               // "idsc:TRUST_SECURITY_PROFILE"
  std::vector<std::string> roles;           // of the user
  std::vector<std::string> places;          // where the use takes place; with what they lie in
  std::vector<std::string> partner_places;  // where the partner has its seat; likewise
  std::vector<std::string> events;
  std::vector<std::string> states;
  std::vector<std::string> groups;       // of the consumer, in the table of partners
  std::vector<std::string> party_ids;    // of the consumer, confirmed: business partner numbers
  std::vector<std::string> memberships;  // of the consumer: "active"
  std::vector<std::string> labels;       // of the dataset
  std::vector<std::string> artifact_states;

  std::vector<Payment> payments;
  std::vector<std::string> consents;  // persons who consent to this use
  bool rows_by_consent = false;       // the row plan leaves out who has not consented
};

}  // namespace connector::contract
