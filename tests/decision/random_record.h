// Records with random fields, of the right types, from pools small enough that values meet.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "valuechain/record/v1/record.pb.h"

namespace connector::testing {

const std::vector<std::string>& text_pool();
const std::vector<std::string>& decimal_pool();
const std::vector<std::int64_t>& time_pool();

class RandomRecord {
 public:
  explicit RandomRecord(std::uint64_t seed) : random_(seed) {}
  // presence: percent of the fields that are there.
  valuechain::record::v1::Record make(int presence);
  std::size_t below(std::size_t bound) { return random_() % bound; }
  template <typename T>
  const T& pick(const std::vector<T>& pool) {
    return pool[below(pool.size())];
  }

 private:
  void fill(google::protobuf::Message& message, int presence);
  void set(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
           int presence);
  std::string text_of(const google::protobuf::FieldDescriptor& field);

  std::mt19937_64 random_;
};

// Flips, drops, inserts and repeats bytes.
std::string mutated(std::string bytes, RandomRecord& random);

}  // namespace connector::testing
