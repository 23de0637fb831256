// Fetches the fields that a predicate asks for out of the wire bytes of one record, in one pass.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decision/number.h"
#include "decision/row_view.h"
#include "decision/wire.h"

namespace connector::decision {

// One field of the view in one row.
struct RowValue {
  bool present = false;
  bool truth = false;     // of kBool
  Number number;          // of kDecimal and kInteger
  std::string_view text;  // of kString and kList
  std::string built;      // what text views where the record does not hold it as it is
};

// The fields of one row, by slot. Views the record's bytes.
class Row {
 public:
  explicit Row(std::size_t slots);
  Row(const Row&) = delete;  // its texts view itself
  Row& operator=(const Row&) = delete;
  RowValue& operator[](std::size_t slot) { return begin_[slot]; }
  const RowValue& operator[](std::size_t slot) const { return begin_[slot]; }

 private:
  std::array<RowValue, 6> few_;
  std::vector<RowValue> many_;
  RowValue* begin_;
};

class RowWalk {
 public:
  RowWalk();
  // The slot of this name in each row; nothing where the view has no such name.
  std::optional<std::size_t> slot(std::string_view name);
  std::size_t slots() const { return names_.size(); }
  // False: malformed bytes, no body or more than one, a fetched field of another wire type or a
  // singular one that stands twice (other readers merge the two: not guessed at here), a
  // fetched value that is not what its type promises (a decimal, a known enum value, UTF-8).
  bool read(std::string_view record, Row& row) const;

 private:
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

    const Step* find(std::uint32_t number) const {
      if ((numbers >> (number & 63) & 1) == 0) return nullptr;  // most fields of most records
      for (const Step& step : steps) {
        if (step.number == number) return &step;
      }
      return nullptr;
    }
  };

  void add(const RowField& field, std::size_t slot);
  Step& step(std::size_t level, const google::protobuf::FieldDescriptor& field);
  bool read_level(std::size_t level, std::string_view message, Row& row, int& bodies) const;
  static bool take_field(const Step& step, const wire::Field& field, Row& row);
  static bool take(const Capture& capture, std::uint64_t varint, RowValue& value);
  static bool take(const Capture& capture, std::string_view bytes, RowValue& value);

  std::vector<Level> levels_;  // the first is the record's
  std::vector<std::string> names_;
  std::optional<std::size_t> kind_slot_;
};

}  // namespace connector::decision
