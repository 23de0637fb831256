#include "edge/frame_guard.h"

#include <algorithm>

namespace connector::edge {
namespace {

namespace limits = core::limits;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::uint32_t kHeadSize = 9;

enum Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kPushPromise = 5,
  kGoaway = 7,
  kContinuation = 9,
};
constexpr std::uint8_t kEndStream = 0x1;
constexpr std::uint8_t kEndHeaders = 0x4;

// Control frames are answers to what was sent: each so many bytes to the client pay for one.
constexpr double kBytesPerControlFrame = 2048;
constexpr double kControlFramesPerStream = 4;
constexpr std::uint32_t kControlFrameBytes = 16u << 10;
// A message of the largest size in one frame, with gRPC's five bytes in front.
constexpr std::uint32_t kDataFrameBytes = limits::kMessageBytes + 5;

}  // namespace

bool FrameHeads::next(std::string_view& bytes, Head& head) {
  const auto skipped = std::min<std::size_t>(skip_, bytes.size());
  bytes.remove_prefix(skipped);
  skip_ -= static_cast<std::uint32_t>(skipped);
  const auto taken = std::min<std::size_t>(kHeadSize - have_, bytes.size());
  std::copy_n(bytes.begin(), taken, part_ + have_);
  bytes.remove_prefix(taken);
  have_ += static_cast<std::uint32_t>(taken);
  if (have_ < kHeadSize) return false;
  have_ = 0;
  head.length = static_cast<std::uint32_t>(part_[0]) << 16 |
                static_cast<std::uint32_t>(part_[1]) << 8 | part_[2];
  head.type = part_[3];
  head.flags = part_[4];
  head.stream =
      (static_cast<std::uint32_t>(part_[5]) << 24 | static_cast<std::uint32_t>(part_[6]) << 16 |
       static_cast<std::uint32_t>(part_[7]) << 8 | part_[8]) &
      0x7fff'ffff;
  skip_ = head.length;
  return true;
}

bool Allowance::spend(std::int64_t now_ns, double tokens) {
  if (last_ns_ != 0) {
    const auto seconds = static_cast<double>(now_ns - last_ns_) / 1e9;
    tokens_ = std::min(burst_, tokens_ + std::max(0.0, seconds) * per_second_);
  }
  last_ns_ = now_ns;
  if (tokens_ < tokens) return false;
  tokens_ -= tokens;
  return true;
}

void Allowance::earn(double tokens) {
  tokens_ = std::min(burst_, tokens_ + tokens);
}

std::string_view FrameGuard::from_client(std::string_view bytes, std::int64_t now_ns) {
  if (provoked_too_many_) return "streams reset because of errors";
  if (preface_ < kPreface.size()) {
    const auto now = std::min(bytes.size(), kPreface.size() - preface_);
    if (bytes.substr(0, now) != kPreface.substr(preface_, now)) return "not HTTP/2";
    preface_ += now;
    bytes.remove_prefix(now);
  }
  FrameHeads::Head head;
  while (up_.next(bytes, head)) {
    if (const auto broken = check(head, now_ns); !broken.empty()) return broken;
  }
  return {};
}

std::string_view FrameGuard::check(const FrameHeads::Head& head, std::int64_t now_ns) {
  if (header_stream_ != 0 || head.type == kContinuation) return check_continuation(head);
  if (head.type == kHeaders) {
    const bool opens = head.stream > last_stream_;
    if (const auto broken = check_headers(head); !broken.empty()) return broken;
    return opens || control_.spend(now_ns) ? "" : "control frames";
  }
  if (head.type == kPushPromise) return "push from a client";
  if (head.type == kReset) return check_reset(head, now_ns);
  if (head.type == kData) {
    if (head.length > kDataFrameBytes) return "frame size";
    const bool empty = head.length == 0 && (head.flags & kEndStream) == 0;
    return !empty || control_.spend(now_ns) ? "" : "control frames";
  }
  if (head.length > kControlFrameBytes) return "frame size";
  return control_.spend(now_ns) ? "" : "control frames";
}

std::string_view FrameGuard::check_headers(const FrameHeads::Head& head) {
  if (head.length > limits::kHeaderBlockBytes) return "header block";
  header_bytes_ = head.length;
  if ((head.flags & kEndHeaders) == 0) header_stream_ = head.stream;
  if (head.stream > last_stream_) {
    if (open_.size() >= limits::kStreamsPerConnection) return "open streams";
    last_stream_ = head.stream;
    open_.insert(head.stream);
    control_.earn(kControlFramesPerStream);
  }
  return {};
}

// Between HEADERS and its last CONTINUATION nothing else may come (RFC 9113, 6.10).
std::string_view FrameGuard::check_continuation(const FrameHeads::Head& head) {
  if (head.type != kContinuation || head.stream != header_stream_) return "order of frames";
  if (head.length == 0) return "empty CONTINUATION";
  if (head.length > limits::kHeaderBlockBytes - header_bytes_) return "header block";
  header_bytes_ += head.length;
  if ((head.flags & kEndHeaders) != 0) header_stream_ = 0;
  return {};
}

std::string_view FrameGuard::check_reset(const FrameHeads::Head& head, std::int64_t now_ns) {
  if (head.length != 4) return "frame size";
  open_.erase(head.stream);
  return resets_.spend(now_ns) ? "" : "RST_STREAM";
}

void FrameGuard::to_client(std::string_view bytes, std::int64_t now_ns) {
  control_.earn(static_cast<double>(bytes.size()) / kBytesPerControlFrame);
  FrameHeads::Head head;
  while (down_.next(bytes, head)) {
    if (head.type == kReset) {
      // Of a stream that had ended already: gRPC tells a client to stop sending.
      const bool provoked = open_.erase(head.stream) > 0;
      if (provoked && !provoked_.spend(now_ns)) provoked_too_many_ = true;
      continue;
    }
    const bool ends = head.type == kData || head.type == kHeaders;
    if (ends && (head.flags & kEndStream) != 0) open_.erase(head.stream);
  }
}

std::string FrameGuard::goaway(std::string_view limit) {
  constexpr std::uint8_t kEnhanceYourCalm = 0xb;
  std::string debug = "limit: ";
  debug += limit;
  std::string frame(kHeadSize + 8, '\0');
  frame[2] = static_cast<char>(8 + debug.size());
  frame[3] = kGoaway;
  frame[16] = kEnhanceYourCalm;
  return frame + debug;
}

}  // namespace connector::edge
