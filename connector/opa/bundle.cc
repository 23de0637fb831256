#include "opa/bundle.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/digest.h"
#include "core/text.h"
#include "opa/offers.h"
#include "policy/policy_files.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr std::size_t kFileBytes = 1u << 20;
constexpr std::size_t kFiles = 1000;
constexpr std::size_t kBundleFileBytes = 16u << 20;
constexpr std::size_t kConsentsBytes = 64u << 20;
constexpr const char* kManifest = ".manifest";
constexpr std::size_t kOffersBytes = 12u << 20;
constexpr std::size_t kSourceBytes = 12u << 20;
constexpr const char* kOffers = "offers/offers.json";
constexpr const char* kSource = "source/source.json";
constexpr const char* kTables = "tables/data.json";
constexpr const char* kCasesFolder = "cases/";
constexpr const char* kMeta = "connector_meta/data.json";

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}
bool is_test(const std::string& name) {
  return ends_with(name, "_test.rego");
}

core::Error failed(const std::string& what, const fs::path& path) {
  return core::unavailable("POLICY_STORAGE",
                           "cannot " + what + " " + path.string() + ": " + std::strerror(errno));
}

core::Status write_file(const fs::path& file, const std::string& content) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed("write", file);
  std::size_t done = 0;
  while (done < content.size()) {
    const auto written = ::write(descriptor, content.data() + done, content.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  const bool durable = done == content.size() && ::fsync(descriptor) == 0;
  const core::Status status = durable ? core::ok() : core::Status(failed("write", file));
  ::close(descriptor);
  return status;
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

// company_test only matters to the checks, but a root that nothing stands under does no harm.
std::string manifest_of(const core::Revision& revision) {
  Json roots = Json::array();
  for (const char* root :
       {"connector", "company", "company_test", "system", "tables", "connector_meta"}) {
    roots.push(Json::string(root));
  }
  return core::to_text(Json::object()
                           .set("revision", Json::string(revision.str()))
                           .set("rego_version", Json::integer(1))
                           .set("roots", std::move(roots)));
}

std::string meta_of(const core::Revision& revision) {
  return core::to_text(Json::object().set("revision", Json::string(revision.str())));
}

std::size_t limit_of(const std::string& name, std::size_t others) {
  return name == kConsentsFile ? kConsentsBytes : others;
}

core::Status take(const fs::directory_entry& entry, Snapshot& snapshot) {
  const std::string name = entry.path().filename().string();
  if (name == kConsentsFile) {
    auto content = read_text(entry.path(), kConsentsBytes);
    if (!content) return std::move(content.error());
    snapshot.emplace(name, std::move(*content));
    return core::ok();
  }
  const bool rego = ends_with(name, ".rego");
  const bool yaml = ends_with(name, ".yaml") || ends_with(name, ".yml");
  if (name.empty() || name[0] == '.' || (!rego && !yaml)) return core::ok();
  const auto& tables = table_files();
  if (yaml && std::find(tables.begin(), tables.end(), name) == tables.end()) {
    const std::string near = core::nearest(name, tables);
    return core::invalid("POLICY_INVALID",
                         name + ":1: no table has this name" +
                             (near.empty() ? "" : "; did you mean '" + near + "'?"),
                         "rename or remove it");
  }
  if (snapshot.size() == kFiles) {
    return core::invalid("POLICY_INVALID", "the policy folder has more than 1000 files");
  }
  auto content = read_text(entry.path(), kFileBytes);
  if (!content) return std::move(content.error());
  snapshot.emplace(name, std::move(*content));
  return core::ok();
}

}  // namespace

core::Result<std::string> read_text(const fs::path& file, std::size_t at_most) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  if (in) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    text.resize(error ? at_most + 1 : std::min<std::size_t>(size, at_most) + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
  }
  if (!in && !in.eof()) return failed("read", file);
  if (text.size() > at_most) {
    return core::invalid("POLICY_INVALID", file.filename().string() +
                                               ":1: the file is larger than " +
                                               std::to_string(at_most) + " bytes");
  }
  return text;
}

core::Revision revision_of(const BundleFiles& files) {
  core::Sha256 digest;
  for (const auto& [path, content] : files) {
    std::string length(8, '\0');
    for (int i = 0; i < 8; ++i) {
      length[static_cast<std::size_t>(7 - i)] =
          static_cast<char>((std::uint64_t{content.size()} >> (8 * i)) & 0xff);
    }
    digest.update(path).update(std::string_view("\0", 1)).update(length).update(content);
  }
  return core::Revision(core::hex(digest.finish()));
}

