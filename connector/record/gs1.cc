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

// Tag Data Standard, table of encodable characters (AI character set 82), percent-decoded.
bool serial_holds(std::string_view text, std::size_t most = kSerialMax) {
  constexpr std::string_view kMarks = "!\"%&'()*+,-./:;<=>?_";
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
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
  return digits(prefix) && digits(reference) && prefix.size() >= 6 && prefix.size() <= 12 &&
         prefix.size() + reference.size() == total;
}

// GTIN-14 of a company prefix and an item reference that begins with the indicator digit.
std::string gtin_of(std::string_view prefix, std::string_view item) {
  std::string gtin(item.substr(0, 1));
  gtin += prefix;
  gtin += item.substr(1);
  return with_check_digit(std::move(gtin));
}

struct Parts {
  std::string scheme;
  std::vector<std::string_view> part;  // prefix, reference, rest
  std::string rest() const { return part.size() > 2 ? percent_decoded(part[2]) : std::string(); }
};

// A serial number may itself hold points: everything after the second one belongs to it.
Parts split_urn(std::string_view scheme, std::string_view body) {
  Parts parts{std::string(scheme), {}};
  for (int i = 0; i < 2; ++i) {
    const auto point = body.find('.');
    if (point == std::string_view::npos) break;
    parts.part.push_back(body.substr(0, point));
    body.remove_prefix(point + 1);
  }
  parts.part.push_back(body);
  return parts;
}

Key broken(const std::string& scheme, std::string_view body) {
  return {scheme, std::string(body), false};
}

Key trade_item(const Parts& parts, std::string_view body) {
  const bool typed = parts.part.size() == 3 && pair_holds(parts.part[0], parts.part[1], 13);
  const bool pattern = parts.scheme == "gtin";  // idpat: the serial is "*"
  if (!typed) return broken(parts.scheme, body);
  const std::string gtin = gtin_of(parts.part[0], parts.part[1]);
  const std::string rest = parts.rest();
  if (pattern) return {"gtin", gtin, true};
  return {parts.scheme, gtin + "." + rest, serial_holds(rest)};
}

// Prefix and reference of 12 digits, a check digit, and perhaps something behind it.
Key numbered(const Parts& parts, std::string_view body, const std::string& scheme) {
  if (parts.part.size() < 2 || !pair_holds(parts.part[0], parts.part[1], 12)) {
    return broken(scheme, body);
  }
  const std::string number =
      with_check_digit(std::string(parts.part[0]) + std::string(parts.part[1]));
  const std::string rest = parts.rest();
  if (scheme == "gln" || ((scheme == "sgln") && (rest.empty() || rest == "0"))) {
    return {scheme, number, rest.empty() || scheme != "gln"};
  }
  return {scheme, rest.empty() ? number : number + "." + rest,
          (rest.empty() && scheme != "sgln") || serial_holds(rest)};
}

Key sscc(const Parts& parts, std::string_view body) {
  if (parts.part.size() != 2 || !pair_holds(parts.part[0], parts.part[1], 17)) {
    return broken("sscc", body);
  }
  return {"sscc", gtin_of(parts.part[0], parts.part[1]), true};  // the digits stand alike
}

Key joined(const Parts& parts, std::string_view body, std::size_t most) {
  std::string value;
  for (const std::string_view part : parts.part) value += percent_decoded(part);
  const bool good = parts.part.size() >= 2 && digits(parts.part[0]) && serial_holds(value, most);
  return good ? Key{parts.scheme, value, true} : broken(parts.scheme, body);
}

Key from_parts(const Parts& parts, std::string_view body) {
  const std::string& scheme = parts.scheme;
  if (scheme == "sgtin" || scheme == "lgtin" || scheme == "gtin") return trade_item(parts, body);
  if (scheme == "sscc") return sscc(parts, body);
  if (scheme == "sgln") return numbered(parts, body, "sgln");
  if (scheme == "pgln") return numbered(parts, body, "gln");
  if (scheme == "grai" || scheme == "gdti" || scheme == "sgcn")
    return numbered(parts, body, scheme);
  if (scheme == "giai") return joined(parts, body, 30);
  if (scheme == "gsrn" || scheme == "gsrnp" || scheme == "ginc" || scheme == "gsin") {
    return joined(parts, body, 30);
  }
  // cpid, itip, upui, gid, usdod, adi, bic, imovn: kept as they stand.
  return {scheme, percent_decoded(body), !body.empty()};
}

