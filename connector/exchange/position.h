// Where a fetch stands. Sealed when it travels: a partner sends it back unchanged and learns
// nothing from it, not even how many rows were skipped.
#pragma once

#include <cstdint>
#include <string>

#include "core/digest.h"
#include "core/result.h"
#include "exchange/ports.h"

namespace connector::exchange {

struct Position {
  std::string caller;  // "did:web:x/site": nobody else can use it
  std::string dataset;
  std::string first_request;   // request id of the first part
  std::string order_digest;    // what was asked, without id and time: hex
  std::uint64_t sequence = 0;  // last row looked at
  std::uint64_t since = 0;     // changed since: what the caller has had already
  std::uint64_t bound = 0;     // last row of this fetch
  std::uint64_t index = 0;     // of the last batch
  std::uint64_t records = 0;   // released so far, over all parts
  std::uint64_t bytes = 0;
  core::Digest chain{};  // head after that batch
};

std::string seal(const Position& position, const Sealer& sealer);
// POSITION_INVALID: not ours, altered, or of another caller.
core::Result<Position> open_position(const std::string& token, const core::Connector& caller,
                                     const Sealer& sealer);

}  // namespace connector::exchange
