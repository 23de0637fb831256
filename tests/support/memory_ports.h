// Partners and records in memory, true to the ports' promises.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include "exchange/ports.h"

namespace connector::testing {

class MemoryPartners final : public exchange::Partners {
 public:
  void put(exchange::Partner partner) {
    std::lock_guard lock(mutex_);
    partners_[partner.id] = std::move(partner);
  }
  void set_state(const core::Connector& id, exchange::PartnerState state) {
    std::lock_guard lock(mutex_);
    partners_.at(id).state = state;
  }
  void set_checkpoint(const core::Connector& id, const std::string& note) {
    std::lock_guard lock(mutex_);
    partners_.at(id).last_checkpoint = note;
  }
  std::optional<exchange::Partner> find(const core::Connector& id) const override {
    std::lock_guard lock(mutex_);
    const auto found = partners_.find(id);
    if (found == partners_.end()) return std::nullopt;
    return found->second;
  }
  std::vector<exchange::Partner> list() const override {
    std::lock_guard lock(mutex_);
    std::vector<exchange::Partner> all;
    for (const auto& [id, partner] : partners_) all.push_back(partner);
    return all;
  }
  std::vector<std::string> party_ids(const core::ParticipantId&) const override { return {}; }

 private:
  mutable std::mutex mutex_;
  std::map<core::Connector, exchange::Partner> partners_;
};

// Records with sequence 1, 2, ...; no selection is applied.
class MemoryRecords final : public exchange::Records {
 public:
  void add(std::string bytes) {
    std::lock_guard lock(mutex_);
    records_.push_back(std::move(bytes));
  }
  core::Result<std::uint64_t> last_sequence(const core::DatasetId&) const override {
    std::lock_guard lock(mutex_);
    return records_.size();
  }
  core::Result<bool> read(const exchange::ReadRange& range, const exchange::Selection&,
                          const Show& show) const override {
    std::lock_guard lock(mutex_);
    const std::uint64_t last = std::min<std::uint64_t>(range.bound, records_.size());
    bool more = true;
    for (std::uint64_t next = range.after; next < last;) {
      if (!more || next - range.after == range.max_records) return false;
      const std::string& bytes = records_[next++];
      exchange::ShownRecord row{next, bytes, bytes, false, {}};
      if (mark) mark(row);
      more = show(row);
    }
    return true;
  }

  std::function<void(exchange::ShownRecord&)> mark;  // what a store keeps beside a record

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> records_;
};

}  // namespace connector::testing
