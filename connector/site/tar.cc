#include "site/tar.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>

namespace connector::site {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 512;
constexpr std::size_t kPiece = 256u << 10;
constexpr std::size_t kName = 100;
constexpr std::size_t kPrefix = 155;
constexpr std::uint64_t kOctalMost = 1ull << 33;  // eleven octal digits

core::Error cannot_write(const fs::path& file) {
  return {core::Code::kExhausted,
          "BACKUP_NOT_WRITTEN",
          "cannot write " + file.string() + ": " + std::generic_category().message(errno),
          "another place with enough room",
          {}};
}

core::Error damaged(const std::string& what) {
  return core::invalid("BACKUP_DAMAGED", "the backup is damaged: " + what,
                       "take another copy of it");
}

void put(std::string& block, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
}

std::string octal(std::uint64_t value, std::size_t digits) {
  std::string text(digits, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 3) {
    *digit = static_cast<char>('0' + (value & 7));
  }
  return text;
}

// GNU's way for sizes that do not fit: the first bit, then the number, big endian.
std::string size_field(std::uint64_t size) {
  if (size < kOctalMost) return octal(size, 11) + '\0';
  std::string text(12, '\0');
  text[0] = '\x80';
  for (int i = 11; i > 3; --i, size >>= 8) {
    text[static_cast<std::size_t>(i)] = static_cast<char>(size & 0xff);
  }
  return text;
}

// A long name is parted at a slash. Empty: it cannot be.
std::string header_of(const std::string& name, std::uint64_t size) {
  std::string block(kBlock, '\0');
  std::string last = name;
  if (name.size() > kName) {
    const auto slash = name.find('/', name.size() - kName - 1);
    if (slash == std::string::npos || slash > kPrefix) return {};
    put(block, 345, name.substr(0, slash));
    last = name.substr(slash + 1);
  }
  put(block, 0, last);
  put(block, 100, "0000600");
  put(block, 108, "0000000");
  put(block, 116, "0000000");
  put(block, 124, size_field(size));
  put(block, 136, octal(0, 11));
  put(block, 156, "0");
  put(block, 257, std::string_view("ustar\00000", 8));
  put(block, 148, "        ");
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(block, 148, octal(sum, 6) + '\0' + ' ');
  return block;
}

std::string text_at(const std::string& block, std::size_t at, std::size_t size) {
  const std::string field = block.substr(at, size);
  return field.substr(0, field.find('\0'));
}

std::uint64_t size_of(const std::string& block) {
  const std::string field = block.substr(124, 12);
  std::uint64_t size = 0;
  if (field[0] == '\x80') {
    for (const char c : field.substr(4)) size = size << 8 | static_cast<unsigned char>(c);
    return size;
  }
  for (const char c : field.substr(0, 11)) {
    if (c < '0' || c > '7') return 0;
    size = size << 3 | static_cast<std::uint64_t>(c - '0');
  }
  return size;
}

std::size_t padding(std::uint64_t size) {
  return static_cast<std::size_t>((kBlock - size % kBlock) % kBlock);
}

bool read_block(std::ifstream& in, std::string& block, std::size_t size) {
  block.resize(size);
  in.read(block.data(), static_cast<std::streamsize>(size));
  return static_cast<std::size_t>(in.gcount()) == size;
}

bool zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

core::Status read_content(std::ifstream& in, std::uint64_t size, const TarVisitor& visitor) {
  std::string piece;
  for (std::uint64_t left = size; left > 0;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
    if (!read_block(in, piece, wanted)) return damaged("it ends too early");
    if (auto taken = visitor.piece(piece); !taken) return taken;
    left -= wanted;
  }
  if (!read_block(in, piece, padding(size)) || !zero(piece))
    return damaged("a padding is not zero");
  return visitor.piece({});
}

}  // namespace

core::Result<TarWriter> TarWriter::create(const fs::path& file) {
  const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) return cannot_write(file);
  ::close(made);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) return cannot_write(file);
  return TarWriter(file, std::move(out));
}

core::Status TarWriter::good() const {
  return out_ ? core::ok() : core::Status(cannot_write(file_));
}

core::Status TarWriter::header(const std::string& name, std::uint64_t size) {
  const std::string block = header_of(name, size);
  if (block.empty()) return core::internal("the name is too long for a backup: " + name);
  out_ << block;
  return good();
}

core::Status TarWriter::pad(std::uint64_t size) {
  out_ << std::string(padding(size), '\0');
  return good();
}

core::Status TarWriter::add(const std::string& name, const std::string& content) {
  if (auto begun = header(name, content.size()); !begun) return begun;
  out_ << content;
  return pad(content.size());
}

core::Result<TarWriter::Added> TarWriter::add_file(const std::string& name, const fs::path& from) {
  std::error_code error;
  Added added;
  added.size = fs::file_size(from, error);
  std::ifstream in(from, std::ios::binary);
  if (error || !in) {
    return core::unavailable("BACKUP_NOT_WRITTEN", "cannot read " + from.string());
  }
  if (auto begun = header(name, added.size); !begun) return std::move(begun.error());
  core::Sha256 digest;
  std::string piece;
  for (std::uint64_t left = added.size; left > 0;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
    if (!read_block(in, piece, wanted)) {
      return core::unavailable("BACKUP_NOT_WRITTEN", from.string() + " became shorter meanwhile");
    }
    digest.update(piece);
    out_ << piece;
    if (auto written = good(); !written) return std::move(written.error());
    left -= wanted;
  }
  if (auto padded = pad(added.size); !padded) return std::move(padded.error());
  added.sha256 = digest.finish();
  return added;
}

core::Status TarWriter::finish() {
  out_ << std::string(2 * kBlock, '\0');
  out_.close();
  if (!out_) return cannot_write(file_);
  const int file = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  return synced ? core::ok() : core::Status(cannot_write(file_));
}

core::Status read_tar(const fs::path& file, const TarVisitor& visitor) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return core::invalid("FILE_UNREADABLE", "cannot read " + file.string());
  std::string block;
  while (read_block(in, block, kBlock)) {
    if (zero(block)) {
      const bool ends = read_block(in, block, kBlock) && zero(block) &&
                        in.peek() == std::ifstream::traits_type::eof();
      return ends ? core::ok() : core::Status(damaged("something stands behind its end"));
    }
    const std::string prefix = text_at(block, 345, kPrefix);
    const std::string name = (prefix.empty() ? "" : prefix + "/") + text_at(block, 0, kName);
    const std::uint64_t size = size_of(block);
    if (header_of(name, size) != block) return damaged("a header is not as it was written");
    if (auto begun = visitor.begin(name, size); !begun) return begun;
    if (auto read = read_content(in, size, visitor); !read) return read;
  }
  return damaged("it has no end");
}

}  // namespace connector::site
