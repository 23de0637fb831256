#include "store/merkle_log.h"

#include <algorithm>
#include <chrono>

#include "core/limits.h"

namespace connector::store {
namespace {

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::int64_t steady_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Ends what was open and releases nothing: it may use the space that is kept back. So may what
// writes nothing and only waits for its turn.
bool only_closes(const exchange::Commit& commit) {
  if (commit.effects.empty()) return commit.entries.empty();
  return std::all_of(commit.effects.begin(), commit.effects.end(), [](const auto& effect) {
    return std::holds_alternative<exchange::CloseAccount>(effect) ||
           std::holds_alternative<exchange::RequireIntroduction>(effect);
  });
}

core::Result<core::Digest> read_hash(Database& database, int level, std::uint64_t index) {
  Statement& row = database.prepared("SELECT hash FROM nodes WHERE level = ?1 AND number = ?2");
  row.bind(level).bind(index);
  if (!row.step()) {
    return row.ok() ? core::internal("the log has no node " + std::to_string(level) + "/" +
                                     std::to_string(index))
                    : row.failure();
  }
  auto digest = core::digest_of_bytes(row.view(0));
  row.rewind();
  return digest;
}

}  // namespace

core::Status MerkleLog::load(Database& database) {
  Statement count(database, "SELECT max(number) + 1 FROM entries");
  const std::uint64_t size = count.step() && !count.is_null(0) ? count.count(0) : 0;
  auto frontier = evidence::Frontier::load(
      size, [&](int level, std::uint64_t index) { return read_hash(database, level, index); });
  if (!frontier) return std::move(frontier.error());
  frontier_ = *frontier;
  durable_ = std::move(*frontier);
  size_ = size;
  return core::ok();
}

Undo MerkleLog::undo() {
  return {[this] { marked_ = frontier_; }, [this] { frontier_ = marked_; }};
}

void MerkleLog::append(exchange::Commit commit,
                       std::function<void(core::Result<exchange::LogSpan>)> done) {
  struct Work {
    exchange::Commit commit;
    exchange::LogSpan span;
    std::vector<PartnerList::Publish> publishes;
  };
  auto work = std::make_shared<Work>();
  work->commit = std::move(commit);
  Task task;
  task.last_words = only_closes(work->commit);
  task.write = [this, work](Database& database) {
    const evidence::Frontier before = frontier_;
    auto written = write(database, work->commit, work->span, work->publishes);
    if (!written) frontier_ = before;
    return written;
  };
  task.publish = [this, work] {
    publish();
    for (const auto& one : work->publishes) one();
  };
  task.done = [work, done = std::move(done)](core::Status status) {
    if (!status) return done(std::move(status.error()));
    done(work->span);
  };
  writer_->submit(std::move(task));
}

std::shared_ptr<void> MerkleLog::expect() {
  writer_->expect(1);
  return {this, [writer = writer_](void*) { writer->expect(-1); }};
}

core::Status MerkleLog::write(Database& database, const exchange::Commit& commit,
                              exchange::LogSpan& span,
                              std::vector<PartnerList::Publish>& publishes) {
  if (auto allowed = spend(commit); !allowed) return allowed;
  span.first = frontier_.size();
  const std::int64_t now = now_s();
  Effects effects(database, partners_, open_receipts_,
                  clock_.even(now, steady_s()) ? std::optional(now) : std::nullopt);
  if (auto applied = effects.apply(commit.effects); !applied) return applied;
  for (const std::string& entry : commit.entries) {
    if (auto added = add(database, entry); !added) return added;
  }
  span.size = frontier_.size();
  publishes = effects.take_publishes();
  return effects.tie(span.first, commit.entries.size());
}

core::Status MerkleLog::add(Database& database, const std::string& entry) {
  if (entry.size() > core::limits::kLogEntryBytes) return core::internal("a log entry is too long");
  auto written = database.prepared("INSERT INTO entries (number, bytes) VALUES (?1, ?2)")
                     .bind(frontier_.size())
                     .blob(entry)
                     .run();
  if (!written) return written;
  std::vector<evidence::Frontier::Node> completed;
  frontier_.append(evidence::leaf_hash(entry), completed);
  for (const auto& node : completed) {
    auto kept = database.prepared("INSERT INTO nodes (level, number, hash) VALUES (?1, ?2, ?3)")
                    .bind(node.level)
                    .bind(node.index)
                    .blob(core::view(node.hash))
                    .run();
    if (!kept) return kept;
  }
  return core::ok();
}

// One partner must not fill our log: its share of a minute is limited.
core::Status MerkleLog::spend(const exchange::Commit& commit) {
  if (commit.on_behalf_of.participant.empty() || only_closes(commit)) return core::ok();
  Share& share = shares_[commit.on_behalf_of];
  const std::int64_t minute = now_s() / 60;
  if (share.minute != minute) share = {minute, 0};
  share.entries += commit.entries.size();
  if (share.entries <= entries_per_minute_) return core::ok();
  return core::Error{core::Code::kExhausted,
                     "RATE_LIMITED",
                     "too many requests: this partner's share of the log is used up for now",
                     "try again in a minute",
                     {}};
}

void MerkleLog::publish() {
  std::lock_guard lock(mutex_);
  durable_ = frontier_;
  size_ = frontier_.size();
}

core::Result<std::string> MerkleLog::entry(std::uint64_t index) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement& row = (*database)->prepared("SELECT bytes FROM entries WHERE number = ?1");
  row.bind(index);
  const bool found = index < size_ && row.step();
  if (!row.ok()) return row.failure();
  if (!found) {
    return core::Error{core::Code::kNotFound,
                       "ENTRY_NOT_FOUND",
                       "the log has no entry " + std::to_string(index),
                       {},
                       {}};
  }
  std::string bytes = row.text(0);
  row.rewind();
  return bytes;
}

core::Result<core::Digest> MerkleLog::hash(int level, std::uint64_t index) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  return read_hash(**database, level, index);
}

core::Result<core::Digest> MerkleLog::root(std::uint64_t size) const {
  {
    std::lock_guard lock(mutex_);
    if (size == durable_.size()) return durable_.root();
  }
  return evidence::root(size,
                        [this](int level, std::uint64_t index) { return hash(level, index); });
}

}  // namespace connector::store
