#include "record/gs1.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/text.h"

namespace connector::record::gs1 {
namespace {

constexpr std::size_t kSerialMax = 20;

std::string with_check_digit(std::string text) {
  text += check_digit(text);
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// A company prefix and a reference that together have so many digits.
bool pair_holds(std::string_view prefix, std::string_view reference, std::size_t total) {
  return digits(prefix) && (reference.empty() || digits(reference)) && prefix.size() >= 6 &&
         prefix.size() <= 12 && prefix.size() + reference.size() == total;
}

// ---- EPC URNs ----

// The company prefix and what follows it, up to the points that the scheme has.
struct Urn {
  std::string scheme;
  std::string_view body;
  bool pattern = false;  // urn:epc:idpat: with "*" as its last part: a type
  std::vector<std::string_view> part;

  std::string text(std::size_t at) const { return percent_decoded(part[at]); }
};

// A serial number may itself hold points: what follows the point before it belongs to it.
std::vector<std::string_view> split_body(std::string_view body, std::size_t parts) {
  std::vector<std::string_view> split;
  while (split.size() + 1 < parts) {
    const auto point = body.find('.');
    if (point == std::string_view::npos) break;
    split.push_back(body.substr(0, point));
    body.remove_prefix(point + 1);
  }
  split.push_back(body);
  return split;
}

Key broken(const Urn& urn) {
  return {urn.scheme, std::string(urn.body), false, urn.pattern};
}

// GTIN-14 of a company prefix and an item reference that begins with the indicator digit.
std::string gtin_of(std::string_view prefix, std::string_view item) {
  std::string gtin(item.substr(0, 1));
  gtin += prefix;
  gtin += item.substr(1);
  return with_check_digit(std::move(gtin));
}

Key trade_item(const Urn& urn) {
  if (urn.part.size() != 3 || urn.part[1].empty() || !pair_holds(urn.part[0], urn.part[1], 13)) {
    return broken(urn);
  }
  const std::string gtin = gtin_of(urn.part[0], urn.part[1]);
  if (urn.pattern) return {"gtin", gtin, true, true};
  const std::string rest = urn.text(2);
  return {urn.scheme, gtin + "." + rest, serial_holds(rest), false};
}

// A piece of a trade item that is made of several: GTIN, piece and total, serial.
Key trade_item_piece(const Urn& urn) {
  const bool good = urn.part.size() == 5 && !urn.part[1].empty() &&
                    pair_holds(urn.part[0], urn.part[1], 13) && digits(urn.part[2]) &&
                    urn.part[2].size() == 2 && digits(urn.part[3]) && urn.part[3].size() == 2;
  if (!good) return broken(urn);
  std::string value = gtin_of(urn.part[0], urn.part[1]);
  value.append(urn.part[2]).append(urn.part[3]);
  if (urn.pattern) return {"itip", value, true, true};
  return {"itip", value + "." + urn.text(4), serial_holds(urn.text(4)), false};
}

// Prefix and reference of so many digits and a check digit.
Key number(const Urn& urn, std::string_view scheme, std::size_t total) {
  if (urn.part.size() != 2 || !pair_holds(urn.part[0], urn.part[1], total)) return broken(urn);
  return {std::string(scheme),
          with_check_digit(std::string(urn.part[0]) + std::string(urn.part[1])), true, false};
}

Key sscc(const Urn& urn) {
  if (urn.part.size() != 2 || urn.part[1].empty() || !pair_holds(urn.part[0], urn.part[1], 17)) {
    return broken(urn);
  }
  return {"sscc", gtin_of(urn.part[0], urn.part[1]), true, false};  // its digits stand alike
}

// A number of 13 digits, and a serial number or extension behind it.
Key numbered(const Urn& urn) {
  if (urn.part.size() != 3 || !pair_holds(urn.part[0], urn.part[1], 12)) return broken(urn);
  const std::string number = with_check_digit(std::string(urn.part[0]) + std::string(urn.part[1]));
  const std::string rest = urn.text(2);
  if (urn.pattern || (urn.scheme == "sgln" && rest == "0")) {
    return {urn.scheme, number, true, urn.pattern};
  }
  return {urn.scheme, number + "." + rest, serial_holds(rest), false};
}

// A company prefix and free text behind it.
Key joined(const Urn& urn) {
  if (urn.part.size() != 2) return broken(urn);
  const std::string value = urn.text(0) + urn.text(1);
  const bool good = digits(urn.part[0]) && !urn.part[1].empty() && serial_holds(value, 30);
  return good ? Key{urn.scheme, value, true, false} : broken(urn);
}

Key component(const Urn& urn) {
  if (urn.part.size() != 3 || !digits(urn.part[0]) || urn.part[1].empty()) return broken(urn);
  const std::string type = urn.text(0) + urn.text(1);
  if (urn.pattern) return {"cpid", type, serial_holds(type, 30), true};
  return {"cpid", type + "." + urn.text(2),
          serial_holds(type, 30) && digits(urn.part[2]) && urn.part[2].size() <= 12, false};
}

Key from_parts(Urn urn) {
  const std::string& scheme = urn.scheme;
  const auto split = [&](std::size_t parts) { urn.part = split_body(urn.body, parts); };
  if (scheme == "sgtin" || scheme == "lgtin" || scheme == "upui") return split(3), trade_item(urn);
  if (scheme == "itip") return split(5), trade_item_piece(urn);
  if (scheme == "sscc") return split(2), sscc(urn);
  if (scheme == "pgln") return split(2), number(urn, "gln", 12);
  if (scheme == "gsrn" || scheme == "gsrnp") return split(2), number(urn, scheme, 17);
  if (scheme == "gsin") return split(2), number(urn, scheme, 16);
  if (scheme == "sgln" || scheme == "grai" || scheme == "gdti" || scheme == "sgcn") {
    return split(3), numbered(urn);
  }
  if (scheme == "giai" || scheme == "ginc") return split(2), joined(urn);
  if (scheme == "cpid") return split(3), component(urn);
  // gid, usdod, adi, bic, imovn: kept as they stand.
  return {scheme, percent_decoded(urn.body), !urn.body.empty(), urn.pattern};
}

// ---- Digital Link ----

using Path = std::vector<std::string_view>;

Path path_of(std::string_view uri) {
  std::string_view path = uri.substr(uri.find("://") + 3);
  path = path.substr(0, path.find_first_of("?#"));
  Path parts = core::split(path, '/');
  if (!parts.empty()) parts.erase(parts.begin());  // the domain
  return parts;
}

std::string padded(std::string_view gtin) {
  return gtin.size() < 14 ? std::string(14 - gtin.size(), '0') + std::string(gtin)
                          : std::string(gtin);
}

bool gtin_holds(std::string_view value) {
  return (value.size() == 8 || value.size() == 12 || value.size() == 13 || value.size() == 14) &&
         check_digit_holds(value);
}

// Qualifiers follow their key: AI, value, AI, value ...
std::string qualifier(const Path& path, std::size_t at, std::string_view ai) {
  for (std::size_t i = at; i + 1 < path.size(); i += 2) {
    if (path[i] == ai) return percent_decoded(path[i + 1]);
  }
  return {};
}

Key linked_item(const Path& path, std::size_t at) {
  const std::string written = percent_decoded(path[at + 1]);
  const std::string gtin = padded(written);
  const bool good = gtin_holds(written);
  for (const auto& [scheme, ai] : {std::pair{"sgtin", "21"}, {"upui", "235"}, {"lgtin", "10"}}) {
    const std::string rest = qualifier(path, at + 2, ai);
    if (!rest.empty()) return {scheme, gtin + "." + rest, good && serial_holds(rest), false};
  }
  return {"gtin", gtin, good, true};
}

Key linked_piece(const Path& path, std::size_t at, const std::string& value) {
  const std::string serial = qualifier(path, at + 2, "21");
  const bool good = value.size() == 18 && digits(value) && check_digit_holds(value.substr(0, 14));
  if (serial.empty()) return {"itip", value, good, true};
  return {"itip", value + "." + serial, good && serial_holds(serial), false};
}

Key linked_place(const Path& path, std::size_t at, const std::string& gln) {
  const std::string extension = qualifier(path, at + 2, "254");
  const bool good = gln.size() == 13 && check_digit_holds(gln);
  if (extension.empty() || extension == "0") return {"sgln", gln, good, false};
  return {"sgln", gln + "." + extension, good && serial_holds(extension), false};
}

// A number of 13 digits with its check digit, and a serial number behind it.
Key linked_numbered(const std::string& scheme, const std::string& value) {
  const std::string number = value.substr(0, 13);
  const std::string rest = value.size() > 13 ? value.substr(13) : std::string();
  const bool good = number.size() == 13 && check_digit_holds(number);
  if (rest.empty()) return {scheme, number, good, true};
  return {scheme, number + "." + rest, good && serial_holds(rest), false};
}

Key linked_component(const Path& path, std::size_t at, const std::string& type) {
  const std::string serial = qualifier(path, at + 2, "8011");
  if (serial.empty()) return {"cpid", type, serial_holds(type, 30), true};
  return {"cpid", type + "." + serial,
          serial_holds(type, 30) && digits(serial) && serial.size() <= 12, false};
}

Key of_length(const char* scheme, const std::string& value, std::size_t size) {
  return {scheme, value, value.size() == size && check_digit_holds(value), false};
}

// The primary keys of GS1 Digital Link 1.3, section 4.7; empty where the pair is none.
std::optional<Key> linked(const Path& path, std::size_t at) {
  const std::string_view ai = path[at];
  const std::string value = percent_decoded(path[at + 1]);
  if (ai == "8004") return Key{"giai", value, serial_holds(value, 30), false};
  if (ai == "8010") return linked_component(path, at, value);
  if (ai == "401") return Key{"ginc", value, serial_holds(value, 30), false};
  if (value.empty() || value[0] < '0' || value[0] > '9') return std::nullopt;
  if (ai == "8003") return linked_numbered("grai", value.size() > 13 ? value.substr(1) : value);
  if (ai == "253") return linked_numbered("gdti", value);
  if (ai == "255") return linked_numbered("sgcn", value);
  if (!digits(value)) return std::nullopt;
  if (ai == "01") return linked_item(path, at);
  if (ai == "8006") return linked_piece(path, at, value);
  if (ai == "414") return linked_place(path, at, value);
  if (ai == "417") return of_length("gln", value, 13);
  if (ai == "00") return of_length("sscc", value, 18);
  if (ai == "8018") return of_length("gsrn", value, 18);
  if (ai == "8017") return of_length("gsrnp", value, 18);
  if (ai == "402") return of_length("gsin", value, 17);
  return std::nullopt;
}

}  // namespace

bool digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool serial_holds(std::string_view text, std::size_t most) {
  constexpr std::string_view kMarks = "!\"%&'()*+,-./:;<=>?_";
  if (most == 0) most = kSerialMax;
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '#' ||
           kMarks.find(c) != std::string_view::npos;
  });
}

