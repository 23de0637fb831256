#include "evidence/merkle.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <random>

#include "core/digest.h"

namespace connector::evidence {
namespace {

using core::Digest;

// The definition of RFC 6962, section 2.1, word by word: slow, and of no other use.
Digest defined_root(const std::vector<Digest>& leaves, std::size_t begin, std::size_t end) {
  const std::size_t n = end - begin;
  if (n == 0) return core::sha256({});
  if (n == 1) return leaves[begin];
  std::size_t k = 1;
  while (2 * k < n) k *= 2;
  const std::string both = std::string("\x01", 1) +
                           std::string(core::view(defined_root(leaves, begin, begin + k))) +
                           std::string(core::view(defined_root(leaves, begin + k, end)));
  return core::sha256(both);
}

class Tree {
 public:
  void add(const std::string& entry) {
    leaves.push_back(leaf_hash(entry));
    std::vector<Frontier::Node> completed;
    frontier.append(leaves.back(), completed);
    for (const auto& node : completed) nodes_[{node.level, node.index}] = node.hash;
  }
  HashReader reader() const {
    return [this](int level, std::uint64_t index) -> core::Result<Digest> {
      const auto found = nodes_.find({level, index});
      if (found == nodes_.end()) return core::internal("no such node");
      return found->second;
    };
  }
  std::vector<Digest> leaves;
  Frontier frontier;

 private:
  std::map<std::pair<int, std::uint64_t>, Digest> nodes_;
};

Tree tree_of(std::size_t size) {
  Tree tree;
  for (std::size_t i = 0; i < size; ++i) tree.add("entry " + std::to_string(i));
  return tree;
}

// The leaves and roots that implementations of RFC 6962 share as reference.
TEST(Merkle, GivesTheKnownRoots) {
  const char* const leaves[] = {"",
                                "00",
                                "10",
                                "2021",
                                "3031",
                                "40414243",
                                "5051525354555657",
                                "606162636465666768696a6b6c6d6e6f"};
  const char* const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  EXPECT_EQ(core::hex(empty_root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Tree tree;
  for (std::size_t i = 0; i < 8; ++i) {
    tree.add(*core::from_hex(leaves[i]));
    EXPECT_EQ(core::hex(tree.frontier.root()), roots[i]) << i;
    EXPECT_EQ(core::hex(*root(i + 1, tree.reader())), roots[i]) << i;
  }
}

TEST(Merkle, FrontierAndReaderAgreeWithTheDefinitionForAllSizes) {
  Tree tree;
  EXPECT_EQ(tree.frontier.root(), *root(0, tree.reader()));
  for (std::size_t size = 1; size <= 2000; ++size) {
    tree.add("entry " + std::to_string(size - 1));
    ASSERT_EQ(tree.frontier.root(), *root(size, tree.reader())) << size;
    if (size <= 300 || size % 97 == 0) {
      ASSERT_EQ(tree.frontier.root(), defined_root(tree.leaves, 0, size)) << size;
    }
  }
}

TEST(Merkle, AFrontierGoesOnFromAStoredTree) {
  Tree tree = tree_of(777);
  auto loaded = Frontier::load(777, tree.reader());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->root(), tree.frontier.root());
  tree.add("one more");
  std::vector<Frontier::Node> completed;
  loaded->append(leaf_hash("one more"), completed);
  EXPECT_EQ(loaded->root(), tree.frontier.root());
  EXPECT_EQ(loaded->size(), 778u);
}

// Every index for small trees and for sizes around powers of two; else some.
std::vector<std::uint64_t> indexes_of(std::uint64_t size, std::mt19937_64& random) {
  std::vector<std::uint64_t> indexes;
  if (size <= 130) {
    for (std::uint64_t i = 0; i < size; ++i) indexes.push_back(i);
    return indexes;
  }
  indexes = {0, 1, size / 2, size - 2, size - 1, std::bit_floor(size) - 1};
  for (int i = 0; i < 12; ++i) indexes.push_back(random() % size);
  return indexes;
}

TEST(Merkle, InclusionHoldsForAllSizesAndForNothingElse) {
  const Tree tree = tree_of(2000);
  std::mt19937_64 random(1);
  for (std::uint64_t size = 1; size <= 2000; ++size) {
    const Digest top = *root(size, tree.reader());
    for (const std::uint64_t index : indexes_of(size, random)) {
      auto proof = inclusion_proof(index, size, tree.reader());
      ASSERT_TRUE(proof);
      const Digest& leaf = tree.leaves[index];
      ASSERT_TRUE(verify_inclusion(leaf, index, size, *proof, top)) << index << " of " << size;
      ASSERT_FALSE(verify_inclusion(leaf_hash("other"), index, size, *proof, top));
      ASSERT_FALSE(verify_inclusion(leaf, index + size, size, *proof, top));
      const bool elsewhere = verify_inclusion(leaf, (index + 1) % size, size, *proof, top);
      ASSERT_EQ(elsewhere, size == 1);
      std::vector<Digest> longer = *proof;
      longer.push_back(leaf);
      ASSERT_FALSE(verify_inclusion(leaf, index, size, longer, top));
      if (proof->empty()) continue;
      (*proof)[random() % proof->size()][random() % 32] ^= 1u << (random() % 8);
      ASSERT_FALSE(verify_inclusion(leaf, index, size, *proof, top));
    }
    EXPECT_FALSE(inclusion_proof(size, size, tree.reader()));
  }
}

TEST(Merkle, ConsistencyHoldsForAllSizesAndForNothingElse) {
  const Tree tree = tree_of(2000);
  std::mt19937_64 random(2);
  for (std::uint64_t size = 1; size <= 2000; ++size) {
    const Digest top = *root(size, tree.reader());
    for (const std::uint64_t index : indexes_of(size, random)) {
      const std::uint64_t old_size = index + 1;
      const Digest old_root = *root(old_size, tree.reader());
      auto proof = consistency_proof(old_size, size, tree.reader());
      ASSERT_TRUE(proof);
      ASSERT_TRUE(verify_consistency(old_size, old_root, size, top, *proof))
          << old_size << " in " << size;
      ASSERT_FALSE(verify_consistency(old_size, leaf_hash("other"), size, top, *proof));
      ASSERT_FALSE(verify_consistency(old_size, old_root, size, leaf_hash("other"), *proof));
      if (proof->empty()) continue;
      std::vector<Digest> shorter(proof->begin(), proof->end() - 1);
      ASSERT_FALSE(verify_consistency(old_size, old_root, size, top, shorter));
      (*proof)[random() % proof->size()][random() % 32] ^= 1u << (random() % 8);
      ASSERT_FALSE(verify_consistency(old_size, old_root, size, top, *proof));
    }
  }
}

TEST(Merkle, ALogThatForgotIsNotConsistent) {
  const Tree tree = tree_of(100);
  Tree forked;
  for (int i = 0; i < 100; ++i) forked.add(i == 40 ? "another" : "entry " + std::to_string(i));
  const auto proof = consistency_proof(60, 100, forked.reader());
  EXPECT_FALSE(
      verify_consistency(60, *root(60, tree.reader()), 100, forked.frontier.root(), *proof));
  EXPECT_FALSE(consistency_proof(0, 100, tree.reader()));
  EXPECT_FALSE(consistency_proof(101, 100, tree.reader()));
}

}  // namespace
}  // namespace connector::evidence