// Offers have a folder of their own.
core::Status take_offers(const fs::path& folder, Snapshot& snapshot) {
  std::error_code error;
  std::size_t bytes = 0;
  for (fs::directory_iterator entries(folder, error); !error && entries != fs::directory_iterator();
       entries.increment(error)) {
    const std::string name = "offers/" + entries->path().filename().string();
    if (!entries->is_regular_file(error) || entries->path().filename().string()[0] == '.') continue;
    if (!is_offer_file(name)) {
      return core::invalid("POLICY_INVALID",
                           name + ":1: an offer's file ends in .yaml or .odrl.json",
                           "rename or remove it");
    }
    auto content = read_text(entries->path(), kFileBytes);
    if (!content) return std::move(content.error());
    bytes += content->size();
    if (bytes > kOffersBytes) {
      return core::invalid("POLICY_INVALID", "the offers have more than 12 MiB in all");
    }
    snapshot.emplace(name, std::move(*content));
  }
  return core::ok();
}

core::Status take_cases(const fs::path& folder, Snapshot& snapshot) {
  std::error_code error;
  for (fs::directory_iterator entries(folder, error); !error && entries != fs::directory_iterator();
       entries.increment(error)) {
    const std::string file = entries->path().filename().string();
    if (!entries->is_regular_file(error) || file[0] == '.') continue;
    if (!ends_with(file, ".yaml")) {
      return core::invalid("POLICY_INVALID",
                           kCasesFolder + file + ":1: a file of cases ends in .yaml",
                           "rename or remove it");
    }
    auto content = read_text(entries->path(), kFileBytes);
    if (!content) return std::move(content.error());
    snapshot.emplace(kCasesFolder + file, std::move(*content));
  }
  return core::ok();
}

core::Status check_size(const Snapshot& snapshot) {
  std::size_t bytes = 0;
  for (const auto& [name, content] : snapshot) {
    bytes += is_offer_file(name) || name == kConsentsFile ? 0 : content.size();
  }
  if (bytes <= kSourceBytes && snapshot.size() <= kFiles) return core::ok();
  return core::invalid("POLICY_INVALID", "the policy has more than 12 MiB or 1000 files in all");
}

core::Result<Snapshot> take_snapshot(const fs::path& folder) {
  Snapshot snapshot;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) {
    return core::invalid(
        "POLICY_INVALID",
        "cannot read the policy folder " + folder.string() + ": " + error.message(),
        "connector.yaml: policy names the folder");
  }
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    if (!entries->is_regular_file(error)) continue;
    if (auto taken = take(*entries, snapshot); !taken) return std::move(taken.error());
    if (error) break;
  }
  if (auto taken = take_cases(folder / "cases", snapshot); !taken) return std::move(taken.error());
  if (auto sized = check_size(snapshot); !sized) return std::move(sized.error());
  if (auto taken = take_offers(folder / "offers", snapshot); !taken) {
    return std::move(taken.error());
  }
  return snapshot;
}

BundleFiles bundle_files(const Snapshot& snapshot, const Json& tables) {
  BundleFiles files;
  for (const auto& file : policy::guard_files()) {
    const std::string name(file.path);
    if (!is_test(name)) files.emplace("guard/" + name, std::string(file.content));
  }
  for (const auto& [name, content] : snapshot) {
    if (ends_with(name, ".rego") && !is_test(name)) files.emplace("company/" + name, content);
  }
  files.emplace(kTables, core::to_text(tables));
  // For the connector: OPA reads files of other names only.
  Json offers = Json::object();
  Json source = Json::object();
  for (const auto& [name, content] : snapshot) {
    if (name == kConsentsFile) files.emplace(name, content);
    if (name == kConsentsFile || files.count("company/" + name) > 0) continue;
    (is_offer_file(name) ? offers : source).set(name, Json::string(content));
  }
  files.emplace(kOffers, core::to_text(offers));
  files.emplace(kSource, core::to_text(source));
  return files;
}

BundleFiles test_files(const Snapshot& snapshot, const Json& tables) {
  BundleFiles files = bundle_files(snapshot, tables);
  for (const auto& file : policy::guard_files()) {
    files.emplace("guard/" + std::string(file.path), std::string(file.content));
  }
  for (const auto& [name, content] : snapshot) {
    if (ends_with(name, ".rego")) files.emplace("company/" + name, content);
  }
  return files;
}

