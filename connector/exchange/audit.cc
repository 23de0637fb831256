#include "exchange/audit.h"

#include <algorithm>
#include <map>
#include <set>

#include "evidence/checkpoint.h"
#include "evidence/introduction.h"
#include "evidence/log_entry.h"
#include "evidence/merkle.h"
#include "evidence/tiles.h"
#include "exchange/contract_entries.h"
#include "exchange/negotiation_message.h"
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

core::Result<Json> envelope_json(const std::string& text) {
  if (text.empty()) return Json();
  return core::parse_untrusted(text);
}

Json signature_json(const AgreementSignature& made) {
  return Json::object()
      .set("keyid", text_json(made.key_id))
      .set("sig", text_json(core::base64(made.signature)));
}

Json envelope_json(const KeptAgreement& kept) {
  return Json::object()
      .set("payloadType", text_json(kAgreementType))
      .set("payload", text_json(core::base64(kept.payload)))
      .set("signatures",
           Json::array({signature_json(kept.provider), signature_json(kept.consumer)}));
}

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
        note(n * evidence::kTileWidth + i, *entry);
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

  // What the log, up to the checkpoint, says nothing of is newer, and left out.
  core::Status write_fetches(const std::vector<Account>& accounts) {
    for (const Account& account : accounts) {
      auto json = fetch_json(account);
      if (!json) return std::move(json.error());
      if (json->is_null()) continue;
      const std::string path = "fetch/" + std::to_string(fetches_) + ".json";
      if (auto put = sink_(path, core::to_pretty_text(*json)); !put) return put;
      ++fetches_;
    }
    return core::ok();
  }

  // Of each entry with which one came into force, in the order of the log.
  core::Status write_agreements(const AuditKeys& keys) {
    std::map<std::string, const KeptAgreement*> known;
    for (const KeptAgreement& one : keys.agreements) {
      known.emplace(core::hex(core::sha256(one.payload)), &one);
    }
    for (std::size_t n = 0; n < verified_.size(); ++n) {
      const auto& [index, entry] = verified_[n];
      const auto found = known.find(entry.subject);
      const auto agreed = agreed_.find(entry.subject);
      if (found == known.end() || agreed == agreed_.end()) {
        return core::internal("agreement " + entry.agreement_id + " is gone");
      }
      Json json = Json::object();
      json.set("role", text_json(entry.role))
          .set("partner", text_json(entry.partner.str()))
          .set("agreed", number_json(agreed->second))
          .set("verified", number_json(index))
          .set("agreement", envelope_json(*found->second));
      const std::string path = "agreement/" + std::to_string(n) + ".json";
      if (auto put = sink_(path, core::to_pretty_text(json)); !put) return put;
    }
    return core::ok();
  }

  // Of each entry that names one, in the order of the log.
  core::Status write_statements(const AuditKeys& keys) {
    std::map<std::string, Json> known;
    for (const std::string& text : keys.statements) {
      const auto envelope = envelope_from_json(text);
      if (!envelope) return envelope.error();
      auto json = core::parse_untrusted(text);
      if (!json) return std::move(json.error());
      known.emplace(core::hex(core::sha256(envelope->payload)), std::move(*json));
    }
    for (std::size_t n = 0; n < naming_.size(); ++n) {
      const auto& [index, entry] = naming_[n];
      const auto found = known.find(entry.subject);
      if (found == known.end()) return core::internal("statement " + entry.subject + " is gone");
      Json json = Json::object();
      json.set("role", text_json(entry.role))
          .set("partner", text_json(entry.partner.str()))
          .set("entry", number_json(index))
          .set("statement", found->second);
      const std::string path = "statement/" + std::to_string(n) + ".json";
      if (auto put = sink_(path, core::to_pretty_text(json)); !put) return put;
    }
    return core::ok();
  }

  core::Status write_index(const AuditKeys& keys) {
    std::map<std::string, Json> known;
    for (const std::string& text : keys.introductions) {
      const auto envelope = evidence::envelope_from_json(text);
      if (!envelope) return envelope.error();
      auto json = core::parse_untrusted(text);
      if (!json) return std::move(json.error());
      known.emplace(evidence::digest_of(*envelope), std::move(*json));
    }
    Json introductions = Json::array();
    for (const std::string& digest : introductions_) {
      const auto found = known.find(digest);
      if (found == known.end()) return core::internal("introduction " + digest + " is gone");
      introductions.push(found->second);
    }
    Json json = Json::object();
    json.set("v", text_json("1"))
        .set("self", text_json(keys.self.str()))
        .set("fetches", number_json(fetches_))
        .set("agreements", number_json(verified_.size()))
        .set("statements", number_json(naming_.size()))
        .set("introductions", std::move(introductions));
    return sink_("export.json", core::to_pretty_text(json));
  }

 private:
  void note(std::uint64_t index, const std::string& bytes) {
    const auto entry = evidence::read_log_entry(bytes);
    if (!entry) return;
    if (entry->kind == evidence::kFetchAcknowledged) acknowledged_.insert(index);
    if (entry->kind == evidence::kFetchClosed) closed_.insert(index);
    if (entry->kind == evidence::kDataDeleted || entry->kind == evidence::kStatementReceived) {
      naming_.emplace_back(index, *entry);
    }
    // Signed anew where a key was rotated out before the other side had heard: the last one counts.
    if (entry->kind == kContractAgreement) agreed_.insert_or_assign(entry->subject, index);
    if (entry->kind == kContractVerification) {
      std::erase_if(verified_, [&](const auto& one) {
        return one.second.agreement_id == entry->agreement_id &&
               one.second.partner == entry->partner;
      });
      verified_.emplace_back(index, *entry);
    }
    const bool introduces =
        entry->kind == evidence::kSelfIntroduced || entry->kind == evidence::kKeyRotated ||
        entry->kind == evidence::kPartnerAdded || entry->kind == evidence::kPartnerIntroduced;
    if (!introduces) return;
    const auto& all = introductions_;
    if (std::find(all.begin(), all.end(), entry->subject) == all.end()) {
      introductions_.push_back(entry->subject);
    }
  }

  core::Result<Json> fetch_json(const Account& account) const {
    Json entries = Json::array();
    bool closed = false;
    bool acknowledged = false;
    for (const std::uint64_t index : account.entries) {
      if (index >= size_) continue;
      entries.push(number_json(index));
      closed = closed || closed_.count(index);
      acknowledged = acknowledged || acknowledged_.count(index);
    }
    if (entries.items().empty()) return Json();
    auto receipt = envelope_json(closed ? account.receipt : std::string());
    if (!receipt) return receipt;
    auto said = envelope_json(acknowledged ? account.acknowledgement : std::string());
    if (!said) return said;
    auto head = envelope_json(closed ? account.head : std::string());
    if (!head) return head;
    Json json = Json::object();
    json.set("role", text_json(account.provider ? "provider" : "consumer"))
        .set("partner", text_json(account.partner.str()))
        .set("request_id", text_json(account.request_id))
        .set("first_request", text_json(account.first_request))
        .set("entries", std::move(entries))
        .set("receipt", std::move(*receipt))
        .set("acknowledgement", std::move(*said))
        .set("head", std::move(*head));
    return json;
  }

  const Log& log_;
  const std::uint64_t size_;
  const ExportSink& sink_;
  std::set<std::uint64_t> closed_;                            // entries
  std::set<std::uint64_t> acknowledged_;                      // entries
  std::vector<std::pair<std::uint64_t, LogEntry>> naming_;    // statements
  std::map<std::string, std::uint64_t> agreed_;               // entries, by digest of the agreement
  std::vector<std::pair<std::uint64_t, LogEntry>> verified_;  // agreements
  std::vector<std::string> introductions_;                    // digests, as the log names them
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
  if (auto done = exporter.write_agreements(keys); !done) return done;
  if (auto done = exporter.write_statements(keys); !done) return done;
  return exporter.write_index(keys);
}

}  // namespace connector::exchange
