// GS1 keys: check digits, EPC URNs and Digital Links.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace connector::record::gs1 {

bool digits(std::string_view text);
// A serial or lot number: 1 to `most` characters of AI character set 82 (or 39, which adds "#");
// most = 0 means 20, as for AI 10 and 21.
bool serial_holds(std::string_view text, std::size_t most = 0);
// The check digit of GS1 (modulo 10, weights 3 and 1 from the right) over the digits before it.
char check_digit(std::string_view before);
bool check_digit_holds(std::string_view number);

struct Key {
  std::string scheme;
  std::string value;  // canonical
  bool valid = false;
  bool type = false;  // names a type of things rather than one thing or lot
};
// "urn:epc:id:sgtin:8712346.000012.E1" and its kin; empty where it is no EPC URN.
std::optional<Key> from_urn(std::string_view urn);
// "https://id.gs1.org/01/08712346000126/21/E1", in any domain and with any stem; empty where the
// path holds no GS1 primary key.
std::optional<Key> from_digital_link(std::string_view uri);

}  // namespace connector::record::gs1