char check_digit(std::string_view before) {
  int sum = 0;
  bool three = true;
  for (auto c = before.rbegin(); c != before.rend(); ++c, three = !three) {
    sum += (*c - '0') * (three ? 3 : 1);
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

bool check_digit_holds(std::string_view number) {
  return number.size() > 1 && digits(number) &&
         check_digit(number.substr(0, number.size() - 1)) == number.back();
}

std::optional<Key> from_urn(std::string_view urn) {
  constexpr std::array<std::string_view, 3> kHeads = {
      "urn:epc:id:", "urn:epc:class:", "urn:epc:idpat:"};
  for (const std::string_view head : kHeads) {
    if (core::lower_ascii(urn.substr(0, head.size())) != head) continue;
    const std::string_view rest = urn.substr(head.size());
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    Urn parts{core::lower_ascii(rest.substr(0, colon)), rest.substr(colon + 1), false, {}};
    const std::string_view body = parts.body;
    if (parts.scheme == "cpi") parts.scheme = "cpid";
    parts.pattern = head == kHeads[2] && body.size() > 2 && body.substr(body.size() - 2) == ".*";
    Key key = from_parts(std::move(parts));
    if (head == kHeads[1] && key.scheme != "lgtin") key.type = true;
    return key;
  }
  return std::nullopt;
}

std::optional<Key> from_digital_link(std::string_view uri) {
  const std::string head = core::lower_ascii(uri.substr(0, 8));
  if (head.rfind("http://", 0) != 0 && head != "https://") return std::nullopt;
  const Path path = path_of(uri);
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (path[i + 1].empty()) continue;
    if (auto key = linked(path, i)) return key;
  }
  return std::nullopt;
}

}  // namespace connector::record::gs1
