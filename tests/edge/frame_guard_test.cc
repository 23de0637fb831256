#include "edge/frame_guard.h"

#include <gtest/gtest.h>

#include "support/raw_client.h"

namespace connector::edge {
namespace {

namespace limits = core::limits;
using namespace connector::testing;  // NOLINT: the frames

constexpr std::int64_t kSecond = 1'000'000'000;

class Guard : public ::testing::Test {
 protected:
  Guard() { EXPECT_EQ(send(http2_start()), ""); }
  std::string_view send(const std::string& bytes) { return guard_.from_client(bytes, now_); }
  std::string open(std::uint32_t stream) {
    return frame(kHeadersFrame, kEndHeadersFlag, stream, call_headers("/a.B/C"));
  }
  // Frames until one is refused, or most of them: how many were let through.
  std::size_t let_through(const std::string& bytes, std::size_t most) {
    for (std::size_t i = 0; i < most; ++i) {
      broken_ = send(bytes);
      if (!broken_.empty()) return i;
    }
    return most;
  }
  FrameGuard guard_;
  std::int64_t now_ = kSecond;
  std::string_view broken_;
};

TEST(FrameHeads, AreFoundHoweverTheBytesAreCut) {
  std::string bytes;
  for (std::uint32_t i = 0; i < 20; ++i) {
    bytes += frame(static_cast<unsigned char>(i), 5, i, std::string(i * 3, 'x'));
  }
  for (std::size_t piece = 1; piece <= 40; ++piece) {
    FrameHeads heads;
    std::uint32_t seen = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      std::string_view part = std::string_view(bytes).substr(at, piece);
      for (FrameHeads::Head head; heads.next(part, head); ++seen) {
        EXPECT_EQ(head.stream, seen);
        EXPECT_EQ(head.type, seen);
        EXPECT_EQ(head.flags, 5);
        EXPECT_EQ(head.length, seen * 3);
      }
    }
    EXPECT_EQ(seen, 20u) << "pieces of " << piece;
    EXPECT_TRUE(heads.at_border());
  }
}

TEST(FrameHeads, KnowWhetherTheyAreInsideOfAFrame) {
  FrameHeads heads;
  FrameHeads::Head head;
  std::string_view part("\0\0", 2);
  EXPECT_TRUE(heads.at_border());
  EXPECT_FALSE(heads.next(part, head));
  EXPECT_FALSE(heads.at_border());
}

TEST(Allowance, RefillsWithTime) {
  Allowance allowance(2, 1);
  EXPECT_TRUE(allowance.spend(kSecond));
  EXPECT_TRUE(allowance.spend(kSecond));
  EXPECT_FALSE(allowance.spend(kSecond));
  EXPECT_TRUE(allowance.spend(2 * kSecond));
  EXPECT_FALSE(allowance.spend(2 * kSecond));
  EXPECT_TRUE(allowance.spend(100 * kSecond, 2));
  EXPECT_FALSE(allowance.spend(100 * kSecond)) << "never more than the burst";
}

TEST(GuardStart, WantsThePrefaceOfHttp2) {
  FrameGuard guard;
  EXPECT_EQ(guard.from_client("GET / HTTP/1.1\r\n\r\n", kSecond), "not HTTP/2");
  FrameGuard in_pieces;
  for (const char byte : std::string_view("PRI * HTTP/2.0\r\n\r\nSM\r\n\r")) {
    EXPECT_EQ(in_pieces.from_client({&byte, 1}, kSecond), "");
  }
  EXPECT_EQ(in_pieces.from_client("x", kSecond), "not HTTP/2");
}

TEST_F(Guard, LetsOrdinaryCallsPassForever) {
  for (std::uint32_t stream = 1; stream < 40'000; stream += 2) {
    ASSERT_EQ(send(open(stream) + frame(kDataFrame, kEndStreamFlag, stream, "12345")), "");
    guard_.to_client(frame(kHeadersFrame, kEndHeadersFlag, stream, "h") +
                         frame(kDataFrame, 0, stream, "12345") +
                         frame(kHeadersFrame, kEndHeadersFlag | kEndStreamFlag, stream, "t"),
                     now_);
    ASSERT_EQ(send(frame(kWindowFrame, 0, 0, "1234") + frame(kPingFrame, 1, 0, "12345678")), "");
  }
  EXPECT_EQ(guard_.open_streams(), 0u);
}

TEST_F(Guard, CountsResets) {
  EXPECT_EQ(let_through(frame(kResetFrame, 0, 1, "1234"), 1000), limits::kResetBurst);
  EXPECT_EQ(broken_, "RST_STREAM");
}

TEST_F(Guard, LetsResetsPassAtAModestRate) {
  for (int i = 0; i < 1000; ++i, now_ += kSecond / 50) {
    ASSERT_EQ(send(frame(kResetFrame, 0, 1, "1234")), "") << i;
  }
}

TEST_F(Guard, CountsStreamsThatGrpcHadToReset) {
  std::size_t i = 0;
  for (std::uint32_t stream = 1; i < 10'000 && broken_.empty(); stream += 2, ++i) {
    broken_ = send(open(stream));
    guard_.to_client(frame(kResetFrame, 0, stream, "1234"), now_);
  }
  EXPECT_EQ(broken_, "streams reset because of errors");
  EXPECT_LE(i, 10 * limits::kResetBurst + 2);
}

TEST_F(Guard, BoundsOpenStreams) {
  for (std::uint32_t i = 0; i < limits::kStreamsPerConnection; ++i) {
    ASSERT_EQ(send(open(2 * i + 1)), "");
  }
  EXPECT_EQ(guard_.open_streams(), limits::kStreamsPerConnection);
  EXPECT_EQ(send(open(2 * limits::kStreamsPerConnection + 1)), "open streams");
}

TEST_F(Guard, BoundsAHeaderBlockByItsDeclaredLength) {
  EXPECT_EQ(send(frame_head(limits::kHeaderBlockBytes + 1, kHeadersFrame, kEndHeadersFlag, 1)),
            "header block");
}

TEST_F(Guard, BoundsAHeaderBlockOverContinuations) {
  ASSERT_EQ(send(frame(kHeadersFrame, 0, 1, std::string(1024, 'x'))), "");
  const auto passed = let_through(frame(kContinuationFrame, 0, 1, std::string(1024, 'x')), 1000);
  EXPECT_EQ(passed, limits::kHeaderBlockBytes / 1024 - 1);
  EXPECT_EQ(broken_, "header block");
}

TEST_F(Guard, KeepsTheOrderOfAHeaderBlock) {
  ASSERT_EQ(send(frame(kHeadersFrame, 0, 1, "x")), "");
  EXPECT_EQ(send(frame(kDataFrame, 0, 1, "x")), "order of frames");
}

TEST_F(Guard, RefusesAContinuationOfNothing) {
  EXPECT_EQ(send(frame(kContinuationFrame, kEndHeadersFlag, 1, "x")), "order of frames");
}

TEST_F(Guard, RefusesAContinuationOfAnotherStream) {
  ASSERT_EQ(send(frame(kHeadersFrame, 0, 1, "x")), "");
  EXPECT_EQ(send(frame(kContinuationFrame, 0, 3, "x")), "order of frames");
}

TEST_F(Guard, RefusesEmptyContinuations) {
  ASSERT_EQ(send(frame(kHeadersFrame, 0, 1, "x")), "");
  EXPECT_EQ(send(frame(kContinuationFrame, 0, 1)), "empty CONTINUATION");
}

TEST_F(Guard, RefusesAPush) {
  EXPECT_EQ(send(frame(kPushFrame, kEndHeadersFlag, 1, "1234")), "push from a client");
}

TEST_F(Guard, BoundsControlFrames) {
  struct Flood {
    const char* what;
    std::string bytes;
  };
  const Flood floods[] = {
      {"PING", frame(kPingFrame, 0, 0, "12345678")},
      {"SETTINGS", frame(kSettingsFrame, 0, 0)},
      {"PRIORITY", frame(kPriorityFrame, 0, 1, "12345")},
      {"WINDOW_UPDATE", frame(kWindowFrame, 0, 0, "1234")},
      {"empty DATA", frame(kDataFrame, 0, 1)},
      {"unknown", frame(77, 0, 0, "x")},
  };
  for (const auto& flood : floods) {
    FrameGuard guard;
    ASSERT_EQ(guard.from_client(http2_start(), kSecond), "");
    std::string_view broken;
    std::size_t passed = 0;
    for (; passed < 100'000 && broken.empty(); ++passed) {
      broken = guard.from_client(flood.bytes, kSecond);
    }
    EXPECT_EQ(broken, "control frames") << flood.what;
    EXPECT_LE(passed, 5 * limits::kControlFramesPerSecond + 1) << flood.what;
  }
}

TEST_F(Guard, BoundsFramesOfEveryType) {
  for (const unsigned char type : {kPingFrame, kSettingsFrame, kGoawayFrame, kWindowFrame}) {
    FrameGuard guard;
    ASSERT_EQ(guard.from_client(http2_start(), kSecond), "");
    EXPECT_EQ(guard.from_client(frame_head(0xff'ffff, type, 0, 0), kSecond), "frame size");
  }
  EXPECT_EQ(send(frame_head(0xff'ffff, kDataFrame, 0, 1)), "frame size");
}

TEST_F(Guard, WantsResetsOfFourBytes) {
  EXPECT_EQ(send(frame(kResetFrame, 0, 1, "12345")), "frame size");
}

TEST_F(Guard, SaysWhereAGoawayFits) {
  EXPECT_TRUE(guard_.goaway_fits());
  const std::string whole = frame(kDataFrame, 0, 1, "12345");
  guard_.to_client(whole.substr(0, 11), now_);
  EXPECT_FALSE(guard_.goaway_fits());
  guard_.to_client(whole.substr(11), now_);
  EXPECT_TRUE(guard_.goaway_fits());
}

TEST(Goaway, IsOneFrameWithEnhanceYourCalm) {
  std::string bytes = FrameGuard::goaway("RST_STREAM");
  EXPECT_EQ(bytes,
            frame(kGoawayFrame, 0, 0, std::string("\0\0\0\0\0\0\0\x0b", 8) + "limit: RST_STREAM"));
}

}  // namespace
}  // namespace connector::edge
