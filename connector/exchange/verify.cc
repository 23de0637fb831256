#include <map>

#include "evidence/checkpoint.h"
#include "evidence/log_entry.h"
#include "evidence/merkle.h"
#include "evidence/tiles.h"
#include "exchange/audit.h"
#include "exchange/export_files.h"
#include "exchange/key_history.h"
#include "exchange/payload.h"
#include "exchange/verify_agreements.h"
#include "exchange/verify_parts.h"
#include "exchange/verify_statements.h"

namespace connector::exchange {
namespace {

using core::Json;
using evidence::LogEntry;

// Reads one export and checks it, file by file.
class Verification {
 public:
  Verification(const ExportReader& read, const VerifySignature& verify, ExportIndex index)
      : read_(read),
        verify_(verify),
        index_(std::move(index)),
        keys_(index_.self, verify_),
        parts_(keys_, verify_, [this](std::uint64_t size) { return root_at(size); }),
        agreements_(keys_, verify_),
        statements_(keys_, agreements_, verify_,
                    [this](std::uint64_t size) { return root_at(size); }) {}

  core::Result<Json> run(const std::string& expected_log_key) {
    if (auto done = introductions(expected_log_key); !done) return std::move(done.error());
    if (auto done = checkpoint(); !done) return std::move(done.error());
    if (auto done = entries(); !done) return std::move(done.error());
    if (auto done = upper_tiles(); !done) return std::move(done.error());
    if (log_.root() != checkpoint_.root) {
      return broken("checkpoint", "root", "the entries give another root");
    }
    if (auto named = keys_.all_named(); !named) {
      return broken("export.json", "introductions", named.error().message);
    }
    if (auto done = every(index_.fetches, read_exported_part, parts_); !done) {
      return std::move(done.error());
    }
    if (auto done = every(index_.agreements, read_exported_agreement, agreements_); !done) {
      return std::move(done.error());
    }
    if (auto done = every(index_.statements, read_exported_statement, statements_); !done) {
      return std::move(done.error());
    }
    return report();
  }

 private:
  // Checks the files of one kind, and that none is missing.
  template <typename Read, typename Check>
  core::Status every(std::uint64_t count, Read read_one, Check& check) {
    for (std::uint64_t n = 0; n < count; ++n) {
      const auto one = read_one(read_, n);
      if (!one) return one.error();
      if (auto done = check.check(index_.self, *one); !done) return done;
    }
    return check.complete();
  }

  // Of us, of our partners, of all times: all that is known of keys.
  core::Status introductions(const std::string& expected_log_key) {
    for (const Json& envelope : index_.introductions) {
      if (auto added = keys_.add(envelope); !added) {
        return broken("export.json", "introductions", added.error().message);
      }
    }
    const auto log_key = keys_.own_log_key();
    if (!log_key) return broken("export.json", "introductions", "none is of its connector");
    log_key_ = *log_key;
    if (!expected_log_key.empty() && log_key_ != expected_log_key) {
      return broken("export.json", "introductions", "the log's key is not the expected one");
    }
    return core::ok();
  }

  core::Status checkpoint() {
    auto note = export_file(read_, "checkpoint");
    if (!note) return std::move(note.error());
    auto opened = evidence::open_checkpoint(*note, log_key_, verify_);
    if (!opened) return broken("checkpoint", {}, opened.error().message);
    checkpoint_ = std::move(*opened);
    return core::ok();
  }

