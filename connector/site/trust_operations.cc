#include <algorithm>
#include <future>

#include "crypto/certificates.h"
#include "crypto/signing_key.h"
#include "evidence/log_entry.h"
#include "site/context.h"
#include "site/keys.h"
#include "site/trust.h"
#include "source/files.h"
#include "store/store.h"

namespace connector::site {
namespace {

using core::Json;
using exchange::Partner;

Json introduction_json(const evidence::Introduction& introduction,
                       const evidence::Envelope& envelope) {
  Json addresses = Json::array();
  for (const auto& address : introduction.addresses) addresses.push(Json::string(address));
  Json claimed = Json::array();
  for (const auto& id : introduction.claimed_ids) claimed.push(Json::string(id));
  return Json::object()
      .set("partner", Json::string(introduction.id.str()))
      .set("name", Json::string(introduction.name))
      .set("addresses", std::move(addresses))
      .set("sequence", Json::integer(static_cast<std::int64_t>(introduction.sequence)))
      .set("claimed_ids", std::move(claimed))
      .set("fingerprint", Json::string(evidence::fingerprint(envelope)));
}

std::optional<evidence::Known> known_of(const std::optional<Partner>& partner) {
  if (!partner) return std::nullopt;
  auto envelope = evidence::envelope_from_json(partner->introduction);
  if (!envelope) return std::nullopt;
  auto introduction = evidence::read_introduction(*envelope, crypto::verify_ed25519);
  if (!introduction) return std::nullopt;
  return evidence::Known{std::move(*introduction), partner->introduction_digest};
}

// before: that the new one was judged by; nothing is kept when that is not in force any more.
core::Status keep(const Context& context, const std::string& kind,
                  const std::optional<Partner>& before, Partner partner, std::int64_t uid) {
  const exchange::Change change{.kind = kind,
                                .self = context.self(),
                                .partner = partner.id,
                                .subject = partner.introduction_digest,
                                .detail = {},
                                .uid = uid};
  std::vector<exchange::Effect> effects;
  if (before) {
    effects.push_back(exchange::RequireIntroduction{before->id, before->introduction_digest});
  }
  effects.push_back(exchange::KeepIntroduction{partner.introduction_digest, partner.introduction});
  effects.push_back(exchange::PutPartner{std::move(partner)});
  auto changed = context.change(change, std::move(effects));
  if (changed) context.partners_changed();
  return changed;
}

core::Result<Json> add(const Context& context, const admin::Call& call) {
  auto envelope = evidence::envelope_from_json(call.args.text_at("introduction"));
  if (!envelope) return std::move(envelope.error());
  auto introduction = evidence::read_introduction(*envelope, crypto::verify_ed25519);
  if (!introduction) return std::move(introduction.error());
  Json answer = introduction_json(*introduction, *envelope);
  if (const Json* look = call.args.find("look"); look && look->as_bool()) return answer;
  if (introduction->id == context.self()) {
    return core::invalid("INTRODUCTION_INVALID", "this is our own introduction",
                         "give the file to the partner, and add the one that they give you");
  }
  if (!evidence::same_fingerprint(call.args.text_at("fingerprint"), *envelope)) {
    return core::denied("FINGERPRINT_MISMATCH",
                        "the fingerprint given is not that of the file, which is " +
                            evidence::fingerprint(*envelope),
                        "ask the partner by another way (telephone) for the fingerprint");
  }
  const auto before = context.partners.find(introduction->id);
  if (before && before->state == exchange::PartnerState::kRevoked) {
    return core::Error{core::Code::kConflict,
                       "PARTNER_REVOKED",
                       before->id.str() + " was revoked; that is for good",
                       "remove it, then add the new introduction",
                       {}};
  }
  auto judged = evidence::judge(*introduction, *envelope, known_of(before), false);
  if (!judged) return std::move(judged.error());
  const bool overlaps = before && !before->earlier_anchor_pem.empty();
  if (*judged != evidence::Judgement::kKnown || overlaps) {
    auto kept = keep(
        context, evidence::kPartnerAdded, before,
        partner_of(*introduction, *envelope, before, context.clock(), Accepted::kByFingerprint),
        call.uid);
    if (!kept) return std::move(kept.error());
  }
  return answer.set("next", Json::string("say in the policy what they may see (policy/README.md), "
                                         "then: connector policy publish"));
}

core::Result<Json> introduce(const Context& context, const admin::Call& call) {
  const evidence::Envelope envelope = context.introduction.envelope();
  const std::string text = evidence::to_json_text(envelope);
  const std::string out = call.args.text_at("out");
  if (!out.empty()) {
    if (auto written = source::write_file(out, text + "\n"); !written) {
      return std::move(written.error());
    }
  }
  return Json::object()
      .set("introduction", Json::string(text))
      .set("fingerprint", Json::string(evidence::fingerprint(envelope)))
      .set("out", Json::string(out));
}

core::Result<Json> rotate(const Context& context, const admin::Call& call) {
  const std::string before = context.keys.key_id().str();
  if (auto rotated = context.introduction.rotate(call.uid); !rotated) {
    return std::move(rotated.error());
  }
  const std::string now = context.keys.key_id().str();
  Json told = Json::array();
  Json waiting = Json::array();
  for (const auto& [partner, heard] : introduce_to_all(context)) {
    (heard ? told : waiting).push(Json::string(partner.str()));
  }
  return Json::object()
      .set("key", Json::string(now))
      .set("before", Json::string(before))
      .set("told", std::move(told))
      .set("not_reached", std::move(waiting))
      .set("next", Json::string("partners that were not reached hear of it with our next call"));
}

core::Result<Json> certificates(const Context& context) {
  Json list = Json::array();
  const auto add_one = [&](const char* name, const std::string& pem) -> core::Status {
    auto info = crypto::describe_certificate(pem);
    if (!info) return std::move(info.error());
    const std::int64_t days = (info->not_after_s - context.clock() / 1'000'000'000) / 86400;
    Json uris = Json::array();
    for (const auto& uri : info->uris) uris.push(Json::string(uri));
    list.push(
        Json::object()
            .set("name", Json::string(name))
            .set("subject", Json::string(info->subject))
            .set("uris", std::move(uris))
            .set("issuer", Json::string(info->issuer))
            .set("not_after", Json::string(core::to_rfc3339(info->not_after_s * 1'000'000'000)))
            .set("days_left", Json::integer(days))
            .set("sha256", Json::string(info->sha256)));
    return core::ok();
  };
  auto anchor = context.keys.anchor_pem();
  if (!anchor) return std::move(anchor.error());
  if (auto added = add_one("ca", *anchor); !added) return std::move(added.error());
  for (const bool server : {true, false}) {
    auto files = server ? context.keys.server() : context.keys.client();
    if (!files) return std::move(files.error());
    if (auto added = add_one(server ? "server" : "client", files->certificate_pem); !added) {
      return std::move(added.error());
    }
  }
  return Json::object().set("certificates", std::move(list));
}

core::Result<Json> partner_datasets(const Context& context, const admin::Call& call) {
  auto partner = find_partner(context.partners, call.args.text_at("partner"));
  if (!partner) return std::move(partner.error());
  Json list = Json::array();
  std::string token;
  do {
    auto page = context.client.list_datasets(*partner, call.args.text_at("purpose"), token);
    if (!page) return std::move(page.error());
    for (const auto& dataset : page->datasets) {
      Json kinds = Json::array();
      for (const auto& kind : dataset.kinds) kinds.push(Json::string(kind));
      list.push(Json::object()
                    .set("id", Json::string(dataset.id.str()))
                    .set("title", Json::string(dataset.title))
                    .set("kinds", std::move(kinds)));
    }
    token = page->next_page_token;
  } while (!token.empty());
  return Json::object()
      .set("partner", Json::string(partner->id.str()))
      .set("datasets", std::move(list));
}

std::string sent_setting(const core::Connector& id) {
  return "introduced/" + id.str();
}

core::Status judge_and_keep(const Context& context, const core::Connector& from,
                            const evidence::Introduction& introduction,
                            const evidence::Envelope& envelope) {
  const auto before = context.partners.find(from);
  if (!before || introduction.id != from) {
    return core::invalid("INTRODUCTION_INVALID", "it does not introduce the one who sent it");
  }
  auto judged = evidence::judge(introduction, envelope, known_of(before), true);
  if (!judged) return std::move(judged.error());
  switch (*judged) {
    case evidence::Judgement::kKnown:
      return core::ok();
    case evidence::Judgement::kNeedsFingerprint:
      return core::denied("INTRODUCTION_NEEDS_FINGERPRINT",
                          "this introduction does not follow from the one that is known here",
                          "the other side's admin must add it by its fingerprint");
    case evidence::Judgement::kAccept:
      break;
  }
  return keep(context, evidence::kPartnerIntroduced, before,
              partner_of(introduction, envelope, before, context.clock(), Accepted::kByItself), -1);
}

}  // namespace

core::Status accept_introduction(const Context& context, const core::Connector& from,
                                 const exchange::SignedEnvelope& message) {
  const evidence::Envelope envelope = envelope_of(message);
  auto introduction = evidence::read_introduction(envelope, crypto::verify_ed25519);
  if (!introduction) return std::move(introduction.error());
  auto kept = judge_and_keep(context, from, *introduction, envelope);
  if (kept || kept.error().reason != "KEY_NOT_VALID") return kept;
  // Another one, often the very same, was accepted between judging and keeping: judged again.
  return judge_and_keep(context, from, *introduction, envelope);
}

core::Status introduce_to(const Context& context, const Partner& partner) {
  auto sent = context.store.setting(sent_setting(partner.id));
  if (!sent) return std::move(sent.error());
  const std::uint64_t from = *sent ? std::stoull(**sent) + 1 : 1;
  auto chain = context.introduction.since(from);
  if (!chain) return std::move(chain.error());
  for (const auto& [sequence, envelope] : *chain) {
    auto answered = context.client.introduce(partner, signed_envelope(envelope));
    if (!answered && answered.error().reason != "INTRODUCTION_OLD") {
      return std::move(answered.error());
    }
    if (auto noted = context.store.set_setting(sent_setting(partner.id), std::to_string(sequence));
        !noted) {
      return noted;
    }
    if (!answered) continue;
    // Ours is answered with theirs: it may be newer than what we know, or older by now.
    if (auto accepted = accept_introduction(context, partner.id, *answered);
        !accepted && accepted.error().reason != "INTRODUCTION_OLD") {
      return accepted;
    }
  }
  return core::ok();
}

// Some at a time: one that is down takes seconds.
std::vector<std::pair<core::Connector, core::Status>> introduce_to_all(const Context& context) {
  constexpr std::size_t kAtATime = 16;
  std::vector<Partner> partners = context.partners.list();
  std::erase_if(partners,
                [](const Partner& one) { return one.state != exchange::PartnerState::kActive; });
  std::vector<std::pair<core::Connector, core::Status>> outcome;
  while (outcome.size() < partners.size()) {
    const std::size_t first = outcome.size();
    std::vector<std::future<core::Status>> asked;
    for (std::size_t i = first; i < std::min(first + kAtATime, partners.size()); ++i) {
      asked.push_back(std::async(std::launch::async, [&context, &partner = partners[i]] {
        return introduce_to(context, partner);
      }));
    }
    for (auto& one : asked) outcome.emplace_back(partners[outcome.size()].id, one.get());
  }
  return outcome;
}

void add_trust_operations(const Context& context, admin::Operations& operations) {
  operations["partner.add"] = [context](const admin::Call& call) { return add(context, call); };
  operations["introduce"] = [context](const admin::Call& call) { return introduce(context, call); };
  operations["keys.rotate"] = [context](const admin::Call& call) { return rotate(context, call); };
  operations["cert.show"] = [context](const admin::Call&) { return certificates(context); };
  operations["partner.datasets"] = [context](const admin::Call& call) {
    return partner_datasets(context, call);
  };
}

}  // namespace connector::site
