#pragma once

#include <map>
#include <mutex>
#include <shared_mutex>

#include "exchange/ports.h"
#include "store/sqlite.h"

namespace connector::store {

// All partners in memory, because they are asked for on every call; changed by the writer only.
class PartnerList final : public exchange::Partners {
 public:
  core::Status load(Database& database);

  std::optional<exchange::Partner> find(const core::Connector& id) const override;
  std::vector<exchange::Partner> list() const override;
  std::vector<std::string> party_ids(const core::ParticipantId& id) const override;

  // In the writer's transaction; what they return makes the change visible, after the commit.
  using Publish = std::function<void()>;
  core::Result<Publish> put(Database& database, const exchange::Partner& partner);
  core::Result<Publish> remove(Database& database, const core::Connector& id);
  core::Result<Publish> put(Database& database, const exchange::PutPartyId& party);
  core::Result<Publish> see(Database& database, const exchange::SeenCheckpoint& seen);

 private:
  static core::Result<std::string> kept_checkpoint(Database& database,
                                                   const exchange::Partner& partner);

  mutable std::shared_mutex mutex_;
  std::map<core::Connector, exchange::Partner> partners_;  // guarded by mutex_
  std::map<std::string, core::ParticipantId> party_ids_;   // guarded by mutex_
};

}  // namespace connector::store
