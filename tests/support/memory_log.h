// The log and the account book in memory: small, and true to the ports' promises (order, all or
// nothing, request ids once, commits on a thread of their own). Faults are asked for by name.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "evidence/merkle.h"
#include "exchange/ports.h"

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
  void fail_after(std::size_t commits, core::Error error) {
    std::lock_guard lock(mutex_);
    failing_in_ = commits;
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
    return received_;
  }
  std::string checkpoint_of(const core::Connector& partner) const {
    std::lock_guard lock(mutex_);
    const auto found = checkpoints_.find(partner);
    return found == checkpoints_.end() ? std::string() : found->second;
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
    for (const exchange::Account& account : accounts_) {
      if (account.partner != partner || account.provider != provider ||
          account.request_id != request_id) {
        continue;
      }
      return std::optional(account.first_request == request_id ? whole(account) : account);
    }
    return std::optional<exchange::Account>();
  }
  core::Result<std::vector<exchange::Account>> list(std::size_t limit) const override {
    std::lock_guard lock(mutex_);
    std::vector<exchange::Account> newest(accounts_.rbegin(), accounts_.rend());
    if (newest.size() > limit) newest.resize(limit);
    return newest;
  }
  core::Result<std::uint64_t> unacknowledged(const core::Connector& partner) const override {
    std::lock_guard lock(mutex_);
    std::uint64_t count = 0;
    for (const exchange::Account& account : accounts_) {
      count += account.partner == partner && account.provider && !account.receipt.empty() &&
               account.acknowledgement.empty();
    }
    return count;
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
    if (failure_ && failing_in_ == 0) return *failure_;
    if (failure_) --failing_in_;
    for (const auto& effect : commit.effects) {
      const auto* used = std::get_if<exchange::RememberRequest>(&effect);
      if (used != nullptr && requests_.count({used->from, used->request_id}) > 0) {
        return core::denied("REPLAYED", "request id " + used->request_id + " was used before");
      }
    }
    const exchange::LogSpan span{entries_.size(), entries_.size() + commit.entries.size()};
    for (const std::string& entry : commit.entries) {
      std::vector<evidence::Frontier::Node> completed;
      frontier_.append(evidence::leaf_hash(entry), completed);
      for (const auto& node : completed) nodes_[{node.level, node.index}] = node.hash;
      entries_.push_back(entry);
    }
    current_ = nullptr;
    for (const auto& effect : commit.effects) {
      std::visit([this](const auto& one) { write(one); }, effect);
    }
    if (current_ != nullptr) {
      for (std::uint64_t i = span.first; i < span.size; ++i) current_->entries.push_back(i);
    }
    return span;
  }

  exchange::Account* find(const std::string& name) {
    const auto found = std::find_if(accounts_.begin(), accounts_.end(),
                                    [&](const auto& one) { return one.account == name; });
    return found == accounts_.end() ? nullptr : &*found;
  }
  void write(const exchange::RememberRequest& one) { requests_.insert({one.from, one.request_id}); }
  void write(const exchange::OpenAccount& one) {
    exchange::Account account;
    account.account = one.account;
    account.partner = one.partner;
    account.provider = one.provider;
    account.first_request = one.first_request;
    account.request_id = one.request_id;
    account.state = one.state;
    account.outcome = "open";
    accounts_.push_back(std::move(account));
    current_ = &accounts_.back();
  }
  void write(const exchange::NoteBatch& one) {
    current_ = find(one.account);
    if (current_ != nullptr) current_->batches = {one};
  }
  void write(const exchange::CloseAccount& one) {
    current_ = find(one.account);
    if (current_ == nullptr) return;
    current_->outcome = one.outcome;
    current_->receipt = one.receipt;
  }
  void write(const exchange::NoteAcknowledgement& one) {
    for (exchange::Account& account : accounts_) {
      if (account.partner != one.partner || account.first_request != one.request_id ||
          account.receipt.empty()) {
        continue;
      }
      account.acknowledgement = one.acknowledgement;
      current_ = &account;
    }
  }
  void write(const exchange::SeenCheckpoint& one) { checkpoints_[one.partner] = one.checkpoint; }
  void write(const exchange::Received& one) { received_.push_back(one); }
  template <typename Other>
  void write(const Other&) {}  // partners and party ids: of no concern here

  // The first part stands for the whole fetch.
  exchange::Account whole(exchange::Account first) const {
    for (const exchange::Account& part : accounts_) {
      if (part.partner != first.partner || part.provider != first.provider ||
          part.first_request != first.first_request || part.account == first.account) {
        continue;
      }
      if (!part.receipt.empty()) {
        first.receipt = part.receipt;
        first.acknowledgement = part.acknowledgement;
      }
      if (!part.batches.empty() &&
          (first.batches.empty() || part.batches.back().index > first.batches.back().index)) {
        first.batches = part.batches;
      }
      first.entries.insert(first.entries.end(), part.entries.begin(), part.entries.end());
    }
    return first;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<exchange::Commit, Done>> queue_;
  bool held_ = false;
  bool busy_ = false;
  bool stopping_ = false;
  std::size_t failing_in_ = 0;
  std::optional<core::Error> failure_;
  std::vector<std::string> entries_;
  evidence::Frontier frontier_;
  std::map<std::pair<int, std::uint64_t>, core::Digest> nodes_;
  std::set<std::pair<core::Connector, std::string>> requests_;
  std::deque<exchange::Account> accounts_;
  exchange::Account* current_ = nullptr;
  std::map<core::Connector, std::string> checkpoints_;
  std::vector<exchange::Received> received_;
  std::thread committer_;  // last: starts when all else is there
};

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
  core::Status read(const exchange::ReadRange& range, const exchange::Selection&,
                    exchange::RecordPage& page) const override {
    std::lock_guard lock(mutex_);
    page.buffer.clear();
    page.rows.clear();
    page.next = range.after;
    const std::uint64_t last = std::min<std::uint64_t>(range.bound, records_.size());
    while (page.next < last && page.rows.size() < range.max_records &&
           page.buffer.size() < range.max_bytes) {
      const std::string& bytes = records_[page.next++];
      page.rows.push_back({page.next, page.buffer.size(), bytes.size()});
      page.buffer += bytes;
    }
    page.end = page.next >= last;
    return core::ok();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> records_;
};

}  // namespace connector::testing
