#include <algorithm>

#include "core/limits.h"
#include "core/text.h"
#include "exchange/payload.h"
#include "exchange/statements.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::exchange {
namespace limits = core::limits;
namespace pb = valuechain::record::v1;
using core::Json;

namespace {

constexpr std::size_t kItemKeyBytes = 16;

// KIND_ORDER_LINE <-> "order_line".
std::string kind_name(int kind) {
  const std::string name = core::lower_ascii(pb::Kind_Name(static_cast<pb::Kind>(kind)));
  return name.rfind("kind_", 0) == 0 ? name.substr(5) : std::string();
}

int kind_number(std::string_view name) {
  for (int kind = pb::Kind_MIN; kind <= pb::Kind_MAX; ++kind) {
    if (kind != pb::KIND_UNSPECIFIED && kind_name(kind) == name) return kind;
  }
  return pb::KIND_UNSPECIFIED;
}

template <typename Values, typename Text>
Json list_json(const Values& values, Text text) {
  Json list = Json::array();
  for (const auto& value : values) list.push(text_json(text(value)));
  return list;
}

std::string time_text(const std::optional<core::EpochNs>& at) {
  return at ? std::to_string(*at) : std::string();
}

Json filter_json(const Selection& selection) {
  const auto same = [](const std::string& text) { return text; };
  const auto in_hex = [](const std::string& bytes) { return core::hex(bytes); };
  Json json = Json::object();
  json.set("kinds", list_json(selection.kinds, kind_name))
      .set("order_numbers", list_json(selection.order_numbers, same))
      .set("item_keys", list_json(selection.item_keys, in_hex))
      .set("event_from", text_json(time_text(selection.event_from)))
      .set("event_to", text_json(time_text(selection.event_to)));
  return json;
}

Json resume_json(const std::optional<ResumePoint>& resume) {
  const ResumePoint point = resume.value_or(ResumePoint{});
  Json json = Json::object();
  json.set("first_request", text_json(point.first_request))
      .set("chain_head", text_json(core::hex(point.chain_head)))
      .set("position", text_json(core::base64(point.position)));
  return json;
}

std::optional<core::EpochNs> read_time(Members& members, const char* key) {
  const std::string text = members.text(key, 20);
  if (text.empty()) return std::nullopt;
  const auto at = Json::string(text).as_int64();
  if (!at || std::to_string(*at) != text) members.fail(std::string(key) + " is not a time");
  return at;
}

core::Result<Selection> read_filter(const Json& json) {
  Members members(json, "the request's filter");
  Selection selection;
  for (const std::string& name : members.texts("kinds")) {
    selection.kinds.push_back(kind_number(name));
    if (selection.kinds.back() == pb::KIND_UNSPECIFIED) members.fail("no kind " + name);
  }
  selection.order_numbers = members.texts("order_numbers");
  for (const std::string& digits : members.texts("item_keys")) {
    auto bytes = core::from_hex(digits);
    const bool fits = bytes && bytes->size() == kItemKeyBytes && core::hex(*bytes) == digits;
    if (!fits) members.fail("an item key is not 16 bytes in lower-case hex");
    if (fits) selection.item_keys.push_back(std::move(*bytes));
  }
  selection.event_from = read_time(members, "event_from");
  selection.event_to = read_time(members, "event_to");
  if (auto done = members.done(); !done) return std::move(done.error());
  return selection;
}

core::Result<std::optional<ResumePoint>> read_resume(const Json& json) {
  Members members(json, "the request's resume point");
  ResumePoint point;
  point.first_request = members.text("first_request", 64);
  const std::string head = members.text("chain_head", 64);
  point.position = members.base64("position");
  auto bytes = core::from_hex(head);
  if (!head.empty() && (!bytes || bytes->size() != 32 || core::hex(*bytes) != head)) {
    members.fail("chain_head is not 32 bytes in lower-case hex");
  }
  if (bytes) point.chain_head = std::move(*bytes);
  const bool none = point.first_request.empty() && head.empty() && point.position.empty();
  const bool all = !point.first_request.empty() && !head.empty() && !point.position.empty();
  if (!none && !all) members.fail("its members are all empty or none");
  if (auto done = members.done(); !done) return std::move(done.error());
  if (none) return std::optional<ResumePoint>();
  return std::optional<ResumePoint>(std::move(point));
}

// 8-4-4-4-12 lower-case hex digits.
bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = std::string_view("0123456789abcdef").find(text[i]) != std::string_view::npos;
    if (dash ? text[i] != '-' : !digit) return false;
  }
  return true;
}

