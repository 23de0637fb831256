#include "opa/bench.h"

#include "opa/history.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

using namespace std::chrono_literals;
using core::Json;

constexpr auto kAskTime = 5s;  // nobody waits but the admin

Deadline deadline() {
  return std::chrono::steady_clock::now() + kAskTime;
}

}  // namespace

core::Result<std::unique_ptr<Bench>> Bench::of_revision(const CheckOptions& options,
                                                        const std::filesystem::path& dir,
                                                        const core::Revision& revision) {
  std::unique_ptr<Bench> bench(new Bench(options));
  bench->bundle_ = History::bundle(dir, revision);
  bench->revision_ = revision;
  if (auto loaded = bench->load(); !loaded) return std::move(loaded.error());
  return bench;
}

core::Result<std::unique_ptr<Bench>> Bench::of_working_copy(const CheckOptions& options) {
  const Draft draft(options.run_dir);
  if (auto made = draft.made(); !made) return std::move(made.error());
  auto prepared = prepare_policy(options);
  if (!prepared) return std::move(prepared.error());
  if (auto checked = check_modules(options, *prepared, draft); !checked) {
    return std::move(checked.error());
  }
  return of_files(options, bundle_files(prepared->snapshot, prepared->tables));
}

core::Result<std::unique_ptr<Bench>> Bench::of_files(const CheckOptions& options,
                                                     const BundleFiles& files) {
  std::unique_ptr<Bench> bench(new Bench(options));
  if (auto made = bench->draft_.made(); !made) return std::move(made.error());
  bench->working_copy_ = true;
  bench->revision_ = revision_of(files);
  bench->bundle_ = bench->draft_.folder() / "bundle";
  if (auto written = write_bundle(files, bench->revision_, bench->bundle_); !written) {
    return std::move(written.error());
  }
  if (auto loaded = bench->load(); !loaded) return std::move(loaded.error());
  return bench;
}

core::Status Bench::load() {
  if (auto made = draft_.made(); !made) return made;
  if (auto intact = verify_bundle(bundle_, revision_); !intact) return intact;
  auto files = stored_snapshot(bundle_);
  if (!files) return std::move(files.error());
  files_ = std::move(*files);
  auto tables = stored_tables(bundle_);
  if (!tables) return std::move(tables.error());
  tables_ = std::move(*tables);
  return serve();
}

core::Status Bench::serve() {
  places_ = Places(files_);
  auto served = ServedRevision::start({.opa = options_.opa,
                                       .bundle = bundle_,
                                       .run_dir = options_.run_dir,
                                       .revision = revision_,
                                       .canary = canary(options_.self, options_.now_s),
                                       .log = [](const std::string&) {}});
  if (!served) return std::move(served.error());
  served_ = std::move(*served);
  return core::ok();
}

core::Result<Evaluation> Bench::ask(const decision::Question& question) {
  return served_->evaluate(question, deadline());
}

core::Result<Evaluation> Bench::ask(std::string input, bool rows, std::int64_t now_s) {
  return served_->replay(std::move(input), rows, now_s, deadline());
}

core::Result<Answered> Bench::query(const std::string& text, const Json& input, bool trace,
                                    bool coverage) const {
  return evaluate({.opa = options_.opa,
                   .bundle = bundle_,
                   .work = draft_.folder(),
                   .text = text,
                   .input = input,
                   .trace = trace,
                   .coverage = coverage});
}

}  // namespace connector::opa
