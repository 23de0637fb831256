// ODRL as partners write it, in any of the spellings that occur (docs/odrl.md), into the normal
// form. Nothing is dropped: what is not understood is an error that names its JSON path and place.
// For untrusted text; nothing is fetched, and no address in a document is ever called.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "contract/policy.h"
#include "core/json.h"
#include "core/result.h"

namespace connector::contract {

struct ReadOptions {
  // Contexts by address, as if every document named them first.
  std::vector<std::string> contexts;
};

struct Found {
  Policy policy;
  std::size_t document = 0;  // counts the documents of the text, from 0
  std::string path;          // "$.offer", "$.dataset[0].hasPolicy[1]"
  std::string dataset;       // of an offer in a catalogue: what it is for; else empty
};

struct Reading {
  std::vector<Found> policies;
  std::vector<Fact> facts;
  std::size_t documents = 0;
};

// The policies and facts of a text: one JSON document or several. A document is a policy, a list of
// policies, a message or a catalogue of the Dataspace Protocol (policies are looked for where the
// protocol has them; one without is read as holding none), or facts about parties and assets.
core::Result<Reading> read_text(std::string_view text, const ReadOptions& options = {});
core::Result<Reading> read_document(const core::Json& document, const ReadOptions& options = {});

// The one policy of a document; none, or more than one, is an error.
core::Result<Policy> read_policy(const core::Json& document, const ReadOptions& options = {});
// A constraint that stands alone.
core::Result<Constraint> read_constraint(const core::Json& constraint,
                                         const ReadOptions& options = {});

}  // namespace connector::contract
