#include "site/checkpoints.h"

#include "crypto/signing_key.h"
#include "evidence/checkpoint.h"
#include "site/keys.h"

namespace connector::site {

core::Result<std::string> Checkpoints::current() {
  std::lock_guard lock(mutex_);
  const std::uint64_t size = log_.size();
  if (!note_.empty() && size == size_) return note_;
  const auto root = log_.root(size);
  if (!root) return root.error();
  note_ = evidence::sign_checkpoint({origin_, size, *root}, keys_.log_public_key(),
                                    [this](std::string_view text) { return keys_.sign_log(text); });
  size_ = size;
  return note_;
}

core::Result<std::pair<std::uint64_t, core::Digest>> open_note(const std::string& note,
                                                               const std::string& log_key) {
  auto opened = evidence::open_checkpoint(note, log_key, crypto::verify_ed25519);
  if (!opened) return std::move(opened.error());
  return std::pair{opened->size, opened->root};
}

}  // namespace connector::site
