// The account book of the log in memory: what the effects of commits leave behind. Not safe for
// use by several threads; the log has the lock.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <variant>

#include "exchange/ports.h"

namespace connector::testing {

class MemoryAccounts {
 public:
  bool acknowledged(const exchange::Commit& commit) const {
    for (const auto& effect : commit.effects) {
      const auto* said = std::get_if<exchange::NoteAcknowledgement>(&effect);
      if (said == nullptr) continue;
      for (auto one = accounts_.rbegin(); one != accounts_.rend(); ++one) {
        if (one->partner != said->partner || one->first_request != said->request_id) continue;
        if (!one->receipt.empty()) return !one->acknowledgement.empty();
      }
    }
    return false;
  }
  bool replays(const exchange::Commit& commit) const {
    return std::any_of(commit.effects.begin(), commit.effects.end(), [this](const auto& effect) {
      const auto* used = std::get_if<exchange::RememberRequest>(&effect);
      return used != nullptr && requests_.count({used->from, used->request_id}) > 0;
    });
  }
  // The entries of the commit stand at [first, size).
  void apply(const exchange::Commit& commit, std::uint64_t first, std::uint64_t size) {
    current_ = nullptr;
    for (const auto& effect : commit.effects) {
      std::visit([this](const auto& one) { write(one); }, effect);
    }
    if (current_ == nullptr) return;
    for (std::uint64_t i = first; i < size; ++i) current_->entries.push_back(i);
  }
  std::optional<exchange::Account> by_request(const core::Connector& partner, bool provider,
                                              const std::string& request_id) const {
    for (const exchange::Account& account : accounts_) {
      if (account.partner != partner || account.provider != provider ||
          account.request_id != request_id) {
        continue;
      }
      return account.first_request == request_id ? whole(account) : account;
    }
    return std::nullopt;
  }
  std::vector<exchange::Account> newest_first() const {
    return {accounts_.rbegin(), accounts_.rend()};
  }
  std::uint64_t unacknowledged(const core::Connector& partner) const {
    return static_cast<std::uint64_t>(
        std::count_if(accounts_.begin(), accounts_.end(), [&](const exchange::Account& account) {
          return account.partner == partner && account.provider && !account.receipt.empty() &&
                 account.acknowledgement.empty();
        }));
  }
  std::string checkpoint_of(const core::Connector& partner) const {
    const auto found = checkpoints_.find(partner);
    return found == checkpoints_.end() ? std::string() : found->second;
  }
  const std::vector<exchange::Received>& received() const { return received_; }

 private:
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
    current_->head = one.head;
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
  void write(const Other&) {}  // partners, introductions, settings: of no concern here

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

  std::set<std::pair<core::Connector, std::string>> requests_;
  std::deque<exchange::Account> accounts_;
  exchange::Account* current_ = nullptr;
  std::map<core::Connector, std::string> checkpoints_;
  std::vector<exchange::Received> received_;
};

}  // namespace connector::testing
