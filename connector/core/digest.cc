#include "core/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace connector::core {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// SHA-256 cannot fail once it is found. A libcrypto without it, or no memory for 200 bytes, leaves
// nothing that this program may do.
void must(bool done) {
  if (!done) std::abort();
}

// Fetched once: EVP_sha256() would be looked up again on every start of a digest.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

Context new_context() {
  Context context(EVP_MD_CTX_new());
  must(context && EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1);
  return context;
}

Digest finish(EVP_MD_CTX* context) {
  Digest digest;
  must(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  must(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
  return digest;
}

Error invalid_text(const char* what, std::size_t place) {
  return invalid("INVALID_ENCODING",
                 std::string(what) + " (character " + std::to_string(place + 1) + ")");
}

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotADigit = 0xff;

constexpr std::array<std::uint8_t, 256> table_of(std::string_view digits) {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNotADigit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    table[static_cast<std::uint8_t>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr auto kBase64Values = table_of({kBase64, 64});

std::uint8_t hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return kNotADigit;
}

std::uint8_t base64_value(char c) {
  return kBase64Values[static_cast<std::uint8_t>(c)];
}

}  // namespace

Digest sha256(std::string_view bytes) {
  thread_local const Context context = new_context();
  must(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  return finish(context.get());
}

struct Sha256::State {
  Context context = new_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(std::string_view bytes) {
  must(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
  return *this;
}

Digest Sha256::finish() {
  return core::finish(state_->context.get());
}

Result<Digest> digest_of_bytes(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) {
    return invalid("INVALID_ENCODING",
                   "a SHA-256 digest has 32 bytes, not " + std::to_string(bytes.size()));
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::string hex(std::string_view bytes) {
  std::string text(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    text[2 * i] = kHexDigits[byte >> 4];
    text[2 * i + 1] = kHexDigits[byte & 15];
  }
  return text;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return invalid_text("an odd number of hex digits", text.size());
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::uint8_t high = hex_value(text[i]);
    const std::uint8_t low = hex_value(text[i + 1]);
    if (high == kNotADigit) return invalid_text("not a hex digit", i);
    if (low == kNotADigit) return invalid_text("not a hex digit", i + 1);
    bytes[i / 2] = static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : 0u;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    text += kBase64[group >> 18];
    text += kBase64[group >> 12 & 63];
    text += i + 1 < bytes.size() ? kBase64[group >> 6 & 63] : '=';
    text += i + 2 < bytes.size() ? kBase64[group & 63] : '=';
  }
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return invalid_text("base64 comes in groups of four characters, padded", text.size());
  }
  std::size_t digits = text.size();
  while (digits > 0 && text.size() - digits < 2 && text[digits - 1] == '=') --digits;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const std::uint8_t value = base64_value(text[i]);
    if (value == kNotADigit) return invalid_text("not a character of base64", i);
    group = (group << 6 | value) & 0xffffff;
    if (i % 4 == 1) bytes += static_cast<char>(group >> 4 & 0xff);
    if (i % 4 == 2) bytes += static_cast<char>(group >> 2 & 0xff);
    if (i % 4 == 3) bytes += static_cast<char>(group & 0xff);
  }
  // One text per value: the bits that carry nothing must be zero.
  const std::uint32_t unused = digits % 4 == 2 ? group & 15 : digits % 4 == 3 ? group & 3 : 0;
  if (unused != 0) return invalid_text("base64 ends with bits that mean nothing", digits - 1);
  return bytes;
}

}  // namespace connector::core
