#include "peer/wire.h"

namespace connector::peer {
namespace {

constexpr int kVarint = 0;
constexpr int kFixed64 = 1;
constexpr int kBytes = 2;
constexpr int kFixed32 = 5;

}  // namespace

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void put_head(std::string& out, int field, std::size_t length) {
  put_varint(out, static_cast<std::uint64_t>(field) << 3 | kBytes);
  put_varint(out, length);
}

void put_bytes(std::string& out, int field, std::string_view bytes) {
  put_head(out, field, bytes.size());
  out += bytes;
}

void put_number(std::string& out, int field, std::uint64_t value) {
  put_varint(out, static_cast<std::uint64_t>(field) << 3 | kVarint);
  put_varint(out, value);
}

bool WireReader::varint(std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool WireReader::fixed(std::size_t size, std::uint64_t& value) {
  if (rest_.size() < size) return false;
  value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(rest_[i])) << (8 * i);
  }
  rest_.remove_prefix(size);
  return true;
}

bool WireReader::next(WireField& field) {
  if (rest_.empty() || !ok_) return false;
  std::uint64_t tag = 0;
  ok_ = varint(tag) && (tag >> 3) != 0 && (tag >> 3) < (1u << 29);
  if (!ok_) return false;
  field = {static_cast<int>(tag >> 3), (tag & 7) == kBytes, 0, {}};
  switch (tag & 7) {
    case kVarint:
      ok_ = varint(field.value);
      break;
    case kFixed64:
      ok_ = fixed(8, field.value);
      break;
    case kFixed32:
      ok_ = fixed(4, field.value);
      break;
    case kBytes:
      ok_ = varint(field.value) && field.value <= rest_.size();
      if (!ok_) break;
      field.bytes = rest_.substr(0, field.value);
      rest_.remove_prefix(field.value);
      break;
    default:
      ok_ = false;
  }
  return ok_;
}

}  // namespace connector::peer
