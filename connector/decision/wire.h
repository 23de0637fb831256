// The wire format of Protocol Buffers, read field by field without building messages
// (protobuf.dev, "Encoding"). Strict: what a lenient reader would guess at is malformed here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace connector::decision::wire {

enum class Type : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

constexpr std::uint64_t tag_of(std::uint32_t number, Type type) {
  return std::uint64_t{number} << 3 | static_cast<unsigned>(type);
}

struct Field {
  std::uint32_t number = 0;
  Type type = Type::kVarint;
  std::uint64_t varint = 0;  // of kVarint
  std::string_view bytes;    // of kBytes: the content
  std::string_view raw;      // tag and value as they stand
};

enum class Read { kField, kEnd, kMalformed };

// Steps through bytes. What returns a bool returns false for malformed bytes.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool done() const { return at_ == end_; }
  const char* at() const { return at_; }

  bool tag(std::uint64_t& tag) { return varint(tag) && tag <= 0xFFFFFFFFu && tag >> 3 != 0; }

  bool varint(std::uint64_t& value) {
    // Most are one byte: tags, lengths, enumerations.
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return long_varint(value);
  }

  bool bytes(std::string_view& content) {
    std::uint64_t size = 0;
    if (!varint(size) || size > static_cast<std::uint64_t>(end_ - at_)) return false;
    content = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }

  bool skip(std::ptrdiff_t size) {
    if (end_ - at_ < size) return false;
    at_ += size;
    return true;
  }

  bool skip_value(std::uint64_t tag) {
    std::uint64_t number = 0;
    std::string_view content;
    switch (tag & 7) {
      case 0:
        return varint(number);
      case 1:
        return skip(8);
      case 2:
        return bytes(content);
      case 5:
        return skip(4);
      default:
        return false;
    }
  }

 private:
  bool long_varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      if (shift == 63 && byte > 1) return false;  // more than 64 bits
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  const char* at_;
  const char* end_;
};

// Reads the fields of one message, in their order. Groups are malformed.
class Reader {
 public:
  explicit Reader(std::string_view message) : cursor_(message) {}

  Read next(Field& field) {
    if (cursor_.done()) return Read::kEnd;
    const char* const start = cursor_.at();
    std::uint64_t tag = 0;
    if (!cursor_.tag(tag)) return Read::kMalformed;
    field.number = static_cast<std::uint32_t>(tag >> 3);
    if (!value(static_cast<unsigned>(tag & 7), field)) return Read::kMalformed;
    field.raw = {start, static_cast<std::size_t>(cursor_.at() - start)};
    return Read::kField;
  }

 private:
  bool value(unsigned type, Field& field) {
    field.type = static_cast<Type>(type);
    switch (type) {
      case 0:
        return cursor_.varint(field.varint);
      case 1:
        return cursor_.skip(8);
      case 2:
        return cursor_.bytes(field.bytes);
      case 5:
        return cursor_.skip(4);
      default:
        return false;
    }
  }

  Cursor cursor_;
};

inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

inline std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

inline void put_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  put_varint(out, tag_of(number, Type::kBytes));
  put_varint(out, bytes.size());
  out.append(bytes);
}

}  // namespace connector::decision::wire
