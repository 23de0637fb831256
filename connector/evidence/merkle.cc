#include "evidence/merkle.h"

#include <bit>

namespace connector::evidence {
namespace {

using core::Digest;
using core::Result;

// Largest power of two smaller than n (n >= 2).
std::uint64_t split_point(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

// Root of leaves [begin, begin + size): complete subtrees are read, the rest is hashed.
Result<Digest> range_root(std::uint64_t begin, std::uint64_t size, const HashReader& read) {
  if (std::has_single_bit(size)) {
    return read(std::countr_zero(size), begin >> std::countr_zero(size));
  }
  const std::uint64_t left_size = split_point(size);
  auto left = range_root(begin, left_size, read);
  if (!left) return left;
  auto right = range_root(begin + left_size, size - left_size, read);
  if (!right) return right;
  return node_hash(*left, *right);
}

core::Error out_of_range() {
  return core::invalid("PROOF_RANGE", "the log has no such entry or size");
}

}  // namespace

Digest leaf_hash(std::string_view entry) {
  core::Sha256 sha;
  return sha.update(std::string_view("\0", 1)).update(entry).finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<char, 65> bytes{};
  bytes[0] = 1;
  std::copy(left.begin(), left.end(), bytes.begin() + 1);
  std::copy(right.begin(), right.end(), bytes.begin() + 33);
  return core::sha256({bytes.data(), bytes.size()});
}

Digest empty_root() {
  return core::sha256({});
}

Result<Frontier> Frontier::load(std::uint64_t size, const HashReader& read) {
  Frontier frontier;
  frontier.size_ = size;
  std::uint64_t begin = 0;
  for (int level = 63; level >= 0; --level) {
    const std::uint64_t width = std::uint64_t{1} << level;
    if (!(size & width)) continue;
    auto hash = read(level, begin >> level);
    if (!hash) return std::move(hash.error());
    frontier.nodes_.push_back({level, begin >> level, *hash});
    begin += width;
  }
  return frontier;
}

void Frontier::append(const Digest& leaf, std::vector<Node>& completed) {
  Node node{0, size_, leaf};
  completed.push_back(node);
  while (!nodes_.empty() && nodes_.back().level == node.level) {
    node = {node.level + 1, node.index / 2, node_hash(nodes_.back().hash, node.hash)};
    nodes_.pop_back();
    completed.push_back(node);
  }
  nodes_.push_back(node);
  ++size_;
}

Digest Frontier::root() const {
  if (nodes_.empty()) return empty_root();
  Digest hash = nodes_.back().hash;
  for (std::size_t i = nodes_.size() - 1; i-- > 0;) hash = node_hash(nodes_[i].hash, hash);
  return hash;
}

Result<Digest> root(std::uint64_t size, const HashReader& read) {
  if (size == 0) return empty_root();
  return range_root(0, size, read);
}

Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                            const HashReader& read) {
  if (index >= size) return out_of_range();
  std::vector<Digest> siblings;  // from the root down; a proof lists them from the leaf up
  std::uint64_t begin = 0;
  std::uint64_t count = size;
  while (count > 1) {
    const std::uint64_t left = split_point(count);
    const bool go_left = index - begin < left;
    auto sibling =
        go_left ? range_root(begin + left, count - left, read) : range_root(begin, left, read);
    if (!sibling) return std::move(sibling.error());
    siblings.push_back(*sibling);
    begin += go_left ? 0 : left;
    count = go_left ? left : count - left;
  }
  return std::vector<Digest>(siblings.rbegin(), siblings.rend());
}

Result<std::vector<Digest>> consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                              const HashReader& read) {
  if (old_size == 0 || old_size > size) return out_of_range();
  std::vector<Digest> from_root;
  std::uint64_t begin = 0;
  std::uint64_t count = size;
  std::uint64_t rest = old_size;
  bool whole = true;  // RFC 6962 2.1.2: b
  while (rest != count) {
    const std::uint64_t left = split_point(count);
    const bool go_left = rest <= left;
    auto other =
        go_left ? range_root(begin + left, count - left, read) : range_root(begin, left, read);
    if (!other) return std::move(other.error());
    from_root.push_back(*other);
    if (!go_left) {
      begin += left;
      rest -= left;
      whole = false;
    }
    count = go_left ? left : count - left;
  }
  if (!whole) {
    auto own = range_root(begin, count, read);
    if (!own) return std::move(own.error());
    from_root.push_back(*own);
  }
  return std::vector<Digest>(from_root.rbegin(), from_root.rend());
}

bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Digest>& proof, const Digest& expected) {
  if (index >= size) return false;
  Digest hash = leaf;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) || node == last) {
      hash = node_hash(sibling, hash);
      while (!(node & 1) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == expected;
}

// RFC 9162, section 2.1.4.2.
bool verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size,
                        const Digest& new_root, const std::vector<Digest>& proof) {
  if (old_size == 0 || old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == new_root;
  std::vector<Digest> path = proof;
  if (std::has_single_bit(old_size)) path.insert(path.begin(), old_root);
  if (path.empty()) return false;
  std::uint64_t node = old_size - 1;
  std::uint64_t last = size - 1;
  while (node & 1) {
    node >>= 1;
    last >>= 1;
  }
  Digest from_old = path.front();
  Digest from_new = path.front();
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (last == 0) return false;
    if ((node & 1) || node == last) {
      from_old = node_hash(path[i], from_old);
      from_new = node_hash(path[i], from_new);
      while (!(node & 1) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      from_new = node_hash(from_new, path[i]);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && from_old == old_root && from_new == new_root;
}

}  // namespace connector::evidence
