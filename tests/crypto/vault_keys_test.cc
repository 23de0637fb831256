#include "crypto/vault_keys.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "core/digest.h"
#include "crypto/gcm.h"
#include "crypto/seal.h"
#include "crypto/vault_key.h"
#include "support/temp_dir.h"

namespace connector::testing {
namespace {

namespace fs = std::filesystem;
using crypto::VaultKeyFiles;

std::unique_ptr<VaultKeyFiles> open_keys(const TempDir& dir) {
  auto opened = VaultKeyFiles::open((dir.path() / "vault").string());
  if (!opened) throw std::runtime_error(opened.error().message);
  return std::move(*opened);
}

std::string bytes_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::set<std::string> files_in(const TempDir& dir) {
  std::set<std::string> names;
  for (const auto& one : fs::directory_iterator(dir.path() / "vault")) {
    names.insert(one.path().filename().string());
  }
  return names;
}

std::string reason(const auto& result) {
  return result ? "" : result.error().reason;
}

// RFC 5869, appendix A.3 (SHA-256, no salt, no info), first 32 bytes.
TEST(VaultKeys, DeriveAsTheRfcSays) {
  EXPECT_EQ(core::hex(crypto::hkdf(std::string(22, '\x0b'), "")),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(VaultKeys, GcmOpensAKnownCiphertext) {
  // NIST CAVP gcmDecrypt256, Keylen 256, IVlen 96, PTlen 0, AADlen 128, Taglen 128, Count 0.
  const auto bytes = [](const char* hex) { return core::from_hex(hex).value(); };
  const auto key = bytes("78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223");
  const auto sealed = bytes("d79cf22d504cc793c3fb6c8a") + bytes("3e5d486aa2e30b22e040b85723a06e76");
  const auto associated = bytes("b96baa8c1c75a671bfb2d08d06be5f36");
  EXPECT_EQ(crypto::gcm_open(key, associated, sealed), std::optional<std::string>(""));
  EXPECT_EQ(crypto::gcm_open(key, "", sealed), std::nullopt);
}

TEST(VaultKeys, OpenWhatTheySealedAfterARestart) {
  TempDir dir;
  const auto key = open_keys(dir)->make("a1").value();
  const std::string sealed = key->seal("o1", "orders", "plain").value();
  const auto again = open_keys(dir)->find("a1").value();
  EXPECT_EQ(again->open("o1", "orders", sealed).value(), "plain");
  EXPECT_EQ(again->tag("order", "17").value(), key->tag("order", "17").value());
}

TEST(VaultKeys, OpenNothingThatBelongsElsewhere) {
  TempDir dir;
  const auto keys = open_keys(dir);
  const auto key = keys->make("a1").value();
  const auto other = keys->make("a2").value();
  const std::string sealed = key->seal("o1", "orders", "plain").value();
  EXPECT_EQ(reason(key->open("o2", "orders", sealed)), "VAULT_DAMAGED");
  EXPECT_EQ(reason(key->open("o1", "quality", sealed)), "VAULT_DAMAGED");
  EXPECT_EQ(reason(other->open("o1", "orders", sealed)), "VAULT_DAMAGED");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string flipped = sealed;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_EQ(reason(key->open("o1", "orders", flipped)), "VAULT_DAMAGED") << i;
  }
}

TEST(VaultKeys, TagsTellFieldsAndAgreementsApart) {
  TempDir dir;
  const auto keys = open_keys(dir);
  const auto one = keys->make("a1").value();
  const auto two = keys->make("a2").value();
  const std::set<std::string> tags{one->tag("order", "17").value(), one->tag("item", "17").value(),
                                   one->tag("order", "18").value(), one->tag("orde", "r17").value(),
                                   two->tag("order", "17").value()};
  EXPECT_EQ(tags.size(), 5u);
  EXPECT_EQ(tags.begin()->size(), 16u);
}

TEST(VaultKeys, AreTheirOwnersAlone) {
  TempDir dir;
  open_keys(dir)->make("a1").value();
  for (const std::string& name : files_in(dir)) {
    struct stat info {};
    ASSERT_EQ(::stat((dir.path() / "vault" / name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
  ::chmod((dir.path() / "vault" / "kek-1").c_str(), 0640);
  EXPECT_EQ(reason(VaultKeyFiles::open((dir.path() / "vault").string())), "KEY_UNREADABLE");
}

TEST(VaultKeys, ADestroyedKeyIsGoneForWhoeverHeldIt) {
  TempDir dir;
  const auto keys = open_keys(dir);
  const auto held = keys->make("a1").value();
  const auto other = keys->make("a2").value();
  const std::string sealed = held->seal("o", "c", "plain").value();
  const std::string kept = other->seal("o", "c", "kept").value();
  ASSERT_TRUE(keys->destroy("a1"));
  EXPECT_EQ(reason(held->open("o", "c", sealed)), "KEY_DESTROYED");
  EXPECT_EQ(reason(held->seal("o", "c", "x")), "KEY_DESTROYED");
  EXPECT_EQ(reason(keys->find("a1")), "KEY_DESTROYED");
  EXPECT_EQ(other->open("o", "c", kept).value(), "kept");
  EXPECT_EQ(files_in(dir), (std::set<std::string>{"kek-2", "keys-2"}));
  EXPECT_EQ(open_keys(dir)->find("a2").value()->open("o", "c", kept).value(), "kept");
  EXPECT_TRUE(keys->destroy("a1")) << "a second time does nothing";
  EXPECT_EQ(keys->generation(), 2u);
}

// What a copy of the database, its wrapped keys included, is worth after a destruction.
TEST(VaultKeys, AnOldWrappedKeyDoesNotOpenUnderTheNewKek) {
  TempDir dir;
  const auto keys = open_keys(dir);
  keys->make("a1").value();
  const std::string before = bytes_of_file(dir.path() / "vault" / "keys-1");
  const std::string old_kek = bytes_of_file(dir.path() / "vault" / "kek-1");
  ASSERT_TRUE(keys->destroy("a1"));
  const auto kek = core::from_hex(bytes_of_file(dir.path() / "vault" / "kek-2")).value();
  const auto wrapped = core::from_hex(before.substr(3, before.size() - 4)).value();
  ASSERT_NE(crypto::unwrap("a1", core::from_hex(old_kek).value(), wrapped), nullptr);
  EXPECT_EQ(crypto::unwrap("a1", kek, wrapped), nullptr);
}

TEST(VaultKeys, ALineThatWasNotFinishedIsDropped) {
  TempDir dir;
  open_keys(dir)->make("a1").value();
  std::ofstream(dir.path() / "vault" / "keys-1", std::ios::app) << "a2 0011";
  const auto keys = open_keys(dir);
  EXPECT_TRUE(keys->find("a1"));
  EXPECT_EQ(reason(keys->find("a2")), "KEY_DESTROYED");
  EXPECT_TRUE(keys->make("a2"));
  EXPECT_TRUE(open_keys(dir)->find("a2"));
}

// Whatever of the steps was the last: the old generation is whole, or the new one is.
TEST(VaultKeys, AGenerationThatWasNotFinishedIsNoGeneration) {
  TempDir dir;
  const fs::path folder = dir.path() / "vault";
  std::string sealed;
  {
    const auto keys = open_keys(dir);
    sealed = keys->make("a1").value()->seal("o", "c", "plain").value();
  }
  for (const char* half : {"kek-2.new", "kek-2", "keys-2.new"}) {
    std::ofstream(folder / half) << "half";
    EXPECT_EQ(open_keys(dir)->find("a1").value()->open("o", "c", sealed).value(), "plain") << half;
    EXPECT_EQ(files_in(dir), (std::set<std::string>{"kek-1", "keys-1"})) << half;
  }
}

TEST(VaultKeys, WhatIsLeftOfAnEarlierGenerationIsClearedAtTheStart) {
  TempDir dir;
  const fs::path folder = dir.path() / "vault";
  const std::string kek = [&] {
    const auto keys = open_keys(dir);
    keys->make("a1").value();
    std::string before = bytes_of_file(folder / "kek-1");
    EXPECT_TRUE(keys->destroy("a1"));
    return before;
  }();
  {
    std::ofstream(folder / "kek-1") << kek;  // as if the machine had stopped before the unlink
  }
  EXPECT_EQ(reason(open_keys(dir)->find("a1")), "KEY_DESTROYED");
  EXPECT_EQ(files_in(dir), (std::set<std::string>{"kek-2", "keys-2"}));
}

// Killed while keys come and go: what was said to be made opens, what was said to be destroyed
// does not, and there is always a generation.
TEST(VaultKeys, SurviveKills) {
  const int rounds = std::getenv("CONNECTOR_FULL") ? 500 : 20;
  TempDir dir;
  for (int round = 0; round < rounds; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto keys = VaultKeyFiles::open((dir.path() / "vault").string());
      if (!keys) ::_exit(1);
      for (std::int32_t i = 1;; ++i) {
        const std::string id = std::to_string(round) + "-" + std::to_string(i);
        if (!(*keys)->make(id) || ::write(ends[1], &i, sizeof i) != sizeof i) ::_exit(2);
        const std::int32_t end = -i;
        if (i % 2 == 0 && (!(*keys)->destroy(id) || ::write(ends[1], &end, sizeof end) < 0)) {
          ::_exit(3);
        }
      }
    }
    ::close(ends[1]);
    ::usleep(3000 + static_cast<unsigned>(round * 7919 % 20000));
    ::kill(child, SIGKILL);
    std::int32_t last_made = 0, last_destroyed = 0;
    for (std::int32_t said = 0; ::read(ends[0], &said, sizeof said) == sizeof said;) {
      (said > 0 ? last_made : last_destroyed) = said;
    }
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    const auto keys = open_keys(dir);
    for (std::int32_t i = 1; i <= last_made; ++i) {
      const bool there = keys->find(std::to_string(round) + "-" + std::to_string(i)).has_value();
      if (i % 2 != 0) {
        ASSERT_TRUE(there) << round << ": " << i;
      } else if (i <= -last_destroyed) {
        ASSERT_FALSE(there) << round << ": " << i;
      }
    }
    ASSERT_EQ(files_in(dir).size(), 2u);
  }
}

}  // namespace
}  // namespace connector::testing
