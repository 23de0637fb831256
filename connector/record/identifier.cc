#include "record/identifier.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/digest.h"
#include "core/text.h"
#include "record/gs1.h"

namespace connector::record {
namespace {

constexpr std::size_t kKeyBytes = 16;

bool all_of(std::string_view text, bool (*holds)(char)) {
  return std::all_of(text.begin(), text.end(), holds);
}
bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool upper_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string without(std::string_view text, std::string_view marks) {
  std::string out;
  for (const char c : text) {
    if (marks.find(c) == std::string_view::npos) out += c;
  }
  return out;
}

using gs1::Key;

Key gtin(std::string_view raw) {
  const bool good = (raw.size() == 8 || raw.size() == 12 || raw.size() == 13 || raw.size() == 14) &&
                    gs1::check_digit_holds(raw);
  if (!good) return {"gtin", std::string(raw), false};
  return {"gtin", std::string(14 - raw.size(), '0') + std::string(raw), true};
}

Key checked_number(const std::string& scheme, std::string_view raw, std::size_t size) {
  return {scheme, std::string(raw), raw.size() == size && gs1::check_digit_holds(raw)};
}

// ISO 17442: 18 characters and two check digits, ISO 7064 MOD 97-10.
Key lei(std::string_view raw) {
  const std::string text = upper(raw);
  int remainder = 0;
  bool good = text.size() == 20 && all_of(text, upper_alphanumeric);
  for (const char c : good ? text : std::string()) {
    const int value = c <= '9' ? c - '0' : c - 'A' + 10;
    remainder = (value > 9 ? remainder * 100 + value : remainder * 10 + value) % 97;
  }
  good = good && remainder == 1;
  return {"lei", good ? text : std::string(raw), good};
}

// "BPNL" (legal entity), "BPNS" (site), "BPNA" (address) and 12 characters.
Key bpn(std::string_view raw) {
  const std::string text = upper(raw);
  const bool good = text.size() == 16 && text.rfind("BPN", 0) == 0 &&
                    std::string_view("LSA").find(text[3]) != std::string_view::npos &&
                    all_of(text.substr(4), upper_alphanumeric);
  return {"bpn", good ? text : std::string(raw), good};
}

// A country code and 2 to 13 characters; blanks, points and dashes are for reading only.
Key vat(std::string_view raw) {
  const std::string text = upper(without(raw, " .-"));
  const bool good = text.size() >= 4 && text.size() <= 15 && text[0] >= 'A' && text[0] <= 'Z' &&
                    text[1] >= 'A' && text[1] <= 'Z' &&
                    std::all_of(text.begin() + 2, text.end(), [](char c) {
                      return upper_alphanumeric(c) || c == '+' || c == '*';
                    });
  return {"vat", good ? text : std::string(raw), good};
}

Key plain_digits(const std::string& scheme, std::string_view raw, std::size_t size) {
  const std::string text = without(raw, " .-");
  const bool good = text.size() == size && gs1::digits(text);
  return {scheme, good ? text : std::string(raw), good};
}

Key uuid(std::string_view raw) {
  std::string text = core::lower_ascii(raw);
  if (text.rfind("urn:uuid:", 0) == 0) text.erase(0, 9);
  bool good = text.size() == 36;
  for (std::size_t i = 0; good && i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    good = dash ? text[i] == '-'
                : std::string_view("0123456789abcdef").find(text[i]) != std::string_view::npos;
  }
  return {"uuid", good ? text : std::string(raw), good};
}

bool is_two_in_one(std::string_view scheme) {
  return scheme == "sgtin" || scheme == "lgtin";
}

// "08712346000126.E1": a GTIN-14, a point, and a serial or lot number.
Key two_in_one(const std::string& scheme, std::string_view raw) {
  const auto point = raw.find('.');
  const bool good =
      point == 14 && gs1::check_digit_holds(raw.substr(0, 14)) && gs1::serial_holds(raw.substr(15));
  return {scheme, std::string(raw), good};
}

Key key_of(const std::string& scheme, std::string_view raw) {
  if (scheme == "gtin") return gtin(raw);
  if (is_two_in_one(scheme)) return two_in_one(scheme, raw);
  if (scheme == "gln") return checked_number(scheme, raw, 13);
  if (scheme == "sscc") return checked_number(scheme, raw, 18);
  if (scheme == "lei") return lei(raw);
  if (scheme == "bpn") return bpn(raw);
  if (scheme == "vat") return vat(raw);
  if (scheme == "duns") return plain_digits(scheme, raw, 9);
  if (scheme == "kvk") return plain_digits(scheme, raw, 8);
  if (scheme == "oin") return plain_digits(scheme, raw, 20);
  if (scheme == "uuid" || scheme == "qpid") {
    Key key = uuid(raw);
    key.scheme = scheme;
    return key;
  }
  return {scheme, std::string(raw), !raw.empty()};
}

pb::Identifier identifier_of(const Key& key, std::string_view raw) {
  pb::Identifier id;
  id.set_scheme(key.scheme);
  id.set_value(key.value);
  id.set_raw(std::string(raw));
  id.set_valid(key.valid);
  return id;
}

std::optional<Key> gs1_key(std::string_view uri) {
  auto key = gs1::from_urn(uri);
  return key ? key : gs1::from_digital_link(uri);
}

// ---- item keys ----

// A type of items, or an item that stands for itself.
struct Named {
  std::string scheme;
  std::string owner;
  std::string value;
  std::string level;
  std::string instance;
};

void add_key(const Named& named, pb::ItemRef& item) {
  std::string text;
  for (const std::string* part :
       {&named.scheme, &named.owner, &named.value, &named.level, &named.instance}) {
    if (text.empty()) text = std::string("\0\0\0\2v1", 6);
    const auto size = static_cast<std::uint32_t>(part->size());
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(size >> shift);
    text += *part;
  }
  const std::string key(core::view(core::sha256(text)).substr(0, kKeyBytes));
  const auto& keys = item.item_keys();
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) item.add_item_keys(key);
}

bool is_part_number(const std::string& scheme) {
  return scheme == "seller-part" || scheme == "buyer-part" || scheme == "manufacturer-part";
}

// Schemes whose identifiers name one thing (or place, or document), not a type of things.
bool stands_for_itself(const std::string& scheme) {
  static const std::set<std::string, std::less<>> kSchemes = {
      "sgtin", "lgtin", "upui", "itip",  "sscc",  "giai", "grai", "gdti",
      "sgcn",  "cpid",  "gsrn", "gsrnp", "gsin",  "ginc", "gln",  "sgln",
      "gid",   "usdod", "adi",  "bic",   "imovn", "uuid", "uri",  "product-trace"};
  return kSchemes.count(scheme) > 0;
}

// "sgtin" and "lgtin" name type and instance in one.
void add_two_in_one(const pb::Identifier& id, pb::ItemRef& item) {
  const auto point = id.value().find('.');
  add_key({"gtin",
           {},
           id.value().substr(0, point),
           id.scheme() == "sgtin" ? "item" : "batch",
           id.value().substr(point + 1)},
          item);
}

}  // namespace

