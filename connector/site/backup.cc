#include "site/backup.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "crypto/random.h"
#include "opa/history.h"
#include "site/backup_parts.h"
#include "site/keys.h"
#include "site/policy_options.h"
#include "site/tar.h"
#include "store/copies.h"
#include "store/store.h"

namespace connector::site {
namespace {

namespace fs = std::filesystem;
using core::Json;

Json number(std::uint64_t value) {
  return Json::string(std::to_string(value));
}

core::Error damaged(const store::Inspection& found) {
  std::string all;
  for (const std::string& problem : found.problems) all += (all.empty() ? "" : "\n") + problem;
  return core::unavailable("STORE_DAMAGED", "the store is damaged: " + all,
                           "stop the connector and restore a backup");
}

// Removes what it names, should it still be there.
class Scrap {
 public:
  explicit Scrap(fs::path path) : path_(std::move(path)) {}
  ~Scrap() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scrap(const Scrap&) = delete;
  Scrap& operator=(const Scrap&) = delete;
  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

// Files of the policy's folder: bundles, journal, what is in force. Nothing of anybody else.
core::Result<std::vector<fs::path>> policy_files(const fs::path& dir) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entries(dir, error);
       !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const bool draft = entries->path().extension() == ".draft";
    if (entries->is_regular_file(error) && !draft) files.push_back(entries->path());
  }
  if (error && fs::exists(dir)) {
    return core::unavailable("BACKUP_NOT_WRITTEN", "cannot read " + dir.string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Writing {
 public:
  Writing(const Context& context, TarWriter tar) : context_(context), tar_(std::move(tar)) {}

  core::Status add(const std::string& name, const fs::path& from) {
    auto added = tar_.add_file(name, from);
    if (!added) return std::move(added.error());
    files_.push(Json::object()
                    .set("name", Json::string(name))
                    .set("size", number(added->size))
                    .set("sha256", Json::string(core::hex(added->sha256))));
    return core::ok();
  }

  core::Status finish(const store::Inspection& found) {
    const auto self = context_.self();
    const std::string manifest = core::to_pretty_text(
        Json::object()
            .set("version", Json::integer(1))
            .set("made", Json::string(core::to_rfc3339(context_.clock())))
            .set("software", Json::string(std::string("connector/") + CONNECTOR_VERSION))
            .set("participant", Json::string(self.participant.str()))
            .set("site", Json::string(self.site.str()))
            .set("log_key", Json::string(core::hex(context_.keys.log_public_key())))
            .set("schema", Json::integer(found.schema))
            .set("entries", number(found.entries))
            .set("root", Json::string(found.root))
            .set("files", files_));
    if (auto added = tar_.add(kManifest, manifest); !added) return added;
    if (auto added = tar_.add(kManifestSum, core::hex(core::sha256(manifest)) + "\n"); !added) {
      return added;
    }
    return tar_.finish();
  }
  std::size_t files() const { return files_.items().size(); }

 private:
  const Context& context_;
  TarWriter tar_;
  Json files_ = Json::array();
};

core::Status write_all(const Context& context, const fs::path& copy, Writing& writing,
                       const store::Inspection& found) {
  if (auto added = writing.add(kBackupStore, copy); !added) return added;
  const fs::path policy = policy_options(context.config()).dir;
  auto files = policy_files(policy);
  if (!files) return std::move(files.error());
  for (const fs::path& file : *files) {
    // What is old enough is removed meanwhile.
    if (!fs::exists(file)) continue;
    const std::string name = kBackupPolicy + file.lexically_relative(policy).string();
    if (auto added = writing.add(name, file); !added) return added;
  }
  return writing.finish(found);
}

Json facts(const store::Inspection& found) {
  Json problems = Json::array();
  for (const std::string& problem : found.problems) problems.push(Json::string(problem));
  return Json::object()
      .set("healthy", Json::boolean(found.problems.empty()))
      .set("schema", Json::integer(found.schema))
      .set("entries", number(found.entries))
      .set("root", Json::string(found.root))
      .set("problems", std::move(problems));
}

fs::path with(const fs::path& file, const char* suffix) {
  return file.string() + suffix;
}

}  // namespace

core::Result<Json> back_up(const Context& context, const fs::path& file,
                           const store::BackupProgress& progress) {
  if (fs::exists(file)) {
    return core::Error{core::Code::kConflict,
                       "FILE_EXISTS",
                       file.string() + " exists",
                       "name another file: a backup overwrites nothing",
                       {}};
  }
  const Scrap copy(with(file, ".store"));
  const Scrap draft(with(file, ".draft"));
  for (const fs::path* old : {&copy.path(), &draft.path()}) {
    std::error_code ignored;
    fs::remove(*old, ignored);  // of a backup that was killed
  }
  if (auto copied = context.store.copy_to(copy.path(), progress); !copied) {
    return std::move(copied.error());
  }
  auto found = store::inspect_copy(copy.path());
  if (!found) return std::move(found.error());
  if (!found->problems.empty()) return damaged(*found);
  auto tar = TarWriter::create(draft.path());
  if (!tar) return std::move(tar.error());
  Writing writing(context, std::move(*tar));
  if (auto written = write_all(context, copy.path(), writing, *found); !written) {
    return std::move(written.error());
  }
  std::error_code error;
  fs::create_hard_link(draft.path(), file, error);  // refuses where the name is taken by now
  if (error) {
    return core::unavailable("BACKUP_NOT_WRITTEN",
                             "cannot make " + file.string() + ": " + error.message());
  }
  return Json::object()
      .set("file", Json::string(file.string()))
      .set("bytes", number(fs::file_size(file, error)))
      .set("files", number(writing.files()))
      .set("schema", Json::integer(found->schema))
      .set("entries", number(found->entries))
      .set("root", Json::string(found->root));
}

core::Result<Json> check_backup(const fs::path& file, const fs::path& work) {
  const Scrap folder(work / ("backup-" + core::hex(crypto::random_bytes(8))));
  auto unpacked = unpack(file, folder.path());
  if (!unpacked) return std::move(unpacked.error());
  auto found = store::inspect_copy(folder.path() / kBackupStore);
  if (!found) return std::move(found.error());
  const Json& manifest = unpacked->manifest;
  if (found->root != manifest.text_at("root")) {
    found->problems.push_back("the log is not the one that the manifest names");
  }
  return facts(*found)
      .set("file", Json::string(file.string()))
      .set("made", Json::string(manifest.text_at("made")))
      .set("participant", Json::string(manifest.text_at("participant")))
      .set("site", Json::string(manifest.text_at("site")));
}

void add_store_operations(const Context& context, admin::Operations& operations) {
  operations["db.backup"] = [context](const admin::Call& call) {
    store::BackupProgress progress;
    if (call.progress) {
      progress = [&call](std::uint64_t done, std::uint64_t all) {
        return call.progress(Json::object().set("done", number(done)).set("all", number(all)));
      };
    }
    return back_up(context, call.args.text_at("file"), progress);
  };
  operations["db.check"] = [context](const admin::Call& call) -> core::Result<Json> {
    const std::string& file = call.args.text_at("file");
    if (!file.empty()) return check_backup(file, context.config().dir / "run");
    auto found = context.store.inspect();
    if (!found) return std::move(found.error());
    return facts(*found);
  };
}

}  // namespace connector::site
