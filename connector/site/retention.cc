#include "site/retention.h"

#include "opa/policy_engine.h"
#include "store/even_clock.h"
#include "store/store.h"

namespace connector::site {
namespace {

namespace fs = std::filesystem;

// Of a file that a restoration or a migration put aside: when that was.
std::int64_t put_aside_at(const fs::path& path) {
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  if (error) return INT64_MAX;
  const auto system = std::chrono::file_clock::to_sys(written);
  return std::chrono::duration_cast<std::chrono::seconds>(system.time_since_epoch()).count();
}

core::Status log_forgotten(const Context& context, const Forgotten& forgotten) {
  return context.change({.kind = "retention.applied",
                         .self = context.self(),
                         .partner = {},
                         .subject = {},
                         .detail = "decisions: " + std::to_string(forgotten.decision_files) +
                                   " files, originals: " + std::to_string(forgotten.originals) +
                                   ", copies: " + std::to_string(forgotten.copies),
                         .uid = -1},
                        {});
}

std::int64_t seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

}  // namespace

std::uint64_t forget_copies(const fs::path& data, std::int64_t before_s) {
  std::vector<fs::path> old;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data, error)) {
    const std::string name = entry.path().filename().string();
    const bool copy = name.starts_with("store.db.version-") || name.find(".before-") != name.npos;
    if (copy && put_aside_at(entry.path()) < before_s) old.push_back(entry.path());
  }
  std::uint64_t removed = 0;
  for (const fs::path& path : old) removed += fs::remove_all(path, error) > 0 ? 1 : 0;
  return removed;
}

core::Result<Forgotten> forget_old(const Context& context, std::int64_t now_s) {
  const Config config = context.config();
  const RetentionConfig& kept = config.retention;
  const auto before = [&](const std::optional<std::int64_t>& keep_s) {
    return keep_s ? std::optional(now_s - *keep_s) : std::nullopt;
  };
  Forgotten forgotten;
  auto rows = context.store.forget(now_s, before(kept.originals_s));
  if (!rows) return std::move(rows.error());
  forgotten.request_ids = rows->request_ids;
  forgotten.originals = rows->originals;
  if (context.policy && kept.decisions_s) {
    forgotten.decision_files = context.policy->forget_decisions(*kept.decisions_s);
  }
  if (const auto old = before(kept.copies_s)) {
    forgotten.copies = forget_copies(config.dir / "data", *old);
  }
  if (!forgotten.any()) return forgotten;
  auto logged = log_forgotten(context, forgotten);
  if (!logged) return std::move(logged.error());
  return forgotten;
}

Retention::Retention(Options options) : options_(std::move(options)), thread_([this] { run(); }) {}

Retention::~Retention() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Retention::run() {
  store::EvenClock clock(std::chrono::ceil<std::chrono::seconds>(options_.even));
  std::chrono::milliseconds wait{0};
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, wait, [this] { return stopping_; })) {
    const std::int64_t now_s = options_.clock() / 1'000'000'000;
    const bool even =
        clock.even(now_s, seconds(std::chrono::steady_clock::now().time_since_epoch()));
    wait = even ? options_.every : options_.even + std::chrono::seconds(1);
    if (!even) continue;
    lock.unlock();
    options_.pass(now_s);
    lock.lock();
  }
}

std::unique_ptr<Retention> keep_forgetting(std::function<Context()> context, const Logger& logger) {
  Retention::Options options;
  options.clock = context().clock;
  options.pass = [context = std::move(context), &logger](std::int64_t now_s) {
    const auto forgotten = forget_old(context(), now_s);
    if (!forgotten) {
      return logger.warn("what is old was not forgotten: " + forgotten.error().message);
    }
    logger.info("retention", {{"decision_files", std::to_string(forgotten->decision_files)},
                              {"originals", std::to_string(forgotten->originals)},
                              {"copies", std::to_string(forgotten->copies)},
                              {"request_ids", std::to_string(forgotten->request_ids)}});
  };
  return std::make_unique<Retention>(std::move(options));
}

}  // namespace connector::site
