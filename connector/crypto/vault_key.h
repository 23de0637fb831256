// One data key of the vault and what is derived from it.
#pragma once

#include <shared_mutex>
#include <string>

#include "exchange/vault_keys.h"

namespace connector::crypto {

// HKDF-SHA256 (RFC 5869), one block: 32 bytes.
std::string hkdf(std::string_view key, std::string_view info);
void cleanse(std::string& secret);

class LiveKey final : public exchange::VaultKey {
 public:
  LiveKey(std::string agreement, std::string key);
  ~LiveKey() override;
  core::Result<std::string> seal(std::string_view object, std::string_view context,
                                 std::string_view plain) const override;
  core::Result<std::string> open(std::string_view object, std::string_view context,
                                 std::string_view sealed) const override;
  core::Result<std::string> tag(std::string_view field, std::string_view value) const override;

  // Wrapped under a key-encryption key, for the file; nothing else gets it out.
  std::string wrapped(std::string_view kek) const;
  void destroy();

 private:
  std::string associated(std::string_view object, std::string_view context) const;

  const std::string agreement_;
  mutable std::shared_mutex mutex_;
  std::string key_;      // guarded by mutex_; empty: destroyed
  std::string objects_;  // guarded by mutex_; keys of objects are derived from it
  std::string index_;    // guarded by mutex_
};

// Null where it was not wrapped so, for this agreement.
std::shared_ptr<LiveKey> unwrap(const std::string& agreement, std::string_view kek,
                                std::string_view wrapped);

}  // namespace connector::crypto
