// The Merkle tree of RFC 6962, section 2.1 (also RFC 9162): hashes, proofs and their
// verification. Trees are addressed by (level, index): level 0 holds the leaf hashes, the node
// (l, i) covers leaves [i * 2^l, (i + 1) * 2^l) and exists only when all of them do.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "core/digest.h"
#include "core/result.h"

namespace connector::evidence {

core::Digest leaf_hash(std::string_view entry);  // SHA-256(0x00 || entry)
core::Digest node_hash(const core::Digest& left,
                       const core::Digest& right);  // SHA-256(0x01 || l || r)
core::Digest empty_root();                          // SHA-256("")

using HashReader = std::function<core::Result<core::Digest>(int level, std::uint64_t index)>;

// Grows a tree leaf by leaf, holding only the roots of its complete subtrees (at most 64).
class Frontier {
 public:
  struct Node {
    int level = 0;
    std::uint64_t index = 0;
    core::Digest hash{};
  };
  Frontier() = default;
  // From a stored tree: reads at most 64 hashes.
  static core::Result<Frontier> load(std::uint64_t size, const HashReader& read);
  // Appends one leaf hash; completed nodes (the leaf itself included) are added to completed.
  void append(const core::Digest& leaf, std::vector<Node>& completed);
  std::uint64_t size() const { return size_; }
  core::Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Node> nodes_;  // largest subtree first
};

core::Result<core::Digest> root(std::uint64_t size, const HashReader& read);
core::Result<std::vector<core::Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                                        const HashReader& read);
core::Result<std::vector<core::Digest>> consistency_proof(std::uint64_t old_size,
                                                          std::uint64_t size,
                                                          const HashReader& read);

bool verify_inclusion(const core::Digest& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<core::Digest>& proof, const core::Digest& root);
bool verify_consistency(std::uint64_t old_size, const core::Digest& old_root, std::uint64_t size,
                        const core::Digest& root, const std::vector<core::Digest>& proof);

}  // namespace connector::evidence
