#include "store/partners.h"

#include "core/json.h"

namespace connector::store {
namespace {

using core::Json;
using exchange::Partner;
using exchange::PartnerState;

std::string to_text(const Partner& partner) {
  Json addresses = Json::array();
  for (const auto& address : partner.addresses) addresses.push(Json::string(address));
  Json keys = Json::array();
  for (const auto& key : partner.keys) {
    keys.push(Json::object()
                  .set("id", Json::string(key.id.str()))
                  .set("public_key", Json::string(core::base64(key.public_key)))
                  .set("valid_from", Json::integer(key.valid_from_s))
                  .set("valid_to", Json::integer(key.valid_to_s)));
  }
  return core::to_text(
      Json::object()
          .set("participant", Json::string(partner.id.participant.str()))
          .set("site", Json::string(partner.id.site.str()))
          .set("state", Json::integer(static_cast<int>(partner.state)))
          .set("name", Json::string(partner.name))
          .set("addresses", std::move(addresses))
          .set("anchor", Json::string(partner.anchor_pem))
          .set("earlier_anchor", Json::string(partner.earlier_anchor_pem))
          .set("earlier_anchor_until", Json::integer(partner.earlier_anchor_until_s))
          .set("keys", std::move(keys))
          .set("log_key", Json::string(partner.log_key))
          .set("sequence", Json::string(std::to_string(partner.introduction_sequence)))
          .set("digest", Json::string(partner.introduction_digest))
          .set("introduction", Json::string(partner.introduction)));
}

std::int64_t number_at(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value ? value->as_int64().value_or(0) : 0;
}

core::Result<Partner> from_text(std::string_view text) {
  auto json = core::parse_untrusted(text);
  if (!json) return core::internal("a stored partner cannot be read: " + json.error().message);
  Partner partner;
  partner.id = {core::ParticipantId(json->text_at("participant")),
                core::SiteName(json->text_at("site"))};
  // Anything but the two known states is the strictest.
  const auto state = number_at(*json, "state");
  partner.state = state == 0   ? PartnerState::kActive
                  : state == 1 ? PartnerState::kSuspended
                               : PartnerState::kRevoked;
  partner.name = json->text_at("name");
  const Json* addresses = json->find("addresses");
  const Json* keys = json->find("keys");
  if (!addresses || !keys) return core::internal("a stored partner lacks its addresses or keys");
  for (const Json& one : addresses->items()) partner.addresses.push_back(one.text());
  partner.anchor_pem = json->text_at("anchor");
  partner.earlier_anchor_pem = json->text_at("earlier_anchor");
  partner.earlier_anchor_until_s = number_at(*json, "earlier_anchor_until");
  for (const Json& one : keys->items()) {
    auto public_key = core::from_base64(one.text_at("public_key"));
    if (!public_key) return std::move(public_key.error());
    partner.keys.push_back({core::KeyId(one.text_at("id")), std::move(*public_key),
                            number_at(one, "valid_from"), number_at(one, "valid_to")});
  }
  partner.log_key = json->text_at("log_key");
  partner.introduction_sequence = static_cast<std::uint64_t>(number_at(*json, "sequence"));
  partner.introduction_digest = json->text_at("digest");
  partner.introduction = json->text_at("introduction");
  return partner;
}

}  // namespace

core::Status PartnerList::load(Database& database) {
  Statement rows(database, "SELECT facts, checkpoint FROM partners");
  while (rows.step()) {
    auto partner = from_text(rows.view(0));
    if (!partner) return std::move(partner.error());
    partner->last_checkpoint = rows.text(1);
    partners_[partner->id] = std::move(*partner);
  }
  if (!rows.ok()) return rows.failure();
  Statement ids(database, "SELECT identifier, participant FROM party_ids");
  while (ids.step()) party_ids_[ids.text(0)] = core::ParticipantId(ids.text(1));
  return ids.ok() ? core::ok() : core::Status(ids.failure());
}

std::optional<Partner> PartnerList::find(const core::Connector& id) const {
  std::shared_lock lock(mutex_);
  const auto found = partners_.find(id);
  return found == partners_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Partner> PartnerList::list() const {
  std::shared_lock lock(mutex_);
  std::vector<Partner> list;
  for (const auto& [id, partner] : partners_) list.push_back(partner);
  return list;
}

std::vector<std::string> PartnerList::party_ids(const core::ParticipantId& id) const {
  std::shared_lock lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [identifier, participant] : party_ids_) {
    if (participant == id) ids.push_back(identifier);
  }
  return ids;
}

// Who changes a partner holds a copy of it, which may be older than the newest checkpoint: as long
// as the log is the same one, only see() changes what was seen of it.
core::Result<std::string> PartnerList::kept_checkpoint(Database& database, const Partner& partner) {
  Statement& row = database.prepared(
      "SELECT facts, checkpoint FROM partners WHERE id = ?1 AND checkpoint <> ''");
  const std::string id = partner.id.str();
  row.bind(id);
  std::string checkpoint = partner.last_checkpoint;
  if (row.step()) {
    const auto before = from_text(row.view(0));
    if (before && before->log_key == partner.log_key) checkpoint = row.text(1);
  }
  if (!row.ok()) return row.failure();
  row.rewind();
  return checkpoint;
}

core::Result<PartnerList::Publish> PartnerList::put(Database& database, const Partner& given) {
  Partner partner = given;
  auto checkpoint = kept_checkpoint(database, partner);
  if (!checkpoint) return std::move(checkpoint.error());
  partner.last_checkpoint = std::move(*checkpoint);
  const std::string id = partner.id.str();
  const std::string facts = to_text(partner);
  auto written =
      database
          .prepared("INSERT OR REPLACE INTO partners (id, facts, checkpoint) VALUES (?1, ?2, ?3)")
          .bind(id)
          .bind(facts)
          .bind(partner.last_checkpoint)
          .run();
  if (!written) return std::move(written.error());
  return Publish([this, partner = std::move(partner)] {
    std::unique_lock lock(mutex_);
    partners_[partner.id] = partner;
  });
}

core::Result<PartnerList::Publish> PartnerList::remove(Database& database,
                                                       const core::Connector& id) {
  const std::string name = id.str();
  auto written = database.prepared("DELETE FROM partners WHERE id = ?1").bind(name).run();
  if (!written) return std::move(written.error());
  return Publish([this, id] {
    std::unique_lock lock(mutex_);
    partners_.erase(id);
  });
}

core::Result<PartnerList::Publish> PartnerList::put(Database& database,
                                                    const exchange::PutPartyId& party) {
  // One identifier belongs to one participant: else one partner would see another's rows.
  Statement& row = database.prepared(
      "SELECT participant FROM party_ids WHERE identifier = ?1 AND participant <> ?2");
  row.bind(party.identifier).bind(party.participant.str());
  if (!party.remove && row.step()) {
    const std::string owner = row.text(0);
    row.rewind();
    return core::Error{core::Code::kConflict,
                       "IDENTIFIER_TAKEN",
                       party.identifier + " is confirmed for " + owner,
                       "withdraw that first: connector partner confirm --withdraw",
                       {}};
  }
  if (!row.ok()) return row.failure();
  auto written =
      party.remove
          ? database.prepared("DELETE FROM party_ids WHERE identifier = ?1 AND participant = ?2")
                .bind(party.identifier)
                .bind(party.participant.str())
                .run()
          : database
                .prepared(
                    "INSERT OR REPLACE INTO party_ids (identifier, participant) "
                    "VALUES (?1, ?2)")
                .bind(party.identifier)
                .bind(party.participant.str())
                .run();
  if (!written) return std::move(written.error());
  return Publish([this, party] {
    std::unique_lock lock(mutex_);
    if (!party.remove) {
      party_ids_[party.identifier] = party.participant;
    } else if (const auto found = party_ids_.find(party.identifier);
               found != party_ids_.end() && found->second == party.participant) {
      party_ids_.erase(found);
    }
  });
}

core::Result<PartnerList::Publish> PartnerList::see(Database& database,
                                                    const exchange::SeenCheckpoint& seen) {
  const std::string id = seen.partner.str();
  auto written = database.prepared("UPDATE partners SET checkpoint = ?2 WHERE id = ?1")
                     .bind(id)
                     .bind(seen.checkpoint)
                     .run();
  if (!written) return std::move(written.error());
  return Publish([this, seen] {
    std::unique_lock lock(mutex_);
    const auto found = partners_.find(seen.partner);
    if (found != partners_.end()) found->second.last_checkpoint = seen.checkpoint;
  });
}

}  // namespace connector::store
