// The log: entries and the nodes of their Merkle tree, in the same transaction as the effects that
// they speak of.
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "evidence/merkle.h"
#include "exchange/ports.h"
#include "store/accounts.h"
#include "store/even_clock.h"
#include "store/partners.h"
#include "store/readers.h"
#include "store/writer.h"

namespace connector::store {

class MerkleLog final : public exchange::Log {
 public:
  MerkleLog(Readers& readers, PartnerList& partners, OpenReceipts& open_receipts,
            std::uint64_t entries_per_minute, std::chrono::seconds even_clock)
      : readers_(readers),
        partners_(partners),
        open_receipts_(open_receipts),
        entries_per_minute_(entries_per_minute),
        clock_(even_clock) {}

  core::Status load(Database& database);
  void use(Writer& writer) { writer_ = &writer; }
  Undo undo();

  void append(exchange::Commit commit,
              std::function<void(core::Result<exchange::LogSpan>)> done) override;
  std::shared_ptr<void> expect() override;
  std::uint64_t size() const override { return size_; }
  core::Result<std::string> entry(std::uint64_t index) const override;
  core::Result<core::Digest> hash(int level, std::uint64_t index) const override;
  core::Result<core::Digest> root(std::uint64_t size) const override;

 private:
  core::Status write(Database& database, const exchange::Commit& commit, exchange::LogSpan& span,
                     std::vector<PartnerList::Publish>& publishes);
  core::Status add(Database& database, const std::string& entry);
  core::Status spend(const exchange::Commit& commit);
  void publish();

  Readers& readers_;
  PartnerList& partners_;
  OpenReceipts& open_receipts_;
  const std::uint64_t entries_per_minute_;
  Writer* writer_ = nullptr;

  // Touched on the writer's thread only.
  evidence::Frontier frontier_;
  evidence::Frontier marked_;
  struct Share {
    std::int64_t minute = 0;
    std::uint64_t entries = 0;
  };
  std::map<core::Connector, Share> shares_;
  EvenClock clock_;

  std::atomic<std::uint64_t> size_{0};
  mutable std::mutex mutex_;
  evidence::Frontier durable_;  // guarded by mutex_
};

}  // namespace connector::store
