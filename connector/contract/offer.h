// What is offered to whom: datasets under a policy. An admin writes the ordinary terms in a short
// form; this room turns them into the normal form and knows nothing of files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "contract/policy.h"
#include "core/json.h"
#include "core/name.h"
#include "core/result.h"

namespace connector::contract {

struct Offer {
  std::string id;     // "quality-project-y": the name of its file
  std::string title;  // for people
  // Ids, or a beginning with "*" behind it: "quality-*".
  std::vector<std::string> datasets;
  // Who may see it: participants, and groups of the company's own table. Neither listed: nobody.
  std::vector<core::ParticipantId> participants;
  std::vector<std::string> groups;
  Policy policy;  // type kOffer, id = id
};

// The keys of the short form; policy/README.md says what each means.
const std::vector<std::string>& offer_keys();

// The short form, as read from YAML. The error (OFFER_INVALID) lists every mistake, a line each,
// with its key before the first colon.
core::Result<Offer> read_offer(const std::string& id, const core::Json& short_form);

// Does the pattern of an offer or agreement cover the dataset?
bool covers(std::string_view pattern, std::string_view dataset);

}  // namespace connector::contract
