// Puts a backup in the place of store and policy.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "core/digest.h"
#include "site/backup.h"
#include "site/backup_parts.h"
#include "site/keys.h"
#include "site/policy_options.h"
#include "site/tar.h"
#include "source/files.h"
#include "store/copies.h"
#include "store/lock.h"

namespace connector::site {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr std::size_t kManifestBytes = 64u << 20;
constexpr std::size_t kReadyBytes = 64u << 10;
constexpr const char* kDraft = "restore.draft";
constexpr const char* kReady = "ready.json";        // the draft is whole and may take its place
constexpr const char* kRestored = "restored.json";  // tells the next start what happened

core::Error damaged(const std::string& what) {
  return core::invalid("BACKUP_DAMAGED", "the backup is damaged: " + what,
                       "take another copy of it");
}

// Nothing may be written beside the folder that it is unpacked into.
bool good_name(const std::string& name) {
  if (name == kBackupStore || name == kManifest || name == kManifestSum) return true;
  if (!name.starts_with(kBackupPolicy)) return false;
  for (const fs::path& part : fs::path(name)) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

class Unpacking {
 public:
  explicit Unpacking(const fs::path& into) : into_(into) {}

  core::Status begin(const std::string& name, std::uint64_t size) {
    if (!good_name(name) || files_.count(name) > 0) return damaged("it holds '" + name + "'");
    name_ = name;
    digest_ = core::Sha256();
    file_ = {size, {}};
    std::error_code error;
    fs::create_directories((into_ / name).parent_path(), error);
    fs::permissions(into_, fs::perms::owner_all, error);
    const int made = ::open((into_ / name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made >= 0) ::close(made);
    out_ = std::ofstream(into_ / name, std::ios::binary | std::ios::trunc);
    return written();
  }

  core::Status piece(std::string_view bytes) {
    if (!bytes.empty()) {
      digest_.update(bytes);
      out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      return written();
    }
    out_.close();
    if (auto done = written(); !done) return done;
    const int file = ::open((into_ / name_).c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (!synced) return written(false);
    file_.sha256 = core::hex(digest_.finish());
    files_.emplace(name_, file_);
    return core::ok();
  }

  core::Result<Unpacked> finish() {
    auto manifest = source::read_file(into_ / kManifest, kManifestBytes);
    auto sum = source::read_file(into_ / kManifestSum, 1024);
    if (!manifest || !sum) return damaged("it has no manifest");
    if (*sum != core::hex(core::sha256(*manifest)) + "\n") return damaged("its manifest differs");
    auto json = core::parse_untrusted(*manifest);
    const Json* version = json ? json->find("version") : nullptr;
    if (!version || version->text() != "1") return damaged("its manifest is of another version");
    if (auto all = check(*json); !all) return std::move(all.error());
    return Unpacked{std::move(*json), std::move(files_)};
  }

 private:
  core::Status check(const Json& manifest) {
    const Json* listed = manifest.find("files");
    std::size_t count = 2;  // the manifest and its sum
    for (const Json& one : listed ? listed->items() : std::vector<Json>()) {
      const auto found = files_.find(one.text_at("name"));
      if (found == files_.end()) return damaged(one.text_at("name") + " is missing");
      if (found->second.sha256 != one.text_at("sha256")) {
        return damaged(one.text_at("name") + " is not what the manifest says");
      }
      ++count;
    }
    return count == files_.size() ? core::ok()
                                  : core::Status(damaged("it holds more than it says"));
  }

  core::Status written(bool good = true) const {
    if (good && out_) return core::ok();
    return core::Error{core::Code::kExhausted,
                       "BACKUP_NOT_WRITTEN",
                       "cannot write " + (into_ / name_).string(),
                       "is there room enough?",
                       {}};
  }

  const fs::path into_;
  std::string name_;
  BackupFile file_;
  core::Sha256 digest_;
  std::ofstream out_;
  std::map<std::string, BackupFile> files_;
};

core::Status check_owner(const Config& config, const Json& manifest) {
  const auto foreign = [](const std::string& what) {
    return core::Error{core::Code::kConflict,
                       "BACKUP_FOREIGN",
                       what,
                       "restore it into the connector that it was made of, with its keys/",
                       {}};
  };
  const std::string of = manifest.text_at("participant") + "/" + manifest.text_at("site");
  if (of != config.id.str()) return foreign("the backup is of " + of);
  auto keys = Keys::load(config.dir);
  if (!keys) return std::move(keys.error());
  if (core::hex((*keys)->log_public_key()) != manifest.text_at("log_key")) {
    return foreign("the log of the backup was signed with another key than the one in keys/");
  }
  return core::ok();
}

std::string stamp() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::string text = core::to_rfc3339(
      std::chrono::duration_cast<std::chrono::seconds>(now).count() * 1'000'000'000);
  std::erase(text, ':');
  std::erase(text, '-');
  return text;
}

// Moves what is there aside; where it went.
core::Status put_aside(const fs::path& what, const std::string& suffix, Json& kept) {
  std::error_code error;
  if (!fs::exists(what, error)) return core::ok();
  const fs::path aside = what.string() + suffix;
  fs::rename(what, aside, error);
  if (error) {
    return core::unavailable("BACKUP_NOT_WRITTEN",
                             "cannot move " + what.string() + ": " + error.message());
  }
  kept.push(Json::string(aside.string()));
  return core::ok();
}

core::Status move_into_place(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(from, error)) return core::ok();
  fs::rename(from, to, error);
  if (!error) return core::ok();
  return core::unavailable("BACKUP_NOT_WRITTEN",
                           "cannot move " + from.string() + ": " + error.message(),
                           "what was there before stands beside it");
}

void sync_folder(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

// The rest of a restoration whose draft is whole. Every step can be repeated: a kill in between is
// made up for at the next start.
core::Result<Json> put_in_place(const fs::path& data) {
  const fs::path draft = data / kDraft;
  auto text = source::read_file(draft / kReady, kReadyBytes);
  if (!text) return std::move(text.error());
  auto facts = core::parse_untrusted(*text);
  if (!facts) return std::move(facts.error());
  const std::string suffix = ".before-" + facts->text_at("restored");
  Json kept = Json::array();
  std::error_code error;
  if (fs::exists(draft / kBackupStore, error)) {
    // The WAL first: beside another store it would be taken for a part of that one.
    for (const char* name : {"store.db-wal", "store.db-shm", kBackupStore}) {
      if (auto moved = put_aside(data / name, suffix, kept); !moved)
        return std::move(moved.error());
    }
    sync_folder(data);
    if (auto moved = move_into_place(draft / kBackupStore, data / kBackupStore); !moved) {
      return std::move(moved.error());
    }
  }
  if (fs::exists(draft / "policy", error)) {
    if (auto moved = put_aside(data / "policy", suffix, kept); !moved) {
      return std::move(moved.error());
    }
    if (auto moved = move_into_place(draft / "policy", data / "policy"); !moved) {
      return std::move(moved.error());
    }
  }
  if (auto told = source::write_file(data / kRestored, *text); !told) {
    return std::move(told.error());
  }
  sync_folder(data);
  fs::remove_all(draft, error);
  return facts->set("kept", std::move(kept));
}

core::Result<Json> checked_facts(const Config& config, const Unpacked& unpacked,
                                 const fs::path& draft) {
  if (auto ours = check_owner(config, unpacked.manifest); !ours) return std::move(ours.error());
  auto found = store::inspect_copy(draft / kBackupStore);
  if (!found) return std::move(found.error());
  if (!found->problems.empty()) return damaged(found->problems.front());
  if (found->root != unpacked.manifest.text_at("root")) {
    return damaged("its log is not the one that the manifest names");
  }
  return Json::object()
      .set("made", Json::string(unpacked.manifest.text_at("made")))
      .set("restored", Json::string(stamp()))
      .set("entries", Json::string(std::to_string(found->entries)))
      .set("root", Json::string(found->root))
      .set("uid", Json::integer(static_cast<std::int64_t>(::getuid())));
}

core::Result<Json> restore_locked(const Config& config, const fs::path& file,
                                  const fs::path& data) {
  const fs::path draft = data / kDraft;
  std::error_code error;
  fs::remove_all(draft, error);
  auto unpacked = unpack(file, draft);
  if (!unpacked) return std::move(unpacked.error());
  auto facts = checked_facts(config, *unpacked, draft);
  if (!facts) return std::move(facts.error());
  if (auto ready = source::write_file(draft / kReady, core::to_pretty_text(*facts)); !ready) {
    return std::move(ready.error());
  }
  return put_in_place(data);
}

}  // namespace

core::Result<Unpacked> unpack(const fs::path& file, const fs::path& into) {
  Unpacking unpacking(into);
  auto read = read_tar(file, {[&](const std::string& name, std::uint64_t size) {
                                return unpacking.begin(name, size);
                              },
                              [&](std::string_view piece) { return unpacking.piece(piece); }});
  if (!read) return std::move(read.error());
  return unpacking.finish();
}

core::Result<Json> restore(const Config& config, const fs::path& file, bool force) {
  const fs::path data = config.dir / "data";
  std::error_code error;
  fs::create_directories(data, error);
  auto lock = store::Lock::take(data);
  if (!lock) {
    return core::Error{core::Code::kConflict,
                       "CONNECTOR_RUNNING",
                       "the store is in use: " + lock.error().message,
                       "stop the connector first",
                       {}};
  }
  if (fs::exists(data / "store.db", error) && !force) {
    return core::Error{core::Code::kConflict,
                       "STORE_EXISTS",
                       (data / "store.db").string() + " exists",
                       "repeat with --force: what is there is kept beside it",
                       {}};
  }
  auto restored = restore_locked(config, file, data);
  if (!fs::exists(data / kDraft / kReady, error)) fs::remove_all(data / kDraft, error);
  return restored;
}

core::Status finish_restore(const Config& config) {
  const fs::path data = config.dir / "data";
  std::error_code error;
  if (!fs::exists(data / kDraft / kReady, error)) return core::ok();
  auto lock = store::Lock::take(data);
  if (!lock) return std::move(lock.error());
  auto done = put_in_place(data);
  return done ? core::ok() : core::Status(std::move(done.error()));
}

core::Status log_restored(const Context& context) {
  const fs::path note = context.config().dir / "data" / kRestored;
  std::error_code error;
  if (!fs::exists(note, error)) return core::ok();
  auto text = source::read_file(note, kReadyBytes);
  if (!text) return std::move(text.error());
  const auto facts = core::parse_untrusted(*text);
  const Json* uid = facts ? facts->find("uid") : nullptr;
  auto logged = context.change({.kind = "backup.restored",
                                .self = context.self(),
                                .partner = {},
                                .subject = facts ? facts->text_at("entries") : "",
                                .detail = facts ? facts->text_at("made") : "",
                                .uid = uid ? uid->as_int64().value_or(-1) : -1},
                               {});
  if (!logged) return logged;
  fs::remove(note, error);
  return core::ok();
}

}  // namespace connector::site
