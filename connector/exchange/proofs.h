// Proofs from our own log: what the audit and the partners' GetProof are made of.
#pragma once

#include <string>
#include <vector>

#include "exchange/partner_client.h"
#include "exchange/ports.h"

namespace connector::exchange {

// Inclusion of these entries in the tree of the checkpoint (a signed note of ours), and
// consistency from from_size (0: none) to it.
core::Result<Proof> prove(const Log& log, const std::string& checkpoint,
                          const std::vector<std::uint64_t>& indexes, std::uint64_t from_size);

// RFC 6962 consistency of two roots.
bool consistent(std::uint64_t old_size, const core::Digest& old_root, std::uint64_t new_size,
                const core::Digest& new_root, const std::vector<std::string>& proof);

}  // namespace connector::exchange