core::Status write_bundle(const BundleFiles& files, const core::Revision& revision,
                          const fs::path& folder) {
  std::error_code error;
  fs::path draft = folder;
  draft += ".draft";
  fs::remove_all(draft, error);
  fs::create_directories(draft, error);
  BundleFiles all = files;
  all[kManifest] = manifest_of(revision);
  all[kMeta] = meta_of(revision);
  for (const auto& [path, content] : all) {
    const fs::path file = draft / path;
    fs::create_directories(file.parent_path(), error);
    if (auto written = write_file(file, content); !written) return written;
    sync_folder(file.parent_path());
  }
  sync_folder(draft);
  fs::remove_all(folder, error);
  fs::rename(draft, folder, error);
  if (error) {
    return core::unavailable("POLICY_STORAGE",
                             "cannot write " + folder.string() + ": " + error.message());
  }
  sync_folder(folder.parent_path());
  return core::ok();
}

core::Status verify_bundle(const fs::path& folder, const core::Revision& revision) {
  BundleFiles files;
  std::error_code error;
  bool meta = false;
  bool manifest = false;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file(error)) continue;
    const std::string path = entry.path().lexically_relative(folder).string();
    auto content = read_text(entry.path(), limit_of(path, kBundleFileBytes));
    if (!content) return std::move(content.error());
    if (path == kManifest) {
      manifest = *content == manifest_of(revision);
    } else if (path == kMeta) {
      meta = *content == meta_of(revision);
    } else {
      files.emplace(path, std::move(*content));
    }
  }
  if (!error && meta && manifest && revision_of(files) == revision) return core::ok();
  return core::unavailable(
      "POLICY_REVISION_DAMAGED",
      "the stored policy " + folder.string() + " is missing or is not what its name says",
      "publish again: connector policy publish");
}

// A JSON object of texts: file name -> content.
core::Status read_texts(const fs::path& file, Snapshot& into) {
  auto text = read_text(file, kBundleFileBytes);
  if (!text) return std::move(text.error());
  const auto json = core::parse_untrusted(*text);
  if (!json) return json.error();
  for (const auto& [name, content] : json->members()) into.emplace(name, content.text());
  return core::ok();
}

core::Result<Snapshot> stored_offers(const fs::path& folder) {
  Snapshot offers;
  if (auto read = read_texts(folder / kOffers, offers); !read) return std::move(read.error());
  return offers;
}

core::Result<Snapshot> stored_snapshot(const fs::path& folder) {
  Snapshot files;
  std::error_code error;
  for (const char* name : {kOffers, kSource}) {
    if (!fs::exists(folder / name, error)) continue;
    if (auto read = read_texts(folder / name, files); !read) return std::move(read.error());
  }
  if (fs::exists(folder / kConsentsFile, error)) {
    auto consents = stored_consents(folder);
    if (!consents) return std::move(consents.error());
    files.emplace(kConsentsFile, std::move(*consents));
  }
  for (const auto& entry : fs::directory_iterator(folder / "company", error)) {
    auto content = read_text(entry.path(), kFileBytes);
    if (!content) return std::move(content.error());
    files.emplace(entry.path().filename().string(), std::move(*content));
  }
  return files;
}

core::Result<std::string> stored_consents(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder / kConsentsFile, error)) return std::string();
  return read_text(folder / kConsentsFile, kConsentsBytes);
}

core::Result<Json> stored_tables(const fs::path& folder) {
  auto text = read_text(folder / kTables, kBundleFileBytes);
  if (!text) return std::move(text.error());
  return core::parse_untrusted(*text);
}

bool guard_rails_current(const fs::path& folder) {
  for (const auto& file : policy::guard_files()) {
    if (is_test(std::string(file.path))) continue;
    const auto stored = read_text(folder / "guard" / file.path, kFileBytes);
    if (!stored || *stored != file.content) return false;
  }
  return true;
}

core::Status replace_file(const fs::path& file, const std::string& content) {
  fs::path draft = file;
  draft += ".draft";
  if (auto written = write_file(draft, content); !written) return written;
  if (::rename(draft.c_str(), file.c_str()) != 0) return failed("write", file);
  sync_folder(file.parent_path());
  return core::ok();
}

}  // namespace connector::opa
