// SQLite's C API with owners and error values. Included by .cc files of this room only.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::store {

class Statement;

inline constexpr int kBusyMs = 5000;  // how long one connection waits for another

// One connection. Not safe for use by several threads at once.
class Database {
 public:
  Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  enum class Mode { kWrite, kRead };
  static core::Result<Database> open(const std::string& file, Mode mode, const char* vfs);
  core::Status run(const char* sql);  // one or more statements without results
  sqlite3* get() const { return handle_.get(); }
  // Prepared once, by the address of the literal; rewound.
  Statement& prepared(const char* literal);
  core::Error failure(const std::string& what) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::map<const char*, std::unique_ptr<Statement>> prepared_;  // goes before the handle
};

// STORAGE_FULL, EVIDENCE_UNAVAILABLE (a failed read or write of the disk) or INTERNAL.
core::Error error_of(int code, const std::string& what);

// A prepared statement. Bind in order, then step; reset by rewind().
class Statement {
 public:
  Statement(const Database& database, const std::string& sql);
  Statement& bind(std::int64_t value);
  Statement& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
  Statement& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
  Statement& bind(std::string_view text);  // must outlive the step
  Statement& blob(std::string_view bytes);
  Statement& null();
  // True: a row. False: done. An error is kept for failed().
  bool step();
  bool ok() const { return code_ == SQLITE_OK || code_ == SQLITE_ROW || code_ == SQLITE_DONE; }
  core::Status run();  // steps once, expects no row, rewinds
  void rewind();
  std::int64_t number(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::uint64_t count(int column) const { return static_cast<std::uint64_t>(number(column)); }
  std::string_view view(int column) const;  // valid until the next step
  std::string text(int column) const { return std::string(view(column)); }
  bool is_null(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
  }
  core::Error failure() const;
  int code() const { return code_; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int next_ = 1;
  int code_ = SQLITE_OK;
};

}  // namespace connector::store
