// The keys of the vault, in a folder of their own beside the database and not in its backups:
//
//   kek-<g>     the key-encryption key of generation g: 32 bytes in hex
//   keys-<g>    a line for each agreement: its id, a blank, its data key wrapped under kek-<g>
//
// The generation in force is the highest one that has both files. A generation begins with its kek,
// then its keys; what is left of the one before is overwritten and unlinked, at the next start if
// not at once. docs/formats.md, "Vault".
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "exchange/vault_keys.h"

namespace connector::crypto {

class LiveKey;

class VaultKeyFiles final : public exchange::VaultKeys {
 public:
  // Makes the folder and the first generation where there are none.
  static core::Result<std::unique_ptr<VaultKeyFiles>> open(const std::string& folder);
  ~VaultKeyFiles() override;

  core::Result<std::shared_ptr<const exchange::VaultKey>> make(
      const std::string& agreement) override;
  core::Result<std::shared_ptr<const exchange::VaultKey>> find(
      const std::string& agreement) const override;
  core::Status destroy(const std::string& agreement) override;
  std::uint64_t generation() const;

 private:
  explicit VaultKeyFiles(std::string folder) : folder_(std::move(folder)) {}
  core::Status load();
  core::Status read_keys();
  core::Status begin(std::uint64_t generation);
  core::Status clear_others();
  std::string path(const char* name, std::uint64_t generation) const;

  const std::string folder_;
  mutable std::mutex mutex_;
  std::uint64_t generation_ = 0;                          // guarded by mutex_
  std::string kek_;                                       // guarded by mutex_
  std::map<std::string, std::shared_ptr<LiveKey>> live_;  // guarded by mutex_; by agreement
};

}  // namespace connector::crypto
