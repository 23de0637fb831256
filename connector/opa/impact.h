// What another policy would have made of the decisions that the journal remembers, and of those
// that live agreements would ask for now.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/json.h"
#include "opa/bench.h"

namespace connector::opa {

// A question that somebody stands ready to ask: of a live agreement, for example.
struct LiveQuestion {
  std::string name;  // for people: "agreement 0f3c..."
  decision::Question question;
};

struct ImpactOptions {
  std::size_t most = 10'000;       // of the journal's newest decisions
  std::vector<LiveQuestion> live;  // asked of both policies
  // Reports how many of how many were judged; false: the caller is gone. May be empty.
  std::function<bool(std::size_t done, std::size_t all)> progress;
};

struct Impact {
  std::size_t decisions = 0;  // looked at
  std::size_t distinct = 0;   // questions among them: request and time apart the same
  std::size_t skipped = 0;    // lines of other decisions than list and fetch
  std::size_t changed = 0;    // decisions that would have come out otherwise
  std::size_t live = 0;       // questions of live agreements
  std::size_t live_changed = 0;
  // One for each distinct question that changes: {"name", "partner", "site", "dataset", "purpose",
  // "point", "decisions", "decision" (the id of the newest), "verdict", "rows", "fields", "limits",
  // "reasons"}; the last five hold "before" and "after", where these differ.
  std::vector<core::Json> changes;
};

// journal: folder of the decisions. Each distinct question is asked once: of the candidate always,
// of the base only where the journal does not hold the answer of that very revision.
core::Result<Impact> impact(const std::filesystem::path& journal, Bench& base, Bench& candidate,
                            const ImpactOptions& options);

core::Json to_json(const Impact& impact);

}  // namespace connector::opa
