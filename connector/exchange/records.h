// Ports: our own records, and which of them are asked for. No method throws; all may be called by
// several threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/instant.h"
#include "core/name.h"
#include "core/result.h"

namespace connector::exchange {

// What a request asks for, or a dataset is limited to; every member narrows.
struct Selection {
  std::vector<int> kinds;  // valuechain.record.v1.Kind
  std::vector<std::string> order_numbers;
  std::vector<std::string> item_keys;       // 16 bytes each
  std::optional<core::EpochNs> event_from;  // inclusive
  std::optional<core::EpochNs> event_to;    // exclusive
  bool nothing = false;                     // two selections that have nothing in common
};

struct DatasetInfo {
  core::DatasetId id;
  std::string title;
  std::vector<std::string> kinds;  // "order_line" ...
  std::vector<std::string> labels;
  Selection selection = {};  // which of its records are offered
};

// One page of serialised records in sequence order; the buffer is reused between reads.
struct RecordPage {
  struct Row {
    std::uint64_t sequence = 0;
    std::size_t offset = 0;
    std::size_t size = 0;
    // Of a tombstone: the record that was withdrawn. Whoever may not see that must not learn of
    // its end either, so the row filter looks at it in the tombstone's place. Else 0.
    std::size_t judged_offset = 0;
    std::size_t judged_size = 0;
  };
  std::string buffer;
  std::vector<Row> rows;
  bool end = false;        // nothing more up to the bound
  std::uint64_t next = 0;  // sequence to go on after: of the last row looked at
  std::string_view bytes(const Row& row) const {
    return std::string_view(buffer).substr(row.offset, row.size);
  }
  std::string_view judged(const Row& row) const {
    return row.judged_size == 0
               ? bytes(row)
               : std::string_view(buffer).substr(row.judged_offset, row.judged_size);
  }
};

struct ReadRange {
  core::DatasetId dataset;
  std::uint64_t after = 0;  // exclusive
  std::uint64_t bound = 0;  // inclusive
  std::size_t max_records = 0;
  std::size_t max_bytes = 0;
  // The reader has everything up to this sequence: tombstones of those records are rows too.
  std::uint64_t changed_since = 0;
};

class Records {
 public:
  virtual ~Records() = default;
  virtual core::Result<std::uint64_t> last_sequence(const core::DatasetId& dataset) const = 0;
  // Own records only, never received ones. No read transaction outlives the call.
  virtual core::Status read(const ReadRange& range, const Selection& selection,
                            RecordPage& page) const = 0;
};

}  // namespace connector::exchange
