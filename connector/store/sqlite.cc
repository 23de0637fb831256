#include "store/sqlite.h"

namespace connector::store {

core::Error error_of(int code, const std::string& what) {
  const std::string message = what + ": " + sqlite3_errstr(code);
  // The shared index of the WAL could not grow: the disk is full, not broken.
  switch (code == SQLITE_IOERR_SHMSIZE ? SQLITE_FULL : code & 0xFF) {
    case SQLITE_FULL:
      return {core::Code::kExhausted, "STORAGE_FULL", message, "free some space on its disk", {}};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return core::unavailable("STORE_BUSY", message, "which other program has the file open?");
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return core::unavailable("EVIDENCE_UNAVAILABLE", message, "check the disk, then restart");
    default:
      return core::internal(message);
  }
}

Database::Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Statement& Database::prepared(const char* literal) {
  auto& statement = prepared_[literal];
  if (!statement) statement = std::make_unique<Statement>(*this, literal);
  statement->rewind();
  return *statement;
}

core::Result<Database> Database::open(const std::string& file, Mode mode, const char* vfs) {
  // Statistics of memory cost a lock of the whole process at each allocation. Refused, and no harm,
  // where SQLite runs already.
  [[maybe_unused]] static const int without_statistics = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  Database database;
  sqlite3* handle = nullptr;
  const int flags =
      mode == Mode::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(file.c_str(), &handle,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, vfs);
  database.handle_.reset(handle);
  if (code != SQLITE_OK) return error_of(code, "cannot open " + file);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  // Only the writer makes checkpoints (SQLite's WAL-reset bug needs two that do), and only when
  // it looks at their outcome: SQLite's automatic ones swallow errors.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (auto set = database.run("PRAGMA wal_autocheckpoint=0; PRAGMA mmap_size=0; "
                              "PRAGMA trusted_schema=0; PRAGMA temp_store=MEMORY;");
      !set) {
    return std::move(set.error());
  }
  return database;
}

core::Status Database::run(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? core::ok() : core::Status(failure(sql));
}

core::Error Database::failure(const std::string& what) const {
  return error_of(sqlite3_extended_errcode(handle_.get()), what);
}

Statement::Statement(const Database& database, const std::string& sql) {
  sqlite3_stmt* handle = nullptr;
  code_ = sqlite3_prepare_v3(database.get(), sql.c_str(), static_cast<int>(sql.size()),
                             SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
}

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), next_++, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text64(handle_.get(), next_++, text.data() ? text.data() : "", text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::blob(std::string_view bytes) {
  sqlite3_bind_blob64(handle_.get(), next_++, bytes.data() ? bytes.data() : "", bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

Statement& Statement::null() {
  sqlite3_bind_null(handle_.get(), next_++);
  return *this;
}

bool Statement::step() {
  if (!handle_) return false;  // could not be prepared; code_ says why
  code_ = sqlite3_step(handle_.get());
  return code_ == SQLITE_ROW;
}

core::Status Statement::run() {
  step();
  const bool good = ok();
  core::Error error = good ? core::Error{} : failure();
  rewind();
  return good ? core::ok() : core::Status(std::move(error));
}

void Statement::rewind() {
  if (handle_) {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
    code_ = SQLITE_OK;
  }
  next_ = 1;
}

std::string_view Statement::view(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return bytes ? std::string_view(bytes, size) : std::string_view();
}

core::Error Statement::failure() const {
  return error_of(code_, "the store failed");
}

}  // namespace connector::store
