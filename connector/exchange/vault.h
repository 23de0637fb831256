// Ports: what lies in the vault, as the store keeps it: sealed, with counters and duties beside it.
// Changes are effects of log.h, so that they come with their log entries or not at all. No method
// throws; all may be called by several threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/instant.h"
#include "core/name.h"
#include "core/result.h"

namespace connector::exchange {

// One record. Tags are of its agreement's key (exchange/vault_keys.h), or empty.
struct SealedObject {
  std::string object;  // "<account>/<batch>/<number>": unique
  std::string sealed;
  std::string kind;
  std::string key;
  std::string order;
  std::string day;        // of its event time, UTC
  std::string withdraws;  // the key that this tombstone takes back
  std::vector<std::string> items;
};

// ---- effects ----

// Fails the commit with VAULT_EMPTIED once the agreement's data were deleted.
struct KeepSealed {
  core::Connector from;
  std::string agreement;
  core::DatasetId dataset;
  std::string account;
  std::uint64_t batch = 0;
  std::vector<SealedObject> objects;
  std::vector<std::string> masked;  // paths
  core::EpochNs at = 0;
};
// One use. Fails the commit with USE_RACED when another number of uses is on record than was
// expected, and with STORE_RESTORED where uses are held back.
struct DebitUse {
  std::string agreement;
  std::optional<std::uint64_t> expected;  // none: not counted against a limit
  core::EpochNs at = 0;
};
// Uses that are known from elsewhere: never fewer than are on record. held: none until another.
struct SetUses {
  std::string agreement;
  std::uint64_t uses = 0;
  bool held = false;
};
// Of several with the same name the earliest deadline stands.
struct PutDuty {
  std::string agreement;
  std::string name;  // "delete"
  core::EpochNs due = 0;
};
struct EndDuty {
  std::string agreement;
  std::string name;
};
// Ciphertext and index go; uses, duties and statements stay.
struct EmptyVault {
  std::string agreement;
  core::EpochNs at = 0;
};
// What is to reach a partner; takes the place of an earlier one with the same name.
struct Outgoing {
  std::string name;  // "proof/<agreement>"
  core::Connector to;
  std::string agreement;
  std::string envelope;  // JSON; empty: what is true at that time is signed when it is sent
  std::uint64_t attempts = 0;
  core::EpochNs next = 0;
  std::uint64_t version = 0;  // of the row: each change adds one
};
struct PutOutgoing {
  Outgoing outgoing;
};
struct RetryOutgoing {  // later; unless it was changed since
  Outgoing outgoing;
};
struct DropOutgoing {  // unless it was changed since
  std::string name;
  std::uint64_t version = 0;
};
// A deletion proof or use statement, our own or a partner's: kept for ever. One that is there
// already is no error.
struct KeepStatement {
  core::Connector consumer;
  std::string agreement;
  std::string kind;    // "deletion-proof", "use-statement"
  std::string digest;  // SHA-256 of the payload, hex
  std::uint64_t uses = 0;
  core::EpochNs at = 0;  // when we had it
  std::string envelope;  // JSON
};
using VaultEffect = std::variant<KeepSealed, DebitUse, SetUses, PutDuty, EndDuty, EmptyVault,
                                 PutOutgoing, RetryOutgoing, DropOutgoing, KeepStatement>;

// ---- reading ----

struct VaultFacts {
  std::string agreement;
  core::Connector partner;
  std::uint64_t uses = 0;
  bool held = false;  // restored: none remain until the provider's last statement is fetched
  core::EpochNs first_use = 0;  // 0: none
  core::EpochNs last_use = 0;
  core::EpochNs emptied = 0;  // 0: not
  std::uint64_t objects = 0;  // that a use gives; emptied: that were deleted
};

// Tags: any of each list; an empty one narrows nothing.
struct VaultFilter {
  std::vector<std::string> kinds, orders, items, days;
  std::string dataset;  // empty: all
};

struct StoredObject {
  std::uint64_t id = 0;
  std::string object;
  core::DatasetId dataset;
  std::string account;
  std::string sealed;
};

class Vault {
 public:
  virtual ~Vault() = default;
  virtual core::Result<std::optional<VaultFacts>> facts(const std::string& agreement) const = 0;
  virtual core::Result<std::vector<VaultFacts>> list() const = 0;
  // In the order in which they came, without what was taken back.
  virtual core::Result<std::vector<StoredObject>> page(const std::string& agreement,
                                                       const VaultFilter& filter,
                                                       std::uint64_t after,
                                                       std::size_t most) const = 0;
  // The latest time that any effect above stated.
  virtual core::Result<core::EpochNs> seen() const = 0;
  // What was deleted is nowhere in the store's files when it returns. STORE_BUSY: try again.
  virtual core::Status purge() = 0;
};

class VaultWork {
 public:
  virtual ~VaultWork() = default;
  virtual core::Result<std::vector<PutDuty>> duties() const = 0;     // pending, first due first
  virtual core::Result<std::vector<Outgoing>> outgoing() const = 0;  // the next one first
  // Newest first. agreement empty: all.
  virtual core::Result<std::vector<KeepStatement>> statements(
      const std::string& agreement) const = 0;
};

}  // namespace connector::exchange
