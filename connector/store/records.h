// Own records, read in sequence order.
#pragma once

#include <map>
#include <mutex>

#include "exchange/ports.h"
#include "store/readers.h"

namespace connector::store {

// A record's id: dataset number * 2^40 + sequence in the dataset.
inline constexpr int kSequenceBits = 40;
inline constexpr std::uint64_t kSequenceMask = (1ull << kSequenceBits) - 1;
inline std::uint64_t record_id(std::uint64_t dataset, std::uint64_t sequence) {
  return dataset << kSequenceBits | sequence;
}

// The dataset's number and last sequence; number 0 where nothing was ever imported into it.
struct DatasetRow {
  std::uint64_t number = 0;
  std::uint64_t last = 0;
};
core::Result<DatasetRow> dataset_row(Database& database, const std::string& name);

class RecordReader final : public exchange::Records {
 public:
  explicit RecordReader(Readers& readers) : readers_(readers) {}
  core::Result<std::uint64_t> last_sequence(const core::DatasetId& dataset) const override;
  core::Result<bool> read(const exchange::ReadRange& range, const exchange::Selection& selection,
                          const Show& show) const override;

 private:
  core::Result<std::uint64_t> number_of(Database& database, const core::DatasetId& dataset) const;

  Readers& readers_;
  mutable std::mutex mutex_;
  // Once a dataset has a number it keeps it.
  mutable std::map<core::DatasetId, std::uint64_t> numbers_;  // guarded by mutex_
};

}  // namespace connector::store
