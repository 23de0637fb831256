#include <limits>
#include <map>
#include <set>

#include "evidence/checkpoint.h"
#include "evidence/dsse.h"
#include "evidence/log_entry.h"
#include "evidence/merkle.h"
#include "evidence/tiles.h"
#include "exchange/audit.h"
#include "exchange/payload.h"
#include "exchange/statements.h"

namespace connector::exchange {
namespace {

using core::Json;
using evidence::LogEntry;

// Offline there is no clock: what was signed is judged by the key's interval alone.
constexpr core::EpochNs kAnyTime = std::numeric_limits<core::EpochNs>::max() / 2;

core::Error broken(const std::string& file, const std::string& place, const std::string& what) {
  core::Error error =
      core::invalid("EXPORT_INVALID", file + (place.empty() ? "" : ", " + place) + ": " + what,
                    "ask for a new export; keep this one");
  error.metadata = {{"file", file}, {"place", place}};
  return error;
}

std::string nth(const char* what, std::uint64_t n) {
  std::string text = what;
  return text.append(" ").append(std::to_string(n));
}

// Reads one export and checks it, file by file.
class Verification {
 public:
  Verification(const ExportReader& read, const VerifySignature& verify)
      : read_(read), verify_(verify) {}

  core::Result<Json> run(const std::string& expected_log_key) {
    if (auto done = index(expected_log_key); !done) return std::move(done.error());
    if (auto done = checkpoint(); !done) return std::move(done.error());
    if (auto done = entries(); !done) return std::move(done.error());
    if (auto done = upper_tiles(); !done) return std::move(done.error());
    if (log_.root() != checkpoint_.root) {
      return broken("checkpoint", "root", "the entries give another root");
    }
    for (std::uint64_t n = 0; n < fetches_; ++n) {
      if (auto done = fetch(n); !done) return std::move(done.error());
    }
    if (auto done = all_named(); !done) return std::move(done.error());
    return report();
  }

 private:
  struct Asked {  // whose request an entry speaks of
    core::Connector partner;
    std::string first_request;
    std::string request_id;
  };
  struct Closing {  // what an entry says of a receipt
    std::uint64_t index = 0;
    LogEntry entry;
  };

  core::Result<std::string> file(const std::string& path) const {
    auto bytes = read_(path);
    if (!bytes) return broken(path, {}, "cannot be read: " + bytes.error().message);
    return bytes;
  }

  core::Result<Json> json_file(const std::string& path) const {
    auto bytes = file(path);
    if (!bytes) return std::move(bytes.error());
    auto json = core::parse_untrusted(*bytes);
    if (!json) return broken(path, {}, json.error().message);
    return json;
  }

  static core::Result<PartnerKey> key_of(const Json& json) {
    Members members(json, "a key");
    PartnerKey key;
    key.id = core::KeyId(members.text("key_id"));
    key.public_key = members.base64("public_key");
    key.valid_from_s = members.signed_number("valid_from");
    key.valid_to_s = members.signed_number("valid_to");
    if (key.id.str() != core::hex(core::sha256(key.public_key)).substr(0, 16)) {
      members.fail("key_id is not that of the key");
    }
    if (auto done = members.done(); !done) return std::move(done.error());
    return key;
  }

  static core::Result<Partner> connector_of(const Json& json, const std::string& place) {
    Partner who;
    Members members(json, place);
    who.id = members.connector("connector");
    who.log_key = members.text("log_key");
    const Json* keys = members.list("keys");
    if (who.log_key.rfind(who.id.str() + "+", 0) != 0) {
      members.fail("the log's key names another origin");
    }
    if (auto done = members.done(); !done) {
      return broken("export.json", place, done.error().message);
    }
    for (const Json& one : keys->items()) {
      auto key = key_of(one);
      if (!key) return broken("export.json", place, key.error().message);
      who.keys.push_back(std::move(*key));
    }
    return who;
  }

