#include "exchange/proofs.h"

#include "core/limits.h"
#include "evidence/checkpoint.h"
#include "evidence/merkle.h"

namespace connector::exchange {
namespace {

std::vector<std::string> to_strings(const std::vector<core::Digest>& hashes) {
  std::vector<std::string> out;
  out.reserve(hashes.size());
  for (const core::Digest& hash : hashes) out.emplace_back(core::view(hash));
  return out;
}

}  // namespace

core::Result<Proof> prove(const Log& log, const std::string& checkpoint,
                          const std::vector<std::uint64_t>& indexes, std::uint64_t from_size) {
  const auto opened = evidence::own_checkpoint(checkpoint);
  if (!opened) return opened.error();
  const evidence::HashReader read = [&log](int level, std::uint64_t index) {
    return log.hash(level, index);
  };
  Proof proof;
  proof.checkpoint = checkpoint;
  for (const std::uint64_t index : indexes) {
    if (index >= opened->size) continue;  // newer than the checkpoint: not provable by it yet
    auto entry = log.entry(index);
    if (!entry) return std::move(entry.error());
    auto hashes = evidence::inclusion_proof(index, opened->size, read);
    if (!hashes) return std::move(hashes.error());
    proof.entries.push_back({std::move(*entry), index, to_strings(*hashes)});
  }
  if (from_size == 0) return proof;
  auto hashes = evidence::consistency_proof(from_size, opened->size, read);
  if (!hashes) return std::move(hashes.error());
  proof.consistency = to_strings(*hashes);
  return proof;
}

bool consistent(std::uint64_t old_size, const core::Digest& old_root, std::uint64_t new_size,
                const core::Digest& new_root, const std::vector<std::string>& proof) {
  if (proof.size() > 2 * core::limits::kProofHashes) return false;
  std::vector<core::Digest> hashes;
  for (const std::string& bytes : proof) {
    const auto hash = core::digest_of_bytes(bytes);
    if (!hash) return false;
    hashes.push_back(*hash);
  }
  return evidence::verify_consistency(old_size, old_root, new_size, new_root, hashes);
}

}  // namespace connector::exchange