core::Status fresh(std::int64_t issued_s, core::EpochNs now) {
  const std::int64_t now_s = now / 1'000'000'000;
  const std::int64_t skew = limits::kClockSkew.count();
  if (issued_s > now_s + skew) {
    return core::invalid("REQUEST_STALE", "the request was issued in the future",
                         "set the clock of the machine that signs");
  }
  if (issued_s < now_s - limits::kRequestLifetime.count() - skew) {
    return core::invalid("REQUEST_STALE", "the request is older than five minutes",
                         "sign a new request; check the clock of the machine that signs");
  }
  return core::ok();
}

struct ReadRequest {
  FetchOrder order;
  core::Connector from;
};

core::Result<ReadRequest> read_members(const Json& json) {
  Members members(json, "the request");
  ReadRequest read;
  FetchOrder& order = read.order;
  order.request_id = members.text("request_id", 36);
  if (!is_uuid(order.request_id)) members.fail("request_id is not a UUID in lower case");
  read.from = members.connector("from");
  order.audience = members.connector("audience");
  order.issued_s = members.signed_number("issued");
  order.dataset = core::DatasetId(members.present("dataset", 200));
  order.purpose = core::Purpose(members.text("purpose", 200));
  order.agreement_id = members.text("agreement_id", 200);
  const Json* filter = members.object("filter");
  order.changed_since = members.base64("changed_since");
  const Json* resume = members.object("resume");
  if (auto done = members.done(); !done) return std::move(done.error());
  auto selection = read_filter(*filter);
  if (!selection) return std::move(selection.error());
  auto point = read_resume(*resume);
  if (!point) return std::move(point.error());
  order.selection = std::move(*selection);
  order.resume = std::move(*point);
  return read;
}

// A key that was rotated out signs no new request, whatever time the request states.
core::Status usable(const PartnerKey& key, std::int64_t issued_s, core::EpochNs now) {
  const std::int64_t now_s = now / 1'000'000'000;
  if (auto then = valid_at(key, issued_s); !then) return then;
  if (now_s > key.valid_to_s) return valid_at(key, now_s);
  return core::ok();
}

}  // namespace

std::string order_digest(const FetchOrder& order, const core::Connector& from) {
  Json json = Json::object();
  json.set("from", text_json(from.str()))
      .set("audience", text_json(order.audience.str()))
      .set("dataset", text_json(order.dataset.str()))
      .set("purpose", text_json(order.purpose.str()))
      .set("agreement_id", text_json(order.agreement_id))
      .set("filter", filter_json(order.selection))
      .set("changed_since", text_json(core::base64(order.changed_since)));
  return core::hex(core::sha256(core::to_text(json)));
}

SignedEnvelope sign_request(const FetchOrder& order, const core::Connector& from,
                            const Signer& signer) {
  Json json = Json::object();
  json.set("request_id", text_json(order.request_id))
      .set("from", text_json(from.str()))
      .set("audience", text_json(order.audience.str()))
      .set("issued", text_json(std::to_string(order.issued_s)))
      .set("dataset", text_json(order.dataset.str()))
      .set("purpose", text_json(order.purpose.str()))
      .set("agreement_id", text_json(order.agreement_id))
      .set("filter", filter_json(order.selection))
      .set("changed_since", text_json(core::base64(order.changed_since)))
      .set("resume", resume_json(order.resume));
  return sign_payload(kRequestType, json, signer);
}

core::Result<FetchOrder> read_request(const SignedEnvelope& envelope, const Partner& partner,
                                      const core::Connector& self, core::EpochNs now,
                                      const VerifySignature& verify) {
  auto opened = open_payload(envelope, kRequestType, partner.keys, verify);
  if (!opened) return std::move(opened.error());
  auto read = read_members(opened->json);
  if (!read) return std::move(read.error());
  FetchOrder& order = read->order;
  if (read->from != partner.id || order.audience != self) {
    return core::invalid("AUDIENCE_MISMATCH", "the request is from " + read->from.str() + " to " +
                                                  order.audience.str() + ", but " +
                                                  partner.id.str() + " sent it to " + self.str());
  }
  if (auto in_time = fresh(order.issued_s, now); !in_time) return std::move(in_time.error());
  if (auto in_use = usable(opened->key, order.issued_s, now); !in_use) {
    return std::move(in_use.error());
  }
  order.digest = core::sha256(envelope.payload);
  order.order_digest = order_digest(order, read->from);
  return std::move(order);
}

}  // namespace connector::exchange