  core::Status index(const std::string& expected_log_key) {
    auto json = json_file("export.json");
    if (!json) return std::move(json.error());
    const Json* self = json->find("self");
    const Json* partners = json->find("partners");
    const Json* fetches = json->find("fetches");
    if (json->text_at("v") != "1" || !self || !partners || !fetches || !fetches->as_uint64()) {
      return broken("export.json", {}, "it is not of version 1");
    }
    auto own = connector_of(*self, "self");
    if (!own) return std::move(own.error());
    self_ = std::move(*own);
    if (!expected_log_key.empty() && self_.log_key != expected_log_key) {
      return broken("export.json", "self", "the log's key is not the expected one");
    }
    for (const Json& one : partners->items()) {
      auto partner = connector_of(one, "partners");
      if (!partner) return std::move(partner.error());
      partners_.emplace(partner->id.str(), std::move(*partner));
    }
    fetches_ = *fetches->as_uint64();
    return core::ok();
  }

  core::Status checkpoint() {
    auto note = file("checkpoint");
    if (!note) return std::move(note.error());
    auto opened = evidence::open_checkpoint(*note, self_.log_key, verify_);
    if (!opened) return broken("checkpoint", {}, opened.error().message);
    checkpoint_ = std::move(*opened);
    return core::ok();
  }

  core::Status entries() {
    for (std::uint64_t n = 0; evidence::width_of(n, checkpoint_.size) > 0; ++n) {
      const std::uint64_t width = evidence::width_of(n, checkpoint_.size);
      const std::string path = evidence::bundle_path(n, width);
      auto bundle = file(path);
      if (!bundle) return std::move(bundle.error());
      const auto split = evidence::entries_of(*bundle);
      if (!split) return broken(path, {}, split.error().message);
      if (split->size() != width) return broken(path, {}, "it has another number of entries");
      std::vector<core::Digest> leaves;
      for (const std::string_view bytes : *split) {
        leaves.push_back(evidence::leaf_hash(bytes));
        if (auto taken = take(path, bytes); !taken) return taken;
      }
      if (auto same = tile(0, n, leaves); !same) return same;
      if (width == evidence::kTileWidth) above_.push_back(evidence::tile_root(std::move(leaves)));
    }
    return core::ok();
  }

  // One entry: into the tree, and what it says is remembered.
  core::Status take(const std::string& path, std::string_view bytes) {
    const std::uint64_t index = log_.size();
    std::vector<evidence::Frontier::Node> completed;
    log_.append(evidence::leaf_hash(bytes), completed);
    auto entry = evidence::read_log_entry(bytes);
    if (!entry) return broken(path, nth("entry", index), entry.error().message);
    if (entry->self != self_.id) return broken(path, nth("entry", index), "it is of another log");
    if (!entry->checkpoint.empty()) seen(index, *entry);
    if (!entry->request_id.empty())
      requests_[index] = {entry->partner, entry->first_request, entry->request_id};
    if (entry->receipt_digest.empty()) return core::ok();
    const bool said = entry->kind == evidence::kFetchAcknowledged;
    (said ? acknowledged_ : closed_).insert({entry->receipt_digest, Closing{index, *entry}});
    return core::ok();
  }

  // A partner's checkpoint that we logged: two roots for one size prove a split view.
  void seen(std::uint64_t index, const LogEntry& entry) {
    const auto partner = partners_.find(entry.partner.str());
    if (partner == partners_.end()) return remark(nth("entry", index), "its partner has no key");
    const auto opened =
        evidence::open_checkpoint(entry.checkpoint, partner->second.log_key, verify_);
    if (!opened) return remark(nth("entry", index), opened.error().message);
    ++partner_checkpoints_;
    const auto [known, fresh] = roots_.insert({{opened->origin, opened->size}, opened->root});
    if (!fresh && known->second != opened->root) {
      split_views_.push(text_json(opened->origin + " at size " + std::to_string(opened->size)));
    }
  }

