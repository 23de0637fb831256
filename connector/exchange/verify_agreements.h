// Agreements in an export, held against the entries that name them; and what was done under them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "evidence/log_entry.h"
#include "exchange/export_files.h"
#include "exchange/key_history.h"
#include "exchange/ports.h"

namespace connector::exchange {

// Ours in an agreement, with whom, and its id.
struct AgreementName {
  std::string role;
  core::Connector partner;
  std::string id;
  friend auto operator<=>(const AgreementName&, const AgreementName&) = default;
};

// note() every entry in the order of the log, then check() every agreement, then complete().
class AgreementCheck {
 public:
  AgreementCheck(const KeyHistory& keys, const VerifySignature& verify)
      : keys_(keys), verify_(verify) {}

  void note(std::uint64_t index, const evidence::LogEntry& entry);
  core::Status check(const core::Connector& self, const ExportedAgreement& agreement);
  // No agreement that the log speaks of is missing, and what was done under one was done under one
  // of these once it was in force.
  core::Status complete() const;

  std::size_t agreements() const { return in_force_.size(); }
  // Was it in force before that entry, for however long?
  bool known(const AgreementName& name, std::uint64_t index) const;
  // Fetches that began after the agreement that they name had ended: "entry 7".
  std::vector<std::string> after_end() const;

 private:
  struct Named {
    AgreementName name;
    std::string digest;  // of the agreement's payload
    bool taken = false;
  };
  // What names an agreement and may only do so while it is in force.
  struct Done {
    std::uint64_t index = 0;  // of the entry
    std::uint64_t began = 0;  // of the entry with which it began
    AgreementName name;
    bool fetch = false;
  };
  using Request = std::tuple<std::string, core::Connector, std::string>;  // role, partner, id

  void note_fetch(std::uint64_t index, const evidence::LogEntry& entry);
  void note_use(std::uint64_t index, const evidence::LogEntry& entry);
  core::Status check_signature(const ExportedAgreement& agreement, bool provider) const;
  core::Status check_parties(const core::Connector& self, const ExportedAgreement& agreement,
                             const std::string& id) const;
  core::Status unproven_uses() const;

  const KeyHistory& keys_;
  const VerifySignature& verify_;
  std::map<std::uint64_t, Named> agreed_;    // by index
  std::map<std::uint64_t, Named> verified_;  // by index
  std::map<AgreementName, std::uint64_t> ended_;
  std::map<AgreementName, std::uint64_t> deleted_;
  std::map<AgreementName, std::uint64_t> in_force_;  // those in the export, from that entry on
  std::map<Request, std::uint64_t> begun_;           // fetches and uses
  std::vector<Done> done_;
  std::vector<Done> used_;  // uses that gave records
};

}  // namespace connector::exchange
