// Ports: the keys under which received records lie. One for each agreement; what it opens is gone
// when it is destroyed. No method throws; all may be called by several threads at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::exchange {

// The key of one agreement, as long as that lives: after its destruction every method fails with
// KEY_DESTROYED, whoever still holds it.
class VaultKey {
 public:
  virtual ~VaultKey() = default;
  // AES-256-GCM under a key of this object alone. context: what the object belongs to, which
  // open() must be told in the same words.
  virtual core::Result<std::string> seal(std::string_view object, std::string_view context,
                                         std::string_view plain) const = 0;
  virtual core::Result<std::string> open(std::string_view object, std::string_view context,
                                         std::string_view sealed) const = 0;
  // What an index may hold in place of a value: 16 bytes that only this key can tell.
  virtual core::Result<std::string> tag(std::string_view field, std::string_view value) const = 0;
};

class VaultKeys {
 public:
  virtual ~VaultKeys() = default;
  // Made, durably, where there is none yet.
  virtual core::Result<std::shared_ptr<const VaultKey>> make(const std::string& agreement) = 0;
  // KEY_DESTROYED where there is none.
  virtual core::Result<std::shared_ptr<const VaultKey>> find(
      const std::string& agreement) const = 0;
  // For good: all others are wrapped anew under another key-encryption key, the one before is
  // overwritten. Durable when it returns; does nothing where there is none.
  virtual core::Status destroy(const std::string& agreement) = 0;
};

}  // namespace connector::exchange
