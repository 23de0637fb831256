// Deletion proofs and use statements in an export, held against the entries that name them.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "evidence/log_entry.h"
#include "exchange/export_files.h"
#include "exchange/key_history.h"
#include "exchange/ports.h"
#include "exchange/verify_agreements.h"

namespace connector::exchange {

// note() every entry in the order of the log, then check() every statement, then complete(). The
// agreements have been checked before.
class StatementCheck {
 public:
  // root: of our log at a size, which is at most that of the checkpoint.
  StatementCheck(const KeyHistory& keys, const AgreementCheck& agreements,
                 const VerifySignature& verify,
                 std::function<core::Result<core::Digest>(std::uint64_t size)> root)
      : keys_(keys), agreements_(agreements), verify_(verify), root_(std::move(root)) {}

  void note(std::uint64_t index, const evidence::LogEntry& entry);
  core::Status check(const core::Connector& self, const ExportedStatement& statement);
  core::Status complete() const;  // nothing that the log speaks of is missing

  std::size_t deletion_proofs() const { return deletion_proofs_; }
  std::size_t use_statements() const { return use_statements_; }

 private:
  struct Noted {
    bool provider = false;
    core::Connector partner;
    std::string agreement;
    std::string digest;
    bool taken = false;
  };
  struct Facts {  // that both kinds state
    core::Connector consumer;
    core::Connector provider;
    std::string agreement;
    std::string checkpoint;
    bool informs = false;  // of one use: whoever hears of it need not be a party
  };

  core::Result<Facts> facts(const ExportedStatement& statement, const Partner& signer);
  core::Result<Partner> signer(const ExportedStatement& statement) const;
  core::Result<std::uint64_t> own_size(const ExportedStatement& statement) const;

  const KeyHistory& keys_;
  const AgreementCheck& agreements_;
  const VerifySignature& verify_;
  const std::function<core::Result<core::Digest>(std::uint64_t size)> root_;
  std::map<std::uint64_t, Noted> entries_;  // by index
  std::size_t deletion_proofs_ = 0;
  std::size_t use_statements_ = 0;
};

}  // namespace connector::exchange
