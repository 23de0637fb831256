#include "evidence/tiles.h"

#include <gtest/gtest.h>

#include "evidence/merkle.h"

namespace connector::evidence {
namespace {

// C2SP tlog-tiles: "1234067 will be encoded as x001/x234/067".
TEST(Tiles, NamesTilesAsTheSpecificationDoes) {
  EXPECT_EQ(tile_path(0, 1234067, 256), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path(2, 0, 256), "tile/2/000");
  EXPECT_EQ(tile_path(0, 273, 112), "tile/0/273.p/112");
  EXPECT_EQ(bundle_path(999, 256), "tile/entries/999");
  EXPECT_EQ(bundle_path(1000, 1), "tile/entries/x001/000.p/1");
}

// The example of the specification: a tree of size 70,000.
TEST(Tiles, LaysOutTheTreeOfTheSpecification) {
  const auto layout = [](int level) {
    const std::uint64_t count = hashes_at(level, 70'000);
    return std::pair(count / kTileWidth, count % kTileWidth);
  };
  EXPECT_EQ(layout(0), std::pair(std::uint64_t{273}, std::uint64_t{112}));
  EXPECT_EQ(layout(1), std::pair(std::uint64_t{1}, std::uint64_t{17}));
  EXPECT_EQ(layout(2), std::pair(std::uint64_t{0}, std::uint64_t{1}));
  EXPECT_EQ(hashes_at(3, 70'000), 0u);
  EXPECT_EQ(width_of(272, 70'000), 256u);
  EXPECT_EQ(width_of(273, 70'000), 112u);
  EXPECT_EQ(width_of(274, 70'000), 0u);
}

TEST(Tiles, ATileRootIsTheRootOfItsLeaves) {
  std::vector<core::Digest> leaves;
  Frontier frontier;
  std::vector<Frontier::Node> completed;
  for (std::uint64_t i = 0; i < kTileWidth; ++i) {
    leaves.push_back(leaf_hash(std::to_string(i)));
    frontier.append(leaves.back(), completed);
  }
  EXPECT_EQ(tile_root(leaves), frontier.root());
}

TEST(Tiles, BundlesComeBackWhole) {
  std::string bundle;
  const std::string longest(65'535, 'x');
  for (const std::string& entry : {std::string("a"), std::string(), longest}) {
    add_to_bundle(bundle, entry);
  }
  const auto entries = entries_of(bundle);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ((*entries)[0], "a");
  EXPECT_EQ((*entries)[1], "");
  EXPECT_EQ((*entries)[2], longest);
  EXPECT_FALSE(entries_of(bundle.substr(0, bundle.size() - 1)));
  EXPECT_FALSE(entries_of(bundle + std::string(1, '\0')));
}

}  // namespace
}  // namespace connector::evidence