// ---- Digital Link ----

std::vector<std::string_view> path_of(std::string_view uri) {
  const auto scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view path = uri.substr(scheme + 3);
  path = path.substr(0, path.find_first_of("?#"));
  auto parts = core::split(path, '/');
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
std::string qualifier(const std::vector<std::string_view>& path, std::size_t at,
                      std::string_view ai) {
  for (std::size_t i = at; i + 1 < path.size(); i += 2) {
    if (path[i] == ai) return percent_decoded(path[i + 1]);
  }
  return {};
}

Key linked_item(const std::vector<std::string_view>& path, std::size_t at) {
  const std::string written = percent_decoded(path[at + 1]);
  const std::string gtin = padded(written);
  const bool good = gtin_holds(written);
  const std::string serial = qualifier(path, at + 2, "21");
  const std::string lot = qualifier(path, at + 2, "10");
  if (!serial.empty()) return {"sgtin", gtin + "." + serial, good && serial_holds(serial)};
  if (!lot.empty()) return {"lgtin", gtin + "." + lot, good && serial_holds(lot)};
  return {"gtin", gtin, good};
}

Key linked_place(const std::vector<std::string_view>& path, std::size_t at) {
  const std::string gln = percent_decoded(path[at + 1]);
  const std::string extension = qualifier(path, at + 2, "254");
  const bool good = gln.size() == 13 && check_digit_holds(gln);
  if (extension.empty() || extension == "0") return {"sgln", gln, good};
  return {"sgln", gln + "." + extension, good && serial_holds(extension)};
}

// A number of 13 digits with its check digit, and a serial behind it.
Key linked_numbered(const std::string& scheme, std::string value, std::size_t zeros) {
  if (zeros > 0 && value.size() > zeros) value.erase(0, zeros);
  const std::string number = value.substr(0, 13);
  const std::string rest = value.size() > 13 ? value.substr(13) : std::string();
  return {scheme, rest.empty() ? number : number + "." + rest,
          number.size() == 13 && check_digit_holds(number) && (rest.empty() || serial_holds(rest))};
}

}  // namespace

bool digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
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
    std::string scheme = core::lower_ascii(rest.substr(0, colon));
    const std::string_view body = rest.substr(colon + 1);
    if (head == kHeads[2] && scheme == "sgtin") scheme = "gtin";
    return from_parts(split_urn(scheme, body), body);
  }
  return std::nullopt;
}

std::optional<Key> from_digital_link(std::string_view uri) {
  const std::string head = core::lower_ascii(uri.substr(0, 8));
  if (head.rfind("http://", 0) != 0 && head != "https://") return std::nullopt;
  const auto path = path_of(uri);
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (path[i + 1].empty()) continue;
    const std::string value = percent_decoded(path[i + 1]);
    if (path[i] == "01" && digits(value)) return linked_item(path, i);
    if (path[i] == "00" && digits(value)) {
      return Key{"sscc", value, value.size() == 18 && check_digit_holds(value)};
    }
    if (path[i] == "414" && digits(value)) return linked_place(path, i);
    if (path[i] == "417" && digits(value)) {
      return Key{"gln", value, value.size() == 13 && check_digit_holds(value)};
    }
    if (path[i] == "8003") return linked_numbered("grai", value, value.size() > 13 ? 1 : 0);
    if (path[i] == "253") return linked_numbered("gdti", value, 0);
    if (path[i] == "8004") return Key{"giai", value, serial_holds(value, 30)};
    if (path[i] == "8010") {
      const std::string serial = qualifier(path, i + 2, "8011");
      return Key{"cpid", serial.empty() ? value : value + "." + serial, serial_holds(value, 30)};
    }
  }
  return std::nullopt;
}

}  // namespace connector::record::gs1
