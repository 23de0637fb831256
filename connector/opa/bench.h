// A policy set up to be asked by our own admin: a published revision or the folder as it is being
// edited, with an OPA of its own. Nothing of it is journaled, cached or in force.
#pragma once

#include <memory>

#include "opa/checker.h"
#include "opa/places.h"
#include "opa/served_revision.h"
#include "opa/tool.h"

namespace connector::opa {

// Safe for use by several threads, query excepted.
class Bench {
 public:
  // dir: of the engine. Error: POLICY_REVISION_DAMAGED, or OPA does not start.
  static core::Result<std::unique_ptr<Bench>> of_revision(const CheckOptions& options,
                                                          const std::filesystem::path& dir,
                                                          const core::Revision& revision);
  // Read, and checked by OPA; not tested. POLICY_INVALID names every mistake.
  static core::Result<std::unique_ptr<Bench>> of_working_copy(const CheckOptions& options);
  // Of files that were checked before, and are in no folder yet.
  static core::Result<std::unique_ptr<Bench>> of_files(const CheckOptions& options,
                                                       const BundleFiles& files);

  // As the connector asks: the decision and, where it permits a fetch, its row filter.
  core::Result<Evaluation> ask(const decision::Question& question);
  core::Result<Evaluation> ask(std::string input, bool rows, std::int64_t now_s);
  // An expression of Rego over the same rules and tables. input: what stands under "input".
  core::Result<Answered> query(const std::string& text, const core::Json& input, bool trace = false,
                               bool coverage = false) const;

  const core::Revision& revision() const { return served_->revision(); }
  bool working_copy() const { return working_copy_; }
  const Snapshot& files() const { return files_; }
  const core::Json& tables() const { return tables_; }
  const Places& places() const { return places_; }

 private:
  explicit Bench(const CheckOptions& options) : options_(options), draft_(options.run_dir) {}
  core::Status load();
  core::Status serve();

  const CheckOptions options_;
  const Draft draft_;
  bool working_copy_ = false;
  core::Revision revision_;
  std::filesystem::path bundle_;
  Snapshot files_;
  core::Json tables_;
  Places places_;
  std::unique_ptr<ServedRevision> served_;
};

}  // namespace connector::opa
