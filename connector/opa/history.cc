#include "opa/history.h"

#include <algorithm>

#include "opa/bundle.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr std::size_t kKept = 1000;
constexpr std::size_t kFileBytes = 1u << 20;
constexpr std::size_t kPrefix = 8;

fs::path file_of(const fs::path& dir) {
  return dir / "active.json";
}

bool is_revision(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

core::Error damaged(const fs::path& file) {
  return core::internal(file.string() + " is damaged: it does not say which policy is in force");
}

}  // namespace

core::Result<History> History::read(const fs::path& dir) {
  History history;
  std::error_code error;
  const fs::path file = file_of(dir);
  if (!fs::exists(file, error)) return history;
  const auto text = read_text(file, kFileBytes);
  if (!text) return text.error();
  const auto json = core::parse_untrusted(*text);
  const Json* version = json ? json->find("version") : nullptr;
  const Json* list = json ? json->find("activations") : nullptr;
  if (!version || version->text() != "1" || !list || list->items().empty()) return damaged(file);
  for (const Json& item : list->items()) {
    if (!is_revision(item.text_at("revision"))) return damaged(file);
    history.activations_.push_back({core::Revision(item.text_at("revision")), item.text_at("at")});
  }
  return history;
}

fs::path History::bundle(const fs::path& dir, const core::Revision& of) {
  return dir / "bundles" / of.str();
}

std::optional<core::Revision> History::current() const {
  if (activations_.empty()) return std::nullopt;
  return activations_.back().revision;
}

std::optional<core::Revision> History::previous() const {
  for (auto it = activations_.rbegin(); it != activations_.rend(); ++it) {
    if (it->revision != activations_.back().revision) return it->revision;
  }
  return std::nullopt;
}

core::Result<core::Revision> History::find(const std::string& name) const {
  const core::Error unknown{core::Code::kNotFound,
                            "POLICY_REVISION_NOT_FOUND",
                            name.empty() ? "no other revision was published before this one"
                                         : "no revision '" + name + "' was published here",
                            "see them: connector policy status",
                            {}};
  if (name.empty()) {
    const auto before = previous();
    if (!before) return unknown;
    return *before;
  }
  std::optional<core::Revision> found;
  for (const Activation& activation : activations_) {
    if (activation.revision.str().rfind(name, 0) != 0 || name.size() < kPrefix) continue;
    if (found && *found != activation.revision) return unknown;
    found = activation.revision;
  }
  if (!found) return unknown;
  return *found;
}

core::Status History::activate(const fs::path& dir, const core::Revision& revision,
                               const std::string& at) {
  History next = *this;
  next.activations_.push_back({revision, at});
  if (next.activations_.size() > kKept) next.activations_.erase(next.activations_.begin());
  const Json json =
      Json::object().set("version", Json::integer(1)).set("activations", next.to_json());
  if (auto kept = replace_file(file_of(dir), core::to_pretty_text(json)); !kept) return kept;
  *this = std::move(next);
  return core::ok();
}

Json History::to_json() const {
  Json list = Json::array();
  for (const Activation& activation : activations_) {
    list.push(Json::object()
                  .set("revision", Json::string(activation.revision.str()))
                  .set("at", Json::string(activation.at)));
  }
  return list;
}

}  // namespace connector::opa
