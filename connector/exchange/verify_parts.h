// The parts of fetches in an export, held against the entries that name them.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "evidence/checkpoint.h"
#include "evidence/log_entry.h"
#include "exchange/export_files.h"
#include "exchange/key_history.h"
#include "exchange/statements.h"

namespace connector::exchange {

// note() every entry in the order of the log, then check() every part, then complete().
class PartCheck {
 public:
  // root: of our log at a size, which is at most that of the checkpoint.
  PartCheck(const KeyHistory& keys, const VerifySignature& verify,
            std::function<core::Result<core::Digest>(std::uint64_t size)> root)
      : keys_(keys), verify_(verify), root_(std::move(root)) {}

  void note(std::uint64_t index, const evidence::LogEntry& entry);
  core::Status check(const core::Connector& self, const ExportedPart& part);
  core::Status complete() const;  // nothing that the log speaks of is missing

  std::size_t receipts() const { return receipts_.size(); }
  std::size_t acknowledgements() const { return acknowledgements_.size(); }
  std::size_t heads() const { return heads_; }
  // How much of our log each partner has countersigned: by acknowledging a receipt of ours.
  std::map<std::string, std::uint64_t> countersigned() const;

 private:
  enum class Kind { kOpened, kClosed, kRefused, kAcknowledged };
  struct Noted {  // what is held against statements
    Kind kind = Kind::kOpened;
    bool provider = true;
    core::Connector partner;
    std::string request_id;
    std::string first_request;
    std::string agreement;
    std::string dataset;
    std::string request_digest;
    std::string chain_head;
    std::string receipt_digest;
    std::string head_digest;
    std::uint64_t batches = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    bool taken = false;  // by a part
  };
  struct Named {
    std::uint64_t index = 0;
    const Noted* entry = nullptr;
  };

  core::Status take_entries(const ExportedPart& part);
  // The first entry of the part that is of that kind and names the digest; null: none.
  Named naming(const ExportedPart& part, Kind kind, const std::string& digest) const;
  // Whose statement the entry at that index names: with the one key that counts there.
  core::Result<Partner> signer(const ExportedPart& part, const char* place, bool ours,
                               const SignedEnvelope& envelope, std::uint64_t index,
                               std::uint64_t size) const;
  // The size in a checkpoint of ours, which must be one of this log from before that entry.
  core::Result<std::uint64_t> own_size(const ExportedPart& part, const char* place,
                                       const std::string& note, std::uint64_t index) const;
  core::Status check_receipt(const core::Connector& self, const ExportedPart& part);
  core::Status check_acknowledgement(const core::Connector& self, const ExportedPart& part);
  core::Status check_head(const ExportedPart& part);

  const KeyHistory& keys_;
  const VerifySignature& verify_;
  const std::function<core::Result<core::Digest>(std::uint64_t size)> root_;
  std::map<std::uint64_t, Noted> entries_;      // of fetches, by index
  std::set<std::string> receipts_;              // digests
  std::set<std::string> acknowledgements_;      // digests of the receipts
  std::map<std::string, std::uint64_t> given_;  // by receipt of ours: the size of our log in it
  std::map<std::string, std::string> taken_;    // by receipt of ours: who acknowledged it
  std::size_t heads_ = 0;
};

}  // namespace connector::exchange