  void remark(const std::string& place, const std::string& what) {
    unverified_.push(text_json(place + ": " + what));
  }

  core::Status tile(int level, std::uint64_t n, const std::vector<core::Digest>& hashes) {
    const std::string path = evidence::tile_path(level, n, hashes.size());
    auto bytes = file(path);
    if (!bytes) return std::move(bytes.error());
    ++tiles_;
    if (bytes->size() != 32 * hashes.size()) return broken(path, {}, "it has another length");
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      if (bytes->compare(32 * i, 32, core::view(hashes[i])) != 0) {
        return broken(path, nth("hash", i), "it is not the hash of what is below");
      }
    }
    return core::ok();
  }

  core::Status upper_tiles() {
    for (int level = 1; !above_.empty(); ++level) {
      const std::vector<core::Digest> hashes = std::move(above_);
      above_.clear();
      for (std::uint64_t n = 0; evidence::width_of(n, hashes.size()) > 0; ++n) {
        const auto begin = hashes.begin() + static_cast<std::ptrdiff_t>(n * evidence::kTileWidth);
        const auto width = static_cast<std::ptrdiff_t>(evidence::width_of(n, hashes.size()));
        std::vector<core::Digest> part(begin, begin + width);
        if (auto same = tile(level, n, part); !same) return same;
        if (part.size() == evidence::kTileWidth) {
          above_.push_back(evidence::tile_root(std::move(part)));
        }
      }
    }
    return core::ok();
  }

  core::Status fetch(std::uint64_t n) {
    const std::string path = "fetch/" + std::to_string(n) + ".json";
    auto json = json_file(path);
    if (!json) return std::move(json.error());
    const Json* entries = json->find("entries");
    const Json* receipt = json->find("receipt");
    const Json* said = json->find("acknowledgement");
    const bool provider = json->text_at("role") == "provider";
    if (!entries || !receipt || !said || (!provider && json->text_at("role") != "consumer")) {
      return broken(path, {}, "a member is missing");
    }
    if (auto done = check_entries(path, *json); !done) return done;
    const auto partner = partners_.find(json->text_at("partner"));
    if (partner == partners_.end()) {
      if (!receipt->is_null()) {
        remark(path, "its partner has no key in this export");
        excused_.insert(payload_digest(*receipt));
      }
      return core::ok();
    }
    const Partner& giver = provider ? self_ : partner->second;
    const Partner& taker = provider ? partner->second : self_;
    if (auto done = check_receipt(path, *receipt, giver, taker); !done) return done;
    return check_acknowledgement(path, *said, giver, taker);
  }

  // The entries that a fetch names speak of it.
  core::Status check_entries(const std::string& path, const Json& json) const {
    for (const Json& one : json.find("entries")->items()) {
      const auto found = requests_.find(one.as_uint64().value_or(checkpoint_.size));
      if (found == requests_.end() || found->second.partner.str() != json.text_at("partner") ||
          (found->second.first_request != json.text_at("first_request") &&
           found->second.request_id != json.text_at("request_id"))) {
        return broken(path, "entries", "entry " + one.text() + " is of another request");
      }
    }
    return core::ok();
  }

  static std::string payload_digest(const Json& envelope) {
    const auto payload = core::from_base64(envelope.text_at("payload"));
    return payload ? core::hex(core::sha256(*payload)) : std::string();
  }

