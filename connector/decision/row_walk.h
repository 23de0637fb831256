// Judges the comparisons of a predicate over the wire bytes of one record, in one pass: each is
// judged where its field lies, nothing is copied out.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decision/row_comparison.h"
#include "decision/row_memo.h"
#include "decision/row_view.h"
#include "decision/wire.h"

namespace connector::decision {

// What is known of one row: a bit per number that the walk gave out.
class Row {
 public:
  explicit Row(std::size_t bits, RowMemo* memo = nullptr) : memo_(memo) {
    if (bits > few_.size() * 64) many_.resize((bits + 63) / 64);
    words_ = many_.empty() ? few_.data() : many_.data();
  }
  Row(const Row&) = delete;  // it points into itself
  Row& operator=(const Row&) = delete;
  void set(std::size_t bit) { words_[bit / 64] |= std::uint64_t{1} << (bit % 64); }
  RowMemo* memo() const { return many_.empty() ? memo_ : nullptr; }
  const std::array<std::uint64_t, 2>& few() const { return few_; }
  void add(const std::array<std::uint64_t, 2>& bits) {
    for (std::size_t i = 0; i < bits.size(); ++i) few_[i] |= bits[i];
  }
  bool holds(std::size_t bit) const { return (words_[bit / 64] >> (bit % 64) & 1) != 0; }

 private:
  std::array<std::uint64_t, 2> few_{};
  std::vector<std::uint64_t> many_;
  std::uint64_t* words_;
  RowMemo* memo_;
};

class RowWalk {
 public:
  RowWalk();
  // The number that tells in each row whether this comparison of this field of the view holds.
  std::size_t add(std::string_view name, RowComparison comparison);
  std::size_t bits() const { return bits_; }
  std::vector<RowMemo::Part> memo() const { return std::vector<RowMemo::Part>(levels_.size()); }
  // False: malformed bytes, no body or more than one, a compared field of another wire type or a
  // singular one that stands twice (other readers merge the two: not guessed at here), a
  // compared value that is not what its type promises (a decimal, a known enum value, UTF-8).
  bool read(std::string_view record, Row& row) const;

 private:
  struct Numbered {
    RowComparison comparison;
    std::size_t number = 0;
  };
  // A field of the view that is compared.
  struct Slot {
    std::string name;
    std::size_t present = 0;  // number of the bit that tells that it was seen
    std::vector<Numbered> comparisons;
  };
  // A field of the record that a slot takes its value from.
  struct Capture {
    std::size_t slot = 0;
    RowForm form = RowForm::kText;
    bool list = false;
    bool first = false;                                       // of several
    std::shared_ptr<const std::map<int, std::string>> names;  // of an enum's values
  };
  struct Step {
    std::uint32_t number = 0;
    bool singular = true;
    bool nested = false;  // a message on the way to captures
    std::size_t child = 0;
    std::vector<Capture> captures;
    std::string_view body;  // the name of the body that starts here
  };
  struct Level {
    std::vector<Step> steps;    // few: searched in order
    std::uint64_t numbers = 0;  // a bit for each of their field numbers, modulo 64
    // It and those below take members of lists alone: what they set depends on nothing else.
    bool lists = true;

    const Step* find(std::uint32_t number) const {
      if ((numbers >> (number & 63) & 1) == 0) return nullptr;  // most fields of most records
      for (const Step& step : steps) {
        if (step.number == number) return &step;
      }
      return nullptr;
    }
  };

  std::size_t slot_of(std::string_view name);
  void capture(const RowField& field, std::size_t slot);
  Step& step(std::size_t level, const google::protobuf::FieldDescriptor& field);
  bool read_level(std::size_t level, std::string_view message, Row& row, int& bodies) const;
  bool read_part(const Step& step, std::string_view message, Row& row, int& bodies) const;
  bool take_field(const Step& step, std::uint64_t tag, wire::Cursor& cursor, Row& row,
                  int& bodies) const;
  bool take(const Capture& capture, std::uint64_t varint, Row& row) const;
  bool take(const Capture& capture, std::string_view bytes, Row& row) const;
  bool take_identifier(const Capture& capture, std::string_view message, Row& row) const;
  template <typename... Value>
  void judge(std::size_t slot, Row& row, const Value&... value) const;

  std::vector<Level> levels_;  // the first is the record's
  std::vector<Slot> slots_;
  std::size_t bits_ = 0;
  std::optional<std::size_t> kind_slot_;
};

}  // namespace connector::decision
