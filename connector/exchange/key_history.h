// Whose key was in use where in one log: what the entries that bring introductions say of them.
// "Valid then" is a place in the log, not a time on the signer's clock (docs/formats.md, "Keys and
// their places").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "evidence/introduction.h"
#include "evidence/log_entry.h"
#include "exchange/partners.h"

namespace connector::exchange {

// First add() every introduction, then note() every entry in the order of the log.
class KeyHistory {
 public:
  KeyHistory(core::Connector self, const evidence::VerifyEd25519& verify)
      : self_(std::move(self)), verify_(verify) {}

  core::Status add(const core::Json& envelope);
  core::Status note(std::uint64_t index, const evidence::LogEntry& entry);
  core::Status all_named() const;  // every introduction by some entry

  // Who it was for the entry at that index: with the key in use as its only one.
  std::optional<Partner> at(const core::Connector& who, std::uint64_t index) const;
  // Ourselves, with that key, when it may have signed what carries our checkpoint of that size and
  // is named by the entry at that index: the key began before the entry, and had not ended when
  // the checkpoint was made.
  std::optional<Partner> own(const std::string& key_id, std::uint64_t size,
                             std::uint64_t index) const;
  // The entry that brought our introduction in force at that index. As a size above: for what
  // carries no checkpoint and may have been overtaken by one rotation on its way into the log.
  std::uint64_t own_since(std::uint64_t index) const;
  std::optional<std::string> own_log_key() const;  // one for all time

  struct Known {
    core::Connector id;
    std::string fingerprint;
    bool removed = false;
  };
  std::vector<Known> known() const;  // as the log ends

 private:
  struct Introduced {
    evidence::Envelope envelope;
    evidence::Introduction said;
    bool named = false;
  };
  struct Span {
    std::uint64_t index = 0;              // of the entry that brought it
    const Introduced* brought = nullptr;  // null: removed
  };

  core::Status bring(std::uint64_t index, const core::Connector& who, const std::string& digest,
                     bool by_itself);
  static Partner partner_of(const Introduced& introduced);
  const std::vector<Span>* spans_of(const core::Connector& who) const;

  const core::Connector self_;
  const evidence::VerifyEd25519& verify_;
  std::map<std::string, Introduced> introductions_;     // by digest
  std::map<core::Connector, std::vector<Span>> spans_;  // in the order of the log
};

}  // namespace connector::exchange
