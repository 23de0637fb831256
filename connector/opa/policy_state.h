// What a policy engine is made of; for the files of this room that implement it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "opa/decision_cache.h"
#include "opa/journal.h"
#include "opa/policy_engine.h"
#include "opa/served_revision.h"

namespace connector::opa {

// A revision in force, with what it decided.
struct Active {
  std::unique_ptr<ServedRevision> served;
  std::shared_ptr<const exchange::OfferTable> offers;
  DecisionCache cache;
};

struct PolicyEngine::State {
  Options options;
  std::filesystem::path opa;
  std::unique_ptr<Journal> journal;

  std::mutex changing;  // one publication or roll-back at a time
  mutable std::mutex mutex;
  std::shared_ptr<Active> active;  // guarded by mutex
  History history;                 // guarded by mutex; changed under changing, too

  std::atomic<std::uint64_t> allowed = 0;
  std::atomic<std::uint64_t> denied = 0;
  std::atomic<std::uint64_t> unavailable = 0;
  std::atomic<std::uint64_t> cached = 0;

  std::shared_ptr<Active> now() const {
    std::lock_guard lock(mutex);
    return active;
  }
  History past() const {
    std::lock_guard lock(mutex);
    return history;
  }

  core::Status prepare();
  core::Result<std::shared_ptr<Active>> serve(const core::Revision& revision) const;
  core::Status activate(Activation activation);
  core::Status put(Activation activation, const Publication& wish, core::Json& json);
  core::Result<std::optional<Impact>> impact_of(const CheckOptions& check, const BundleFiles& files,
                                                const Publication& wish) const;
  core::Result<core::Json> publish(const Publication& wish);
  core::Result<exchange::Decided> decide(const decision::Question& asked);
  core::Result<exchange::Decided> ask(Active& by, const decision::Question& question,
                                      const std::string& key, Deadline deadline);
  std::vector<std::string> unknown_partners() const;
  bool edited(const core::Revision& revision) const;
  core::Status start();
};

}  // namespace connector::opa
