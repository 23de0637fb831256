// What is received under an agreement, on its way into the vault: sealed record by record under
// the agreement's key, anonymised first where that is a duty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "contract/agreement.h"
#include "exchange/log.h"
#include "exchange/records.h"
#include "exchange/vault_keys.h"

namespace connector::exchange {

// Field paths that identify persons or who is behind a record: what the duty "anonymize" takes out
// of it (docs/formats.md, "Vault").
const std::vector<std::string>& identifying_paths();

struct ReceivedPart {
  core::DatasetId dataset;
  std::string account;
  std::uint64_t batch = 0;
  const std::vector<std::string_view>& records;
  std::vector<std::string> masked;  // paths
  core::EpochNs at = 0;
};

class VaultIntake {
 public:
  explicit VaultIntake(VaultKeys& keys) : keys_(keys) {}

  // The effects that keep the records, and the deadline of their deletion, beside whatever else
  // the caller commits. KEY_DESTROYED, VAULT_KEYS_UNAVAILABLE; RECORD_INVALID: one that cannot be
  // anonymised.
  core::Result<std::vector<Effect>> take(const contract::Agreement& agreement,
                                         const ReceivedPart& part) const;

 private:
  VaultKeys& keys_;
};

// The tags by which a filter finds records.
core::Result<VaultFilter> tags_of(const Selection& selection, const VaultKey& key);
// Is the record within the times of the selection? What tags do not tell exactly.
bool in_time(const Selection& selection, std::string_view record);

}  // namespace connector::exchange
