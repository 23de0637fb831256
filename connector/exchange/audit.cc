#include "exchange/audit.h"

#include <set>

#include "evidence/checkpoint.h"
#include "evidence/log_entry.h"
#include "evidence/merkle.h"
#include "evidence/tiles.h"
#include "exchange/payload.h"
#include "exchange/statements.h"

namespace connector::exchange {
namespace {

using core::Json;
using evidence::LogEntry;

constexpr std::size_t kAllAccounts = 10'000'000;

std::string name_of(const core::Connector& id) {
  return id.participant.empty() ? std::string() : id.str();
}

Json key_json(const PartnerKey& key) {
  Json json = Json::object();
  json.set("key_id", text_json(key.id.str()))
      .set("public_key", text_json(core::base64(key.public_key)))
      .set("valid_from", text_json(std::to_string(key.valid_from_s)))
      .set("valid_to", text_json(std::to_string(key.valid_to_s)));
  return json;
}

Json keys_json(const std::vector<PartnerKey>& keys) {
  Json list = Json::array();
  for (const PartnerKey& key : keys) list.push(key_json(key));
  return list;
}

Json connector_json(const core::Connector& id, const std::string& log_key,
                    const std::vector<PartnerKey>& keys) {
  Json json = Json::object();
  json.set("connector", text_json(id.str()))
      .set("log_key", text_json(log_key))
      .set("keys", keys_json(keys));
  return json;
}

// What the log, up to the checkpoint, says of receipts: newer statements are left out.
struct Named {
  std::set<std::string> receipts;      // digests, of closing entries
  std::set<std::string> acknowledged;  // digests, of acknowledgement entries
};

class Exporter {
 public:
  Exporter(const Log& log, std::uint64_t size, const ExportSink& sink)
      : log_(log), size_(size), sink_(sink) {}

  core::Status write_entries() {
    for (std::uint64_t n = 0; evidence::width_of(n, size_) > 0; ++n) {
      const std::uint64_t width = evidence::width_of(n, size_);
      std::string bundle;
      for (std::uint64_t i = 0; i < width; ++i) {
        auto entry = log_.entry(n * evidence::kTileWidth + i);
        if (!entry) return std::move(entry.error());
        evidence::add_to_bundle(bundle, *entry);
        note(*entry);
      }
      if (auto put = sink_(evidence::bundle_path(n, width), bundle); !put) return put;
    }
    return core::ok();
  }

  core::Status write_tiles(int level) {
    const std::uint64_t count = evidence::hashes_at(level, size_);
    for (std::uint64_t n = 0; evidence::width_of(n, count) > 0; ++n) {
      const std::uint64_t width = evidence::width_of(n, count);
      std::string tile;
      for (std::uint64_t i = 0; i < width; ++i) {
        auto hash = log_.hash(8 * level, n * evidence::kTileWidth + i);
        if (!hash) return std::move(hash.error());
        tile += core::view(*hash);
      }
      if (auto put = sink_(evidence::tile_path(level, n, width), tile); !put) return put;
    }
    return core::ok();
  }

  core::Status write_fetches(const std::vector<Account>& accounts) {
    for (const Account& account : accounts) {
      auto json = fetch_json(account);
      if (!json) return std::move(json.error());
      const std::string path = "fetch/" + std::to_string(fetches_) + ".json";
      if (auto put = sink_(path, core::to_pretty_text(*json)); !put) return put;
      ++fetches_;
    }
    return core::ok();
  }

  core::Status write_index(const AuditKeys& keys) {
    Json partners = Json::array();
    for (const Partner& partner : keys.partners) {
      partners.push(connector_json(partner.id, partner.log_key, partner.keys));
    }
    Json json = Json::object();
    json.set("v", text_json("1"))
        .set("self", connector_json(keys.self, keys.log_key, keys.keys))
        .set("partners", std::move(partners))
        .set("fetches", number_json(fetches_));
    return sink_("export.json", core::to_pretty_text(json));
  }

 private:
  void note(const std::string& bytes) {
    const auto entry = evidence::read_log_entry(bytes);
    if (!entry || entry->receipt_digest.empty()) return;
    const bool said = entry->kind == evidence::kFetchAcknowledged;
    (said ? named_.acknowledged : named_.receipts).insert(entry->receipt_digest);
  }

  core::Result<Json> fetch_json(const Account& account) const {
    Json entries = Json::array();
    for (const std::uint64_t index : account.entries) {
      if (index < size_) entries.push(number_json(index));
    }
    auto receipt = receipt_json(account.receipt);
    if (!receipt) return receipt;
    auto said = acknowledgement_json(account.acknowledgement);
    if (!said) return said;
    Json json = Json::object();
    json.set("role", text_json(account.provider ? "provider" : "consumer"))
        .set("partner", text_json(account.partner.str()))
        .set("request_id", text_json(account.request_id))
        .set("first_request", text_json(account.first_request))
        .set("entries", std::move(entries))
        .set("receipt", std::move(*receipt))
        .set("acknowledgement", std::move(*said));
    return json;
  }

  core::Result<Json> receipt_json(const std::string& text) const {
    if (text.empty()) return Json();
    const auto envelope = envelope_from_json(text);
    if (!envelope) return envelope.error();
    const std::string digest = core::hex(core::sha256(envelope->payload));
    return named_.receipts.count(digest) ? core::parse_untrusted(text) : Json();
  }

  core::Result<Json> acknowledgement_json(const std::string& text) const {
    if (text.empty()) return Json();
    const auto envelope = envelope_from_json(text);
    if (!envelope) return envelope.error();
    const auto payload = core::parse_untrusted(envelope->payload);
    if (!payload) return payload.error();
    const std::string& digest = payload->text_at("receipt_digest");
    return named_.acknowledged.count(digest) ? core::parse_untrusted(text) : Json();
  }

  const Log& log_;
  const std::uint64_t size_;
  const ExportSink& sink_;
  Named named_;
  std::uint64_t fetches_ = 0;
};

}  // namespace

core::Result<Json> entry_to_json(std::uint64_t index, std::string_view bytes) {
  const auto entry = evidence::read_log_entry(bytes);
  if (!entry) return entry.error();
  auto members = core::parse_untrusted(bytes);
  if (!members) return members;
  Json json = Json::object();
  json.set("index", number_json(index));
  for (const auto& [name, value] : members->members()) {
    if (name == "time") {
      json.set(name, text_json(core::to_rfc3339(entry->at)));
    } else if (value.is_object()) {
      json.set(name, text_json(name_of(name == "self" ? entry->self : entry->partner)));
    } else {
      json.set(name, value);
    }
  }
  json.set("leaf_hash", text_json(core::hex(evidence::leaf_hash(bytes))));
  return json;
}

core::Status export_log(const Log& log, const Accounts& accounts, const std::string& checkpoint,
                        const AuditKeys& keys, const ExportSink& sink) {
  const auto opened = evidence::own_checkpoint(checkpoint);
  if (!opened) return opened.error();
  Exporter exporter(log, opened->size, sink);
  if (auto done = sink("checkpoint", checkpoint); !done) return done;
  if (auto done = exporter.write_entries(); !done) return done;
  for (int level = 0; evidence::hashes_at(level, opened->size) > 0; ++level) {
    if (auto done = exporter.write_tiles(level); !done) return done;
  }
  const auto known = accounts.list(kAllAccounts);
  if (!known) return known.error();
  if (auto done = exporter.write_fetches(*known); !done) return done;
  return exporter.write_index(keys);
}

}  // namespace connector::exchange
