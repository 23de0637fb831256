// The log and the account book in memory: small, and true to the ports' promises (order, all or
// nothing, request ids once, commits on a thread of their own). Faults are asked for by name.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "evidence/merkle.h"
#include "exchange/ports.h"
#include "support/memory_accounts.h"

namespace connector::testing {

class MemoryLog final : public exchange::Log, public exchange::Accounts {
 public:
  using Done = std::function<void(core::Result<exchange::LogSpan>)>;

  MemoryLog() : committer_([this] { run(); }) {}
  ~MemoryLog() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      held_ = false;
    }
    changed_.notify_all();
    committer_.join();
  }

  // ---- faults and looks ----
  void hold(bool held) {  // nothing becomes durable while held
    {
      std::lock_guard lock(mutex_);
      held_ = held;
    }
    changed_.notify_all();
  }
  // After so many more commits, that many fail.
  void fail_after(std::size_t commits, core::Error error, std::size_t times = SIZE_MAX) {
    std::lock_guard lock(mutex_);
    failing_in_ = commits;
    failing_for_ = times;
    failure_ = std::move(error);
  }
  void heal() {
    std::lock_guard lock(mutex_);
    failure_.reset();
  }
  void settle() {  // until everything asked for so far is answered
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.empty() && !busy_; });
  }
  std::vector<std::string> entries() const {
    std::lock_guard lock(mutex_);
    return entries_;
  }
  std::vector<exchange::Received> received() const {
    std::lock_guard lock(mutex_);
    return accounts_.received();
  }
  std::string checkpoint_of(const core::Connector& partner) const {
    std::lock_guard lock(mutex_);
    return accounts_.checkpoint_of(partner);
  }
  // Digest of a partner's introduction; what is not asked for is taken to hold.
  void know(std::function<std::string(const core::Connector&)> in_force) {
    std::lock_guard lock(mutex_);
    in_force_ = std::move(in_force);
  }
  void put_entry(std::string entry) {  // without an account
    exchange::Commit commit;
    commit.entries.push_back(std::move(entry));
    append(std::move(commit), [](const core::Result<exchange::LogSpan>&) {});
    settle();
  }

  // ---- exchange::Log ----
  void append(exchange::Commit commit, Done done) override {
    {
      std::lock_guard lock(mutex_);
      queue_.emplace_back(std::move(commit), std::move(done));
    }
    changed_.notify_all();
  }
  std::uint64_t size() const override {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }
  core::Result<std::string> entry(std::uint64_t index) const override {
    std::lock_guard lock(mutex_);
    if (index >= entries_.size()) return core::internal("no such entry");
    return entries_[index];
  }
  core::Result<core::Digest> hash(int level, std::uint64_t index) const override {
    std::lock_guard lock(mutex_);
    const auto found = nodes_.find({level, index});
    if (found == nodes_.end()) return core::internal("no such node");
    return found->second;
  }
  core::Result<core::Digest> root(std::uint64_t size) const override {
    return evidence::root(size, [this](int level, std::uint64_t i) { return hash(level, i); });
  }

  // ---- exchange::Accounts ----
  core::Result<std::optional<exchange::Account>> by_request(
      const core::Connector& partner, bool provider, const std::string& request_id) const override {
    std::lock_guard lock(mutex_);
    return accounts_.by_request(partner, provider, request_id);
  }
  core::Result<std::vector<exchange::Account>> list(std::size_t limit) const override {
    std::lock_guard lock(mutex_);
    std::vector<exchange::Account> newest = accounts_.newest_first();
    if (newest.size() > limit) newest.resize(limit);
    return newest;
  }
  core::Result<std::uint64_t> unacknowledged(const core::Connector& partner) const override {
    std::lock_guard lock(mutex_);
    return accounts_.unacknowledged(partner);
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || (!held_ && !queue_.empty()); });
      if (queue_.empty()) return;
      auto [commit, done] = std::move(queue_.front());
      queue_.pop_front();
      busy_ = true;
      auto span = apply(commit);
      lock.unlock();
      done(std::move(span));
      done = nullptr;
      lock.lock();
      busy_ = false;
      changed_.notify_all();
    }
  }

  core::Result<exchange::LogSpan> apply(const exchange::Commit& commit) {
    if (failure_ && failing_in_ == 0 && failing_for_ > 0) {
      --failing_for_;
      return *failure_;
    }
    if (failure_ && failing_in_ > 0) --failing_in_;
    if (accounts_.replays(commit)) {
      return core::denied("REPLAYED", "the request id was used before");
    }
    if (accounts_.acknowledged(commit)) {
      return core::Error{core::Code::kConflict, "ACKNOWLEDGED", "acknowledged already", {}, {}};
    }
    for (const auto& effect : commit.effects) {
      const auto* needed = std::get_if<exchange::RequireIntroduction>(&effect);
      if (needed != nullptr && in_force_ && in_force_(needed->partner) != needed->digest) {
        return core::denied("KEY_NOT_VALID", "introduced itself anew in the meantime");
      }
    }
    const exchange::LogSpan span{entries_.size(), entries_.size() + commit.entries.size()};
    for (const std::string& entry : commit.entries) {
      std::vector<evidence::Frontier::Node> completed;
      frontier_.append(evidence::leaf_hash(entry), completed);
      for (const auto& node : completed) nodes_[{node.level, node.index}] = node.hash;
      entries_.push_back(entry);
    }
    accounts_.apply(commit, span.first, span.size);
    return span;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<exchange::Commit, Done>> queue_;
  bool held_ = false;
  bool busy_ = false;
  bool stopping_ = false;
  std::size_t failing_in_ = 0;
  std::size_t failing_for_ = 0;
  std::optional<core::Error> failure_;
  std::vector<std::string> entries_;
  evidence::Frontier frontier_;
  std::map<std::pair<int, std::uint64_t>, core::Digest> nodes_;
  MemoryAccounts accounts_;
  std::function<std::string(const core::Connector&)> in_force_;
  std::thread committer_;  // last: starts when all else is there
};

}  // namespace connector::testing
