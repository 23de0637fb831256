// Tiles of the log: C2SP tlog-tiles. A tile is 256 hashes of one level, an entry bundle 256
// entries; the last of each may be partial.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.h"
#include "core/result.h"

namespace connector::evidence {

inline constexpr std::uint64_t kTileWidth = 256;

// "tile/0/x001/x234/067", with ".p/112" behind it when width < 256.
std::string tile_path(int level, std::uint64_t index, std::uint64_t width);
// "tile/entries/x001/x234/067", with ".p/112" behind it when width < 256.
std::string bundle_path(std::uint64_t index, std::uint64_t width);
// Hashes (level >= 0) that a log of this size has at a level of tiles.
std::uint64_t hashes_at(int level, std::uint64_t size);
// Of the tile or bundle with this index, when there are count hashes or entries; 0 when none.
std::uint64_t width_of(std::uint64_t index, std::uint64_t count);

// Entries in a bundle: uint16 length, big-endian, and bytes.
void add_to_bundle(std::string& bundle, std::string_view entry);
// BUNDLE_INVALID unless the bytes are whole entries and nothing else.
core::Result<std::vector<std::string_view>> entries_of(std::string_view bundle);
// Root of a full tile: the hash one level of tiles up.
core::Digest tile_root(std::vector<core::Digest> hashes);

}  // namespace connector::evidence
