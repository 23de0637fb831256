// Ports: our own records, and which of them are asked for. No method throws; all may be called by
// several threads at once.
#pragma once

#include <cstdint>
#include <functional>
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

struct ReadRange {
  core::DatasetId dataset;
  std::uint64_t after = 0;      // exclusive
  std::uint64_t bound = 0;      // inclusive
  std::size_t max_records = 0;  // to show in one call
  // The reader has everything up to this sequence: tombstones of those records are rows too.
  std::uint64_t changed_since = 0;
};

// One serialised record where it lies; the views hold while it is shown.
struct ShownRecord {
  std::uint64_t sequence = 0;
  std::string_view bytes;
  // What the row filter looks at: the record itself; of a tombstone the record that was withdrawn.
  // Whoever may not see that must not learn of its end either.
  std::string_view judged;
  // Of the bytes: it was seen before that this version knows all of them (decision/known_fields.h).
  bool wholly_known = false;
  std::string_view digest;  // SHA-256 of the bytes, where it was kept
};

class Records {
 public:
  // False: this was enough for now.
  using Show = std::function<bool(const ShownRecord&)>;

  virtual ~Records() = default;
  virtual core::Result<std::uint64_t> last_sequence(const core::DatasetId& dataset) const = 0;
  // Shows own records, never received ones, in the order of their sequence. True: there are no
  // others up to the bound. No read transaction outlives the call.
  virtual core::Result<bool> read(const ReadRange& range, const Selection& selection,
                                  const Show& show) const = 0;
};

}  // namespace connector::exchange
