#include "exchange/key_history.h"

#include <algorithm>

#include "core/digest.h"

namespace connector::exchange {
namespace {

using evidence::LogEntry;

core::Error bad(const std::string& what) {
  return core::invalid("INTRODUCTION_INVALID", what);
}

core::KeyId id_of(const std::string& public_key) {
  return core::KeyId(core::hex(core::sha256(public_key)).substr(0, 16));
}

}  // namespace

core::Status KeyHistory::add(const core::Json& json) {
  auto envelope = evidence::envelope_from_json(core::to_text(json));
  if (!envelope) return std::move(envelope.error());
  auto said = evidence::read_introduction(*envelope, verify_);
  if (!said) return std::move(said.error());
  const std::string digest = evidence::digest_of(*envelope);
  if (said->id == self_ && own_log_key() && own_log_key() != said->log_key) {
    return bad("our log has one key, and this is another");
  }
  const bool fresh =
      introductions_.try_emplace(digest, Introduced{std::move(*envelope), std::move(*said)}).second;
  return fresh ? core::ok() : core::Status(bad("it is there twice"));
}

core::Status KeyHistory::note(std::uint64_t index, const LogEntry& entry) {
  if (entry.kind == evidence::kSelfIntroduced || entry.kind == evidence::kKeyRotated) {
    const auto own = spans_.find(self_);
    return bring(index, self_, entry.subject, own != spans_.end());
  }
  if (entry.kind == evidence::kPartnerAdded) {
    return bring(index, entry.partner, entry.subject, false);
  }
  if (entry.kind == evidence::kPartnerIntroduced) {
    return bring(index, entry.partner, entry.subject, true);
  }
  if (entry.kind == evidence::kPartnerRemoved) spans_[entry.partner].push_back({index, nullptr});
  return core::ok();
}

// By itself: it must follow from the one that is in force. Else its fingerprint was compared.
core::Status KeyHistory::bring(std::uint64_t index, const core::Connector& who,
                               const std::string& digest, bool by_itself) {
  const auto found = introductions_.find(digest);
  if (found == introductions_.end()) return bad("the introduction that it names is missing");
  Introduced& fresh = found->second;
  if (fresh.said.id != who) return bad("the introduction that it names is another's");
  std::vector<Span>& spans = spans_[who];
  if (by_itself) {
    if (spans.empty() || spans.back().brought == nullptr) return bad("there is none to follow");
    const Introduced& before = *spans.back().brought;
    const auto judged =
        evidence::judge(fresh.said, fresh.envelope,
                        evidence::Known{before.said, evidence::digest_of(before.envelope)}, true);
    if (!judged) return judged.error();
    if (*judged == evidence::Judgement::kNeedsFingerprint) {
      return bad("the introduction that it names does not follow from the one before");
    }
  }
  fresh.named = true;
  spans.push_back({index, &fresh});
  return core::ok();
}

core::Status KeyHistory::all_named() const {
  for (const auto& [digest, introduced] : introductions_) {
    if (!introduced.named) return bad("no entry of the log names introduction " + digest);
  }
  return core::ok();
}

Partner KeyHistory::partner_of(const Introduced& introduced) {
  Partner partner;
  partner.id = introduced.said.id;
  partner.log_key = introduced.said.log_key;
  const evidence::IntroducedKey& used = introduced.said.keys.back();
  partner.keys = {{id_of(used.public_key), used.public_key, used.valid_from_s, used.valid_to_s}};
  return partner;
}

const std::vector<KeyHistory::Span>* KeyHistory::spans_of(const core::Connector& who) const {
  const auto found = spans_.find(who);
  return found == spans_.end() ? nullptr : &found->second;
}

std::optional<Partner> KeyHistory::at(const core::Connector& who, std::uint64_t index) const {
  const std::vector<Span>* spans = spans_of(who);
  if (spans == nullptr) return std::nullopt;
  const Introduced* in_force = nullptr;
  for (const Span& span : *spans) {
    if (span.index < index) in_force = span.brought;
  }
  if (in_force == nullptr) return std::nullopt;
  return partner_of(*in_force);
}

std::optional<Partner> KeyHistory::own(const std::string& key_id, std::uint64_t size,
                                       std::uint64_t index) const {
  const std::vector<Span>* spans = spans_of(self_);
  if (spans == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < spans->size(); ++i) {
    const bool last = i + 1 == spans->size();
    if ((*spans)[i].index >= index || (!last && size > (*spans)[i + 1].index)) continue;
    Partner self = partner_of(*(*spans)[i].brought);
    if (self.keys.back().id.str() == key_id) return self;
  }
  return std::nullopt;
}

std::uint64_t KeyHistory::own_since(std::uint64_t index) const {
  std::uint64_t since = 0;
  const std::vector<Span>* spans = spans_of(self_);
  if (spans == nullptr) return since;
  for (const Span& span : *spans) {
    if (span.index < index) since = span.index;
  }
  return since;
}

std::optional<std::string> KeyHistory::own_log_key() const {
  for (const auto& [digest, introduced] : introductions_) {
    if (introduced.said.id == self_) return introduced.said.log_key;
  }
  return std::nullopt;
}

std::vector<KeyHistory::Known> KeyHistory::known() const {
  std::vector<Known> all;
  for (const auto& [who, spans] : spans_) {
    const auto last = std::find_if(spans.rbegin(), spans.rend(),
                                   [](const Span& span) { return span.brought != nullptr; });
    if (last == spans.rend()) continue;
    all.push_back(
        {who, evidence::fingerprint(last->brought->envelope), spans.back().brought == nullptr});
  }
  return all;
}

}  // namespace connector::exchange
