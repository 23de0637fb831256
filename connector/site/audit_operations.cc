#include <algorithm>

#include "exchange/audit.h"
#include "exchange/proofs.h"
#include "site/context.h"
#include "site/keys.h"
#include "site/trust.h"
#include "source/files.h"
#include "store/store.h"

namespace connector::site {
namespace {

using core::Json;
namespace fs = std::filesystem;

constexpr std::uint64_t kListMax = 1000;
constexpr std::size_t kAllAgreements = 10'000'000;

std::uint64_t number_at(const Json& args, const char* key, std::uint64_t fallback) {
  const Json* value = args.find(key);
  return value ? value->as_uint64().value_or(fallback) : fallback;
}

core::Result<Json> entry_at(const Context& context, std::uint64_t index) {
  auto bytes = context.log.entry(index);
  if (!bytes) return std::move(bytes.error());
  return exchange::entry_to_json(index, *bytes);
}

// The newest ones unless asked for those after an index.
core::Result<Json> list(const Context& context, const admin::Call& call) {
  const std::uint64_t size = context.log.size();
  const std::uint64_t limit = std::min(number_at(call.args, "limit", 50), kListMax);
  std::uint64_t index = number_at(call.args, "after", 0);
  if (index == 0 && size > limit) index = size - limit;
  Json entries = Json::array();
  for (; index < size && entries.items().size() < limit; ++index) {
    auto entry = entry_at(context, index);
    if (!entry) return std::move(entry.error());
    entries.push(std::move(*entry));
  }
  return Json::object()
      .set("size", Json::string(std::to_string(size)))
      .set("entries", std::move(entries));
}

// By index, or all entries of a request by its id.
core::Result<std::vector<std::uint64_t>> indexes_of(const Context& context,
                                                    const std::string& name) {
  if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos) {
    const std::uint64_t index = std::stoull(name.substr(0, 18));
    if (index < context.log.size()) return std::vector<std::uint64_t>{index};
  } else {
    for (const exchange::Partner& partner : context.partners.list()) {
      for (const bool provider : {true, false}) {
        auto account = context.accounts.by_request(partner.id, provider, name);
        if (account && *account) return (*account)->entries;
      }
    }
  }
  return core::Error{core::Code::kNotFound,
                     "ENTRY_NOT_FOUND",
                     "no log entry '" + name + "'",
                     "see: connector audit list",
                     {}};
}

core::Result<Json> show(const Context& context, const admin::Call& call) {
  auto indexes = indexes_of(context, call.args.text_at("entry"));
  if (!indexes) return std::move(indexes.error());
  auto checkpoint = context.checkpoint();
  if (!checkpoint) return std::move(checkpoint.error());
  auto proof = exchange::prove(context.log, *checkpoint, *indexes, 0);
  if (!proof) return std::move(proof.error());
  Json entries = Json::array();
  for (const exchange::EntryProof& one : proof->entries) {
    auto entry = exchange::entry_to_json(one.index, one.entry);
    if (!entry) return std::move(entry.error());
    Json hashes = Json::array();
    for (const std::string& hash : one.inclusion) hashes.push(Json::string(core::base64(hash)));
    entry->set("inclusion", std::move(hashes));
    entries.push(std::move(*entry));
  }
  return Json::object()
      .set("checkpoint", Json::string(*checkpoint))
      .set("entries", std::move(entries));
}

core::Result<Json> export_to(const Context& context, const admin::Call& call) {
  const fs::path folder = call.args.text_at("folder");
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_empty(folder, error)) {
    return core::Error{core::Code::kConflict,
                       "FOLDER_NOT_EMPTY",
                       folder.string() + " is not empty",
                       "name a new folder",
                       {}};
  }
  std::uint64_t files = 0;
  const auto sink = [&](const std::string& path, std::string_view bytes) -> core::Status {
    std::error_code failed;
    fs::create_directories((folder / path).parent_path(), failed);
    ++files;
    return source::write_file(folder / path, bytes);
  };
  auto checkpoint = context.checkpoint();
  if (!checkpoint) return std::move(checkpoint.error());
  auto introductions = context.store.introductions();
  if (!introductions) return std::move(introductions.error());
  const auto statements = context.store.vault_work().statements({});
  if (!statements) return statements.error();
  exchange::AuditKeys keys{context.self(), std::move(*introductions)};
  for (const auto& one : *statements) keys.statements.push_back(one.envelope);
  auto agreements = context.store.contracts().agreements({}, kAllAgreements);
  if (!agreements) return std::move(agreements.error());
  keys.agreements = std::move(*agreements);
  if (auto done = exchange::export_log(context.log, context.accounts, *checkpoint, keys, sink);
      !done) {
    return std::move(done.error());
  }
  return Json::object()
      .set("folder", Json::string(folder.string()))
      .set("files", Json::integer(static_cast<std::int64_t>(files)))
      .set("next", Json::string("connector audit verify " + folder.string()));
}

}  // namespace

void add_audit_operations(const Context& context, admin::Operations& operations) {
  operations["audit.list"] = [context](const admin::Call& call) { return list(context, call); };
  operations["audit.show"] = [context](const admin::Call& call) { return show(context, call); };
  operations["audit.export"] = [context](const admin::Call& call) {
    return export_to(context, call);
  };
}

}  // namespace connector::site
