// The vault's rows: sealed records, tags to find them by, uses, duties, what is to be sent.
#pragma once

#include "exchange/vault.h"
#include "store/readers.h"
#include "store/writer.h"

namespace connector::store {

class VaultBook final : public exchange::Vault, public exchange::VaultWork {
 public:
  explicit VaultBook(Readers& readers) : readers_(readers) {}
  void use(Writer& writer) { writer_ = &writer; }

  core::Result<std::optional<exchange::VaultFacts>> facts(
      const std::string& agreement) const override;
  core::Result<std::vector<exchange::VaultFacts>> list() const override;
  core::Result<std::vector<exchange::StoredObject>> page(const std::string& agreement,
                                                         const exchange::VaultFilter& filter,
                                                         std::uint64_t after,
                                                         std::size_t most) const override;
  core::Result<core::EpochNs> seen() const override;
  core::Status purge() override;

  core::Result<std::vector<exchange::PutDuty>> duties() const override;
  core::Result<std::vector<exchange::Outgoing>> outgoing() const override;
  core::Result<std::vector<exchange::KeepStatement>> statements(
      const std::string& agreement) const override;

 private:
  Readers& readers_;
  Writer* writer_ = nullptr;
};

extern const char* const kVaultTables;

// In the writer's transaction.
core::Status write_vault(Database& database, const exchange::VaultEffect& effect);

}  // namespace connector::store
