// Counts HTTP/2 frames without parsing what they carry: what gRPC 1.51 does not bound itself
// (rapid reset, header bombs, floods of control frames) ends here.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "core/limits.h"

namespace connector::edge {

// Finds the frame heads in a stream of bytes that arrives in pieces.
class FrameHeads {
 public:
  struct Head {
    std::uint32_t length = 0;
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
  };
  // Takes bytes up to and including the next complete head: true when there is one.
  bool next(std::string_view& bytes, Head& head);
  bool at_border() const { return skip_ == 0 && have_ == 0; }

 private:
  std::uint32_t skip_ = 0;  // payload bytes still to come
  std::uint32_t have_ = 0;  // bytes of a head that is split over pieces
  std::uint8_t part_[9] = {};
};

// Tokens that refill with time.
class Allowance {
 public:
  Allowance(double burst, double per_second) : burst_(burst), per_second_(per_second) {}
  bool spend(std::int64_t now_ns, double tokens = 1);
  void earn(double tokens);

 private:
  double burst_;
  double per_second_;
  double tokens_ = burst_;
  std::int64_t last_ns_ = 0;
};

// One connection. Not safe for use by several threads. Times are of a steady clock.
class FrameGuard {
 public:
  // Bytes from the client, before gRPC gets them. Empty: pass them on. Else the limit that was
  // broken; none of these bytes may be passed on and the connection must end.
  std::string_view from_client(std::string_view bytes, std::int64_t now_ns);
  // Bytes from gRPC to the client: tells which streams have ended.
  void to_client(std::string_view bytes, std::int64_t now_ns);
  // A GOAWAY frame can be put behind the bytes that went to the client.
  bool goaway_fits() const { return down_.at_border(); }
  std::size_t open_streams() const { return open_.size(); }

  // The GOAWAY frame with ENHANCE_YOUR_CALM and a word for the reader of a packet trace.
  static std::string goaway(std::string_view limit);

 private:
  std::string_view check(const FrameHeads::Head& head, std::int64_t now_ns);
  std::string_view check_headers(const FrameHeads::Head& head);
  std::string_view check_continuation(const FrameHeads::Head& head);
  std::string_view check_reset(const FrameHeads::Head& head, std::int64_t now_ns);

  FrameHeads up_;
  FrameHeads down_;
  std::size_t preface_ = 0;          // bytes of the connection preface seen
  std::uint32_t header_bytes_ = 0;   // of the header block under way
  std::uint32_t header_stream_ = 0;  // nonzero: only CONTINUATION of this stream may follow
  std::uint32_t last_stream_ = 0;
  std::set<std::uint32_t> open_;
  Allowance resets_{core::limits::kResetBurst, core::limits::kResetsPerSecond};
  // Streams that gRPC had to reset because of what the client sent ("MadeYouReset").
  Allowance provoked_{10.0 * core::limits::kResetBurst, core::limits::kResetsPerSecond};
  bool provoked_too_many_ = false;
  Allowance control_{5.0 * core::limits::kControlFramesPerSecond,
                     core::limits::kControlFramesPerSecond};
};

}  // namespace connector::edge
