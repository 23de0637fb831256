// Read-only connections, lent one to a call.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/sqlite.h"

namespace connector::store {

class Readers {
 public:
  Readers(std::string file, const char* vfs) : file_(std::move(file)), vfs_(vfs) {}

  // Goes back to the pool with its owner.
  class Loan {
   public:
    Loan(Readers& readers, std::unique_ptr<Database> database)
        : readers_(readers), database_(std::move(database)) {}
    ~Loan() {
      if (database_) readers_.give_back(std::move(database_));
    }
    Loan(Loan&&) = default;
    Database& operator*() const { return *database_; }
    Database* operator->() const { return database_.get(); }

   private:
    Readers& readers_;
    std::unique_ptr<Database> database_;
  };
  core::Result<Loan> lend() {
    {
      std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto database = std::move(free_.back());
        free_.pop_back();
        return Loan(*this, std::move(database));
      }
    }
    auto opened = Database::open(file_, Database::Mode::kRead, vfs_);
    if (!opened) return std::move(opened.error());
    return Loan(*this, std::make_unique<Database>(std::move(*opened)));
  }

 private:
  void give_back(std::unique_ptr<Database> database) {
    std::lock_guard lock(mutex_);
    free_.push_back(std::move(database));
  }

  const std::string file_;
  const char* const vfs_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Database>> free_;  // guarded by mutex_
};

}  // namespace connector::store
