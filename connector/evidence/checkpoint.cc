#include "evidence/checkpoint.h"

#include <algorithm>

#include "core/text.h"

namespace connector::evidence {
namespace {

constexpr char kEd25519 = 0x01;
constexpr std::string_view kSignatureMark = "\xE2\x80\x94 ";  // em dash, space

std::string key_hash(const std::string& origin, std::string_view public_key) {
  std::string bytes = origin + "\n" + kEd25519;
  bytes += public_key;
  return std::string(core::view(core::sha256(bytes)).substr(0, 4));
}

core::Error bad(const std::string& what) {
  return core::invalid("CHECKPOINT_INVALID", "not a valid checkpoint: " + what);
}

std::string body(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         core::base64(core::view(checkpoint.root)) + "\n";
}

core::Result<Checkpoint> parse_body(std::string_view text) {
  const auto lines = core::split(text, '\n');
  if (lines.size() != 4 || !lines[3].empty()) return bad("three lines are expected");
  const bool digits = !lines[1].empty() && lines[1].size() <= 19 &&
                      lines[1].find_first_not_of("0123456789") == std::string_view::npos &&
                      (lines[1].size() == 1 || lines[1][0] != '0');
  if (!digits) return bad("the size is not a decimal number");
  auto root = core::from_base64(lines[2]);
  if (!root) return bad("the root is not base64");
  auto digest = core::digest_of_bytes(*root);
  if (!digest) return bad("the root is not 32 bytes");
  return Checkpoint{std::string(lines[0]), std::stoull(std::string(lines[1])), *digest};
}

struct VerifierKey {
  std::string origin;
  std::string public_key;
};

core::Result<VerifierKey> parse_key(const std::string& key) {
  const auto plus = key.find('+');  // an origin has none; base64 may have
  const auto second = plus == std::string::npos ? plus : key.find('+', plus + 1);
  if (second == std::string::npos) return bad("the verifier key is malformed");
  const auto bytes = core::from_base64(key.substr(second + 1));
  if (!bytes || bytes->size() != 33 || (*bytes)[0] != kEd25519) {
    return bad("the verifier key is not Ed25519");
  }
  VerifierKey named{key.substr(0, plus), bytes->substr(1)};
  if (verifier_key(named.origin, named.public_key) != key) {
    return bad("the hash in the verifier key is not that of its key");
  }
  return named;
}

// The one signature line of a note, down to the raw signature.
core::Result<std::string> signature_of(std::string_view line, const VerifierKey& key) {
  const std::string head = std::string(kSignatureMark) + key.origin + " ";
  if (line.substr(0, head.size()) != head || line.back() != '\n' ||
      std::count(line.begin(), line.end(), '\n') != 1) {
    return bad("not signed by " + key.origin + " alone");
  }
  const auto bytes = core::from_base64(line.substr(head.size(), line.size() - head.size() - 1));
  if (!bytes || bytes->size() != 68 ||
      bytes->substr(0, 4) != key_hash(key.origin, key.public_key)) {
    return bad("the signature of " + key.origin + " does not hold");
  }
  return bytes->substr(4);
}

}  // namespace

std::string verifier_key(const std::string& origin, std::string_view public_key) {
  std::string key(1, kEd25519);
  key += public_key;
  return origin + "+" + core::hex(key_hash(origin, public_key)) + "+" + core::base64(key);
}

std::string sign_checkpoint(const Checkpoint& checkpoint, std::string_view public_key,
                            const Sign& sign) {
  const std::string text = body(checkpoint);
  const std::string signature = key_hash(checkpoint.origin, public_key) + sign(text);
  return text + "\n" + std::string(kSignatureMark) + checkpoint.origin + " " +
         core::base64(signature) + "\n";
}

core::Result<Checkpoint> open_checkpoint(std::string_view note, const std::string& key,
                                         const Verify& verify) {
  const auto named = parse_key(key);
  if (!named) return named.error();
  const auto blank = note.find("\n\n");
  if (blank == std::string_view::npos) return bad("no signature");
  const std::string_view text = note.substr(0, blank + 1);
  const auto signature = signature_of(note.substr(blank + 2), *named);
  if (!signature) return signature.error();
  if (!verify(named->public_key, text, *signature)) {
    return bad("the signature of " + named->origin + " does not hold");
  }
  auto checkpoint = parse_body(text);
  if (checkpoint && checkpoint->origin != named->origin) return bad("it names another origin");
  return checkpoint;
}

core::Result<Checkpoint> own_checkpoint(std::string_view note) {
  const auto blank = note.find("\n\n");
  if (blank == std::string_view::npos) return bad("no signature");
  return parse_body(note.substr(0, blank + 1));
}

}  // namespace connector::evidence
