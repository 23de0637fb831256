// What a record is found by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace valuechain::record::v1 {
class Record;
}

namespace connector::record {

struct Facts {
  int kind = 0;
  std::string key;
  std::string content_id;
  std::uint64_t version = 0;
  std::string withdrawn_key;  // of a tombstone
  std::optional<std::string> order_number;
  std::optional<std::int64_t> event_ns;  // event time; of other kinds the time that they state
  std::vector<std::string> item_keys;    // of every item that the record names, each once
};

Facts facts_of(const valuechain::record::v1::Record& record);
Facts facts_of(const std::string& bytes);  // of bytes that are no record: kind 0

// Whether two records say the same, whatever documents they came from and how those spell it.
bool same_statement(const valuechain::record::v1::Record& one,
                    const valuechain::record::v1::Record& other);

}  // namespace connector::record
