// The protobuf wire format, as far as this room reads and writes it by hand: to pass records on
// without a copy, and for google.rpc.Status.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace connector::peer {

void put_varint(std::string& out, std::uint64_t value);
void put_head(std::string& out, int field, std::size_t length);  // tag and length of bytes
void put_bytes(std::string& out, int field, std::string_view bytes);
void put_number(std::string& out, int field, std::uint64_t value);

struct WireField {
  int number = 0;
  bool is_bytes = false;    // length-delimited; else a number
  std::uint64_t value = 0;  // varint or fixed
  std::string_view bytes;
};

// Walks over the fields of one message; views point into the bytes given.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  bool next(WireField& field);  // false: at the end, or malformed
  bool ok() const { return ok_; }

 private:
  bool varint(std::uint64_t& value);
  bool fixed(std::size_t size, std::uint64_t& value);
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace connector::peer