pb::Identifier make_identifier(std::string_view scheme, std::string_view raw,
                               std::string_view owner) {
  const std::string_view text = core::trim(raw);
  const auto written_as_uri = gs1_key(text);
  pb::Identifier id = written_as_uri && written_as_uri->scheme == scheme
                          ? identifier_of(*written_as_uri, raw)
                          : identifier_of(key_of(std::string(scheme), text), raw);
  if (!owner.empty()) id.set_owner(std::string(owner));
  return id;
}

std::string scheme_of_code(std::string_view scheme_id) {
  static const std::map<std::string, std::string, std::less<>> kSchemes = {
      {"0088", "gln"},  {"gln", "gln"},    {"gs1", "gln"},    {"0160", "gtin"}, {"gtin", "gtin"},
      {"ean", "gtin"},  {"ean13", "gtin"}, {"upc", "gtin"},   {"0060", "duns"}, {"duns", "duns"},
      {"dun", "duns"},  {"0199", "lei"},   {"lei", "lei"},    {"0106", "kvk"},  {"nl:kvk", "kvk"},
      {"kvk", "kvk"},   {"0190", "oin"},   {"nl:oin", "oin"}, {"oin", "oin"},   {"vat", "vat"},
      {"vatin", "vat"}, {"bpnl", "bpn"},   {"bpn", "bpn"},    {"sscc", "sscc"}, {"00", "sscc"},
      {"eori", "eori"}, {"uuid", "uuid"},  {"9944", "vat"},   {"9930", "vat"},  {"9925", "vat"},
      {"9957", "vat"},  {"9906", "vat"}};
  const std::string lower = core::lower_ascii(core::trim(scheme_id));
  const auto found = kSchemes.find(lower);
  return found == kSchemes.end() ? lower : found->second;
}

pb::Identifier identifier_from_uri(std::string_view uri) {
  const std::string_view trimmed = core::trim(uri);
  if (auto key = gs1_key(trimmed)) return identifier_of(*key, uri);
  if (core::lower_ascii(trimmed.substr(0, 9)) == "urn:uuid:") {
    return identifier_of(uuid(trimmed), uri);
  }
  const auto colon = trimmed.find(':');
  const bool good = colon != std::string_view::npos && colon > 0 && colon + 1 < trimmed.size() &&
                    all_of(trimmed.substr(0, 1), alphanumeric) &&
                    trimmed.find_first_of(" \t\r\n<>\"") == std::string_view::npos;
  return identifier_of({"uri", std::string(trimmed), good}, uri);
}

pb::ItemRef item_from_epc(std::string_view uri) {
  pb::ItemRef item;
  const pb::Identifier& id = *item.add_ids() = identifier_from_uri(uri);
  const auto key = gs1_key(core::trim(uri));
  item.set_level(id.scheme() == "lgtin" ? pb::ITEM_LEVEL_BATCH
                 : key && key->type     ? pb::ITEM_LEVEL_MODEL
                                        : pb::ITEM_LEVEL_ITEM);
  set_item_keys(item);
  return item;
}

void set_item_keys(pb::ItemRef& item) {
  item.clear_item_keys();
  std::string serial;
  std::string lot;
  for (const pb::Identifier& id : item.ids()) {
    if (id.scheme() == "serial") serial = id.value();
    if (id.scheme() == "lot") lot = id.value();
  }
  const std::string& instance = serial.empty() ? lot : serial;
  const char* level = !serial.empty() ? "item" : !lot.empty() ? "batch" : "model";
  for (const pb::Identifier& id : item.ids()) {
    const std::string& scheme = id.scheme();
    if (scheme == "serial" || scheme == "lot" || id.value().empty()) continue;
    // Unique only to its owner: without one it names nothing.
    if (is_part_number(scheme) && id.owner().empty()) continue;
    if (is_two_in_one(scheme) && id.valid()) {
      add_two_in_one(id, item);
    } else if (stands_for_itself(scheme)) {
      add_key({scheme, id.owner(), id.value(), {}, {}}, item);
    } else {
      add_key({scheme, id.owner(), id.value(), level, instance}, item);
    }
  }
}

}  // namespace connector::record
