#include "core/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>

namespace connector::core {
namespace {

constexpr std::size_t kWordBytes = 64;  // beyond this no one mistyped a name

bool continuation(std::string_view text, std::size_t at, std::uint8_t low, std::uint8_t high) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<std::uint8_t>(text[at]);
  return byte >= low && byte <= high;
}

bool is_ascii(std::string_view text) {
  unsigned char bits = 0;
  for (const char byte : text) bits |= static_cast<unsigned char>(byte);
  return bits < 0x80;
}

// Length of the character that starts at `at`, or 0 (Unicode 15, table 3-7).
std::size_t character(std::string_view text, std::size_t at) {
  const auto lead = static_cast<std::uint8_t>(text[at]);
  const auto rest = [&](std::size_t offset) { return continuation(text, at + offset, 0x80, 0xbf); };
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return rest(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : 0x80;   // no overlong forms
    const std::uint8_t high = lead == 0xed ? 0x9f : 0xbf;  // no surrogates
    return continuation(text, at + 1, low, high) && rest(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const std::uint8_t low = lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xf4 ? 0x8f : 0xbf;  // up to U+10FFFF
    return continuation(text, at + 1, low, high) && rest(2) && rest(3) ? 4 : 0;
  }
  return 0;
}

// Insertions, deletions, replacements and swaps of neighbours that turn a into b.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

}  // namespace

bool valid_utf8(std::string_view text) {
  if (text.size() < sizeof(std::uint64_t) && is_ascii(text)) return true;
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    if (at + sizeof eight <= text.size()) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {  // most text is ASCII
        at += sizeof eight;
        continue;
      }
    }
    const std::size_t length = character(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator, start)) {
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kWordBytes) return {};
  const std::string wanted = lower_ascii(word);
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kWordBytes) continue;
    const std::size_t differs = distance(wanted, lower_ascii(candidate));
    if (differs < least) {
      least = differs;
      found = &candidate;
    }
  }
  return found == nullptr ? std::string() : *found;
}

}  // namespace connector::core