  core::Status entries() {
    for (std::uint64_t n = 0; evidence::width_of(n, checkpoint_.size) > 0; ++n) {
      const std::uint64_t width = evidence::width_of(n, checkpoint_.size);
      const std::string path = evidence::bundle_path(n, width);
      auto bundle = export_file(read_, path);
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
    grow(evidence::leaf_hash(bytes));
    auto entry = evidence::read_log_entry(bytes);
    if (!entry) return broken(path, nth("entry", index), entry.error().message);
    if (entry->self != index_.self) {
      return broken(path, nth("entry", index), "it is of another log");
    }
    if (!entry->checkpoint.empty()) seen(index, *entry);
    if (auto noted = keys_.note(index, *entry); !noted) {
      return broken(path, nth("entry", index), noted.error().message);
    }
    parts_.note(index, *entry);
    agreements_.note(index, *entry);
    statements_.note(index, *entry);
    return core::ok();
  }

  void grow(const core::Digest& leaf) {
    std::vector<evidence::Frontier::Node> completed;
    log_.append(leaf, completed);
    for (const auto& one : completed) {
      const auto level = static_cast<std::size_t>(one.level);
      if (level >= nodes_.size()) nodes_.resize(level + 1);
      nodes_[level].push_back(one.hash);
    }
  }

  core::Result<core::Digest> root_at(std::uint64_t size) const {
    return evidence::root(size, [this](int level, std::uint64_t i) { return node(level, i); });
  }

  core::Result<core::Digest> node(int level, std::uint64_t index) const {
    const auto at = static_cast<std::size_t>(level);
    if (at < nodes_.size() && index < nodes_[at].size()) return nodes_[at][index];
    return core::internal("the log has no such node");
  }

  // A partner's checkpoint that we logged: two roots for one size prove a split view.
  void seen(std::uint64_t index, const LogEntry& entry) {
    const auto partner = keys_.at(entry.partner, index);
    if (!partner) return remark(nth("entry", index), "its partner was not known then");
    const auto opened = evidence::open_checkpoint(entry.checkpoint, partner->log_key, verify_);
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
    auto bytes = export_file(read_, path);
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

  Json report() const {
    Json partners = Json::array();
    for (const KeyHistory::Known& one : keys_.known()) {
      if (one.id == index_.self) continue;
      partners.push(Json::object()
                        .set("connector", text_json(one.id.str()))
                        .set("fingerprint", text_json(one.fingerprint))
                        .set("removed", Json::boolean(one.removed)));
    }
    Json countersigned = Json::array();
    for (const auto& [partner, size] : parts_.countersigned()) {
      countersigned.push(
          Json::object().set("connector", text_json(partner)).set("entries", number_json(size)));
    }
    Json after_end = Json::array();
    for (const auto& place : agreements_.after_end()) after_end.push(text_json(place));
    return Json::object()
        .set("connector", text_json(index_.self.str()))
        .set("log_key", text_json(log_key_))
        .set("entries", number_json(checkpoint_.size))
        .set("root", text_json(core::hex(checkpoint_.root)))
        .set("tiles", number_json(tiles_))
        .set("receipts", number_json(parts_.receipts()))
        .set("acknowledgements", number_json(parts_.acknowledgements()))
        .set("batch_heads", number_json(parts_.heads()))
        .set("agreements", number_json(agreements_.agreements()))
        .set("deletion_proofs", number_json(statements_.deletion_proofs()))
        .set("use_statements", number_json(statements_.use_statements()))
        .set("partners", std::move(partners))
        .set("countersigned", std::move(countersigned))
        .set("partner_checkpoints", number_json(partner_checkpoints_))
        .set("split_views", split_views_)
        .set("after_end", std::move(after_end))
        .set("unverified", unverified_);
  }

  const ExportReader& read_;
  const VerifySignature& verify_;
  const ExportIndex index_;
  KeyHistory keys_;
  PartCheck parts_;
  AgreementCheck agreements_;
  StatementCheck statements_;
  std::string log_key_;
  evidence::Checkpoint checkpoint_;
  evidence::Frontier log_;
  std::vector<std::vector<core::Digest>> nodes_;  // of the tree, by level
  std::vector<core::Digest> above_;               // roots of the full tiles of the level below
  std::uint64_t tiles_ = 0;
  std::map<std::pair<std::string, std::uint64_t>, core::Digest> roots_;
  std::uint64_t partner_checkpoints_ = 0;
  Json split_views_ = Json::array();
  Json unverified_ = Json::array();
};

}  // namespace

core::Result<Json> verify_export(const ExportReader& read, const VerifySignature& verify,
                                 const std::string& expected_log_key) {
  auto index = read_export_index(read);
  if (!index) return std::move(index.error());
  return Verification(read, verify, std::move(*index)).run(expected_log_key);
}

}  // namespace connector::exchange
