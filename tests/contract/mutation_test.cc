// Real documents with random damage: either refused with a place, or read into the normal form.
#include <random>

#include "contract/odrl_write.h"
#include "contract/policy_json.h"
#include "contract_support.h"
#include "random_policy.h"

namespace connector::contract::testing {
namespace {

namespace fs = std::filesystem;
using connector::testing::has_shared_data;
using connector::testing::read_file;
using connector::testing::shared_data_dir;
using connector::testing::shared_data_missing;

std::vector<std::string> documents() {
  std::vector<std::string> texts;
  for (const char* set : {"ids-policy-classes", "dsp-2025-1", "cx-odrl-profile"}) {
    for (const auto& entry : fs::recursive_directory_iterator(shared_data_dir() / set)) {
      if (entry.path().extension() == ".json") texts.push_back(read_file(entry.path()));
    }
  }
  return texts;
}

// Up to four bytes or pieces replaced, left out or repeated.
std::string damaged(std::string text, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (std::size_t i = below(4) + 1; i > 0 && !text.empty(); --i) {
    const std::size_t at = below(text.size());
    const std::size_t length = std::min(below(30), text.size() - at);
    switch (below(4)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      default:
        text.replace(at, length, hostile_texts()[below(hostile_texts().size())]);
    }
  }
  return text;
}

// A refusal says where; what was read is the normal form and comes back from both its texts.
bool is_sound(const std::string& text) {
  const auto reading = read_text(text);
  if (!reading) {
    EXPECT_TRUE(reading.error().metadata.contains("line")) << reading.error().message;
    return false;
  }
  for (const Found& found : reading->policies) {
    const auto back = from_json(to_json(found.policy));
    EXPECT_TRUE(back && *back == found.policy) << text << (back ? "" : back.error().message);
  }
  return true;
}

TEST(DamagedPolicies, AreRefusedWithAPlaceOrReadIntoTheNormalForm) {
  if (!has_shared_data("ids-policy-classes")) GTEST_SKIP() << shared_data_missing();
  std::mt19937_64 random(20251);
  std::size_t read = 0;
  std::size_t refused = 0;
  const std::vector<std::string> texts = documents();
  for (const std::string& text : texts) {
    is_sound(text);
    for (int i = 0; i < 1000; ++i) ++(is_sound(damaged(text, random)) ? read : refused);
  }
  EXPECT_GT(texts.size(), 150u);
  EXPECT_GT(read, 2000u);
  EXPECT_GT(refused, 50000u);
}

}  // namespace
}  // namespace connector::contract::testing