  core::Status check_receipt(const std::string& path, const Json& json, const Partner& giver,
                             const Partner& taker) {
    if (json.is_null()) return core::ok();
    const auto envelope = envelope_from_json(core::to_text(json));
    if (!envelope) return broken(path, "receipt", envelope.error().message);
    const auto facts = read_receipt(*envelope, giver, kAnyTime, verify_);
    if (!facts) return broken(path, "receipt", facts.error().message);
    if (facts->consumer != taker.id) return broken(path, "receipt", "it names another consumer");
    const std::string digest = core::hex(core::sha256(envelope->payload));
    const auto closing = closed_.find(digest);
    if (closing == closed_.end()) return broken(path, "receipt", "no entry of the log names it");
    const LogEntry& entry = closing->second.entry;
    if (entry.chain_head != core::hex(facts->chain_head) || entry.records != facts->records ||
        entry.batches != facts->batches || entry.bytes != facts->bytes ||
        entry.dataset != facts->dataset.str() || entry.first_request != facts->first_request) {
      return broken(path, "receipt", "it differs from " + nth("entry", closing->second.index));
    }
    receipts_.insert(digest);
    return core::ok();
  }

  core::Status check_acknowledgement(const std::string& path, const Json& json,
                                     const Partner& giver, const Partner& taker) {
    if (json.is_null()) return core::ok();
    const auto envelope = envelope_from_json(core::to_text(json));
    if (!envelope) return broken(path, "acknowledgement", envelope.error().message);
    const auto said = read_acknowledgement(*envelope, taker, kAnyTime, verify_);
    if (!said) return broken(path, "acknowledgement", said.error().message);
    if (said->provider != giver.id) {
      return broken(path, "acknowledgement", "it names another provider");
    }
    if (!acknowledged_.count(core::hex(said->receipt_digest))) {
      return broken(path, "acknowledgement", "no entry of the log names it");
    }
    said_.insert(core::hex(said->receipt_digest));
    return core::ok();
  }

  // Nothing that the log speaks of is missing.
  core::Status all_named() const {
    for (const auto& [digest, closing] : closed_) {
      if (receipts_.count(digest) || excused_.count(digest)) continue;
      return broken("fetch", nth("entry", closing.index), "the receipt that it names is missing");
    }
    for (const auto& [digest, closing] : acknowledged_) {
      if (said_.count(digest) || excused_.count(digest)) continue;
      return broken("fetch", nth("entry", closing.index),
                    "the acknowledgement that it speaks of is missing");
    }
    return core::ok();
  }

  Json report() const {
    Json json = Json::object();
    json.set("connector", text_json(self_.id.str()))
        .set("log_key", text_json(self_.log_key))
        .set("entries", number_json(checkpoint_.size))
        .set("root", text_json(core::hex(checkpoint_.root)))
        .set("tiles", number_json(tiles_))
        .set("receipts", number_json(receipts_.size()))
        .set("acknowledgements", number_json(said_.size()))
        .set("partner_checkpoints", number_json(partner_checkpoints_))
        .set("split_views", split_views_)
        .set("unverified", unverified_);
    return json;
  }

  const ExportReader& read_;
  const VerifySignature& verify_;
  Partner self_;
  std::map<std::string, Partner> partners_;
  std::uint64_t fetches_ = 0;
  evidence::Checkpoint checkpoint_;
  evidence::Frontier log_;
  std::vector<core::Digest> above_;  // roots of the full tiles of the level below
  std::uint64_t tiles_ = 0;
  std::map<std::uint64_t, Asked> requests_;      // by index; those that name a request
  std::map<std::string, Closing> closed_;        // by receipt digest
  std::map<std::string, Closing> acknowledged_;  // by receipt digest
  std::map<std::pair<std::string, std::uint64_t>, core::Digest> roots_;
  std::set<std::string> receipts_;
  std::set<std::string> said_;
  std::set<std::string> excused_;  // of partners whose keys are gone
  std::uint64_t partner_checkpoints_ = 0;
  Json split_views_ = Json::array();
  Json unverified_ = Json::array();
};

}  // namespace

core::Result<Json> verify_export(const ExportReader& read, const VerifySignature& verify,
                                 const std::string& expected_log_key) {
  return Verification(read, verify).run(expected_log_key);
}

}  // namespace connector::exchange
