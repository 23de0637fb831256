#include "exchange/position.h"

#include "core/json.h"

namespace connector::exchange {

std::string seal(const Position& position, const Sealer& sealer) {
  const auto number = [](std::uint64_t n) { return core::Json::string(std::to_string(n)); };
  auto json = core::Json::object();
  json.set("v", core::Json::string("1"))
      .set("caller", core::Json::string(position.caller))
      .set("dataset", core::Json::string(position.dataset))
      .set("first", core::Json::string(position.first_request))
      .set("order", core::Json::string(position.order_digest))
      .set("sequence", number(position.sequence))
      .set("since", number(position.since))
      .set("bound", number(position.bound))
      .set("index", number(position.index))
      .set("records", number(position.records))
      .set("bytes", number(position.bytes))
      .set("chain", core::Json::string(core::hex(position.chain)));
  return sealer.seal(core::to_text(json));
}

core::Result<Position> open_position(const std::string& token, const core::Connector& caller,
                                     const Sealer& sealer) {
  const core::Error bad = core::invalid(
      "POSITION_INVALID", "the position was not given by this connector to this caller",
      "send back the position of a batch or receipt unchanged, or start a new fetch");
  const auto text = sealer.open(token);
  if (!text) return bad;
  const auto json = core::parse_untrusted(*text);
  if (!json || json->text_at("caller") != caller.str()) return bad;
  Position position;
  position.caller = json->text_at("caller");
  position.dataset = json->text_at("dataset");
  position.first_request = json->text_at("first");
  position.order_digest = json->text_at("order");
  const auto number = [&](const char* key) {
    const core::Json* value = json->find(key);
    return value ? value->as_uint64().value_or(0) : 0;
  };
  position.sequence = number("sequence");
  position.since = number("since");
  position.bound = number("bound");
  position.index = number("index");
  position.records = number("records");
  position.bytes = number("bytes");
  const auto chain = core::from_hex(json->text_at("chain"));
  if (!chain) return bad;
  const auto digest = core::digest_of_bytes(*chain);
  if (!digest) return bad;
  position.chain = *digest;
  return position;
}

}  // namespace connector::exchange
