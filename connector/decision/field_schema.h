// What this version knows of the message types of a record, laid out for a quick walk over bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.h"
#include "decision/wire.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace connector::decision {

wire::Type wire_type(const google::protobuf::FieldDescriptor& field);

class FieldSchema {
 public:
  static const FieldSchema& get();

  std::size_t number_of(const google::protobuf::Descriptor& type) const;
  // Of all that look() goes by: the same for two versions that know the same.
  core::Digest digest() const;

  enum class Look { kClean, kUnclean, kMalformed };
  // Whether a message holds nothing but what this version knows, however deep.
  Look look(std::size_t type, std::string_view message) const;
  // Appends the message without what this version does not know. False: it is malformed; what was
  // appended is of no use then.
  bool strip(std::size_t type, std::string_view message, std::string& out) const;

 private:
  FieldSchema();
  std::size_t add(const google::protobuf::Descriptor& type);
  bool strip_field(std::uint8_t known, const wire::Field& field, std::string& out) const;

  // By tag: what to do with the field that follows. kMessage and above: a message of the type
  // with the number known - kMessage.
  enum Known : std::uint8_t {
    kUnknown,
    kVarint,
    kFixed64,
    kBytes,
    kFixed32,
    kOtherType,  // a number that is known, with another wire type
    kMessage
  };
  static constexpr std::size_t kTags = 512;
  struct Type {
    const google::protobuf::Descriptor* descriptor = nullptr;
    std::array<std::uint8_t, kTags> by_tag{};
  };
  std::uint8_t known(std::size_t type, std::uint64_t tag) const {
    return tag < kTags ? types_[type].by_tag[tag] : std::uint8_t{kUnknown};
  }

  std::vector<Type> types_;
};

// Appends a message that `write` appends the content of; `likely` is the best guess at its size.
// False where `write` returns false.
template <typename Write>
bool put_message(std::string& out, std::uint32_t number, std::size_t likely, const Write& write) {
  wire::put_varint(out, wire::tag_of(number, wire::Type::kBytes));
  const std::size_t length_at = out.size();
  wire::put_varint(out, likely);
  const std::size_t content_at = out.size();
  if (!write()) return false;
  const std::size_t size = out.size() - content_at;
  if (size == likely) return true;
  char length[10];
  std::size_t used = 0;
  for (std::uint64_t rest = size;; rest >>= 7) {
    length[used++] = static_cast<char>(rest < 0x80 ? rest : rest | 0x80);
    if (rest < 0x80) break;
  }
  out.replace(length_at, content_at - length_at, length, used);
  return true;
}

}  // namespace connector::decision
