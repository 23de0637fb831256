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

Activation read_activation(const Json& item) {
  Activation activation;
  activation.revision = core::Revision(item.text_at("revision"));
  activation.at = item.text_at("at");
  if (!item.text_at("action").empty()) activation.action = item.text_at("action");
  activation.by = Publisher::from_json(item.find("by"));
  if (const Json* second = item.find("approved_by")) {
    activation.approved_by = Publisher::from_json(second);
  }
  return activation;
}

Proposal read_proposal(const Json& item) {
  Proposal proposal;
  proposal.revision = core::Revision(item.text_at("revision"));
  proposal.at = item.text_at("at");
  proposal.action = item.text_at("action");
  proposal.by = Publisher::from_json(item.find("by"));
  if (is_revision(item.text_at("base"))) proposal.base = core::Revision(item.text_at("base"));
  return proposal;
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
    history.activations_.push_back(read_activation(item));
  }
  if (const Json* waiting = json->find("proposal")) {
    if (!is_revision(waiting->text_at("revision"))) return damaged(file);
    history.proposal_ = read_proposal(*waiting);
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

core::Status History::activate(const fs::path& dir, Activation activation) {
  History next = *this;
  next.activations_.push_back(std::move(activation));
  if (next.activations_.size() > kKept) next.activations_.erase(next.activations_.begin());
  next.proposal_.reset();
  if (auto kept = next.write(dir); !kept) return kept;
  *this = std::move(next);
  return core::ok();
}

core::Status History::propose(const fs::path& dir, std::optional<Proposal> proposal) {
  History next = *this;
  next.proposal_ = std::move(proposal);
  if (auto kept = next.write(dir); !kept) return kept;
  *this = std::move(next);
  return core::ok();
}

core::Status History::write(const fs::path& dir) const {
  Json json = Json::object().set("version", Json::integer(1)).set("activations", to_json());
  if (proposal_) json.set("proposal", opa::to_json(*proposal_));
  return replace_file(file_of(dir), core::to_pretty_text(json));
}

Json History::to_json() const {
  Json list = Json::array();
  for (const Activation& activation : activations_) {
    Json one = Json::object()
                   .set("revision", Json::string(activation.revision.str()))
                   .set("at", Json::string(activation.at))
                   .set("action", Json::string(activation.action))
                   .set("by", activation.by.to_json());
    if (activation.approved_by) one.set("approved_by", activation.approved_by->to_json());
    list.push(std::move(one));
  }
  return list;
}

Json Publisher::to_json() const {
  return Json::object().set("uid", Json::integer(uid)).set("name", Json::string(name));
}

Publisher Publisher::from_json(const Json* json) {
  Publisher publisher;
  const Json* uid = json ? json->find("uid") : nullptr;
  if (!uid) return publisher;
  publisher.uid = uid->as_int64().value_or(-1);
  publisher.name = json->text_at("name");
  return publisher;
}

Json to_json(const Proposal& proposal) {
  return Json::object()
      .set("revision", Json::string(proposal.revision.str()))
      .set("at", Json::string(proposal.at))
      .set("action", Json::string(proposal.action))
      .set("by", proposal.by.to_json())
      .set("base", Json::string(proposal.base ? proposal.base->str() : ""));
}

}  // namespace connector::opa
