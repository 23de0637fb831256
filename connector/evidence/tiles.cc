#include "evidence/tiles.h"

#include <algorithm>

#include "evidence/merkle.h"

namespace connector::evidence {
namespace {

// 1234067 -> "x001/x234/067"
std::string grouped(std::uint64_t index) {
  std::string out;
  do {
    std::string digits = std::to_string(index % 1000);
    digits.insert(0, 3 - digits.size(), '0');
    out = out.empty() ? digits : "x" + digits + "/" + out;
    index /= 1000;
  } while (index > 0);
  return out;
}

std::string partial(std::uint64_t width) {
  return width < kTileWidth ? ".p/" + std::to_string(width) : std::string();
}

}  // namespace

std::string tile_path(int level, std::uint64_t index, std::uint64_t width) {
  return "tile/" + std::to_string(level) + "/" + grouped(index) + partial(width);
}

std::string bundle_path(std::uint64_t index, std::uint64_t width) {
  return "tile/entries/" + grouped(index) + partial(width);
}

std::uint64_t hashes_at(int level, std::uint64_t size) {
  return level >= 8 ? 0 : size >> (8 * level);
}

std::uint64_t width_of(std::uint64_t index, std::uint64_t count) {
  const std::uint64_t before = index * kTileWidth;
  return before >= count ? 0 : std::min(kTileWidth, count - before);
}

void add_to_bundle(std::string& bundle, std::string_view entry) {
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size());
  bundle += entry;
}

core::Result<std::vector<std::string_view>> entries_of(std::string_view bundle) {
  std::vector<std::string_view> entries;
  while (!bundle.empty()) {
    if (bundle.size() < 2) return core::invalid("BUNDLE_INVALID", "a length is cut off");
    const auto high = static_cast<unsigned char>(bundle[0]);
    const auto low = static_cast<unsigned char>(bundle[1]);
    const std::size_t size = static_cast<std::size_t>(high) << 8 | low;
    bundle.remove_prefix(2);
    if (bundle.size() < size) {
      return core::invalid("BUNDLE_INVALID",
                           "entry " + std::to_string(entries.size()) + " is cut off");
    }
    entries.push_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  return entries;
}

core::Digest tile_root(std::vector<core::Digest> hashes) {
  for (std::size_t count = hashes.size(); count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i) {
      hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
    }
  }
  return hashes.front();
}

}  // namespace connector::evidence
