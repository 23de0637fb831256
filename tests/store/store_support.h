// A store in a folder of its own, and what the tests put into it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"
#include "support/temp_dir.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::testing {

namespace pb = valuechain::record::v1;

inline const core::DatasetId kOrders{"orders"};
inline const core::Connector kMaker{core::ParticipantId("did:web:maker.example"),
                                    core::SiteName("main")};
inline const core::Connector kOther{core::ParticipantId("did:web:other.example"),
                                    core::SiteName("main")};

store::StoreOptions options_in(const std::filesystem::path& folder);
// Ends the test when it cannot be opened.
std::unique_ptr<store::Store> open_store(const store::StoreOptions& options);

// Appends and waits.
core::Result<exchange::LogSpan> append(store::Store& store, exchange::Commit commit);
exchange::Commit entry(std::string bytes);
exchange::Commit effect(exchange::Effect effect);
std::string reason_of(const core::Result<exchange::LogSpan>& result);
// The root over the entries that the log gives out, computed from nothing else.
core::Digest recomputed_root(const exchange::Log& log);

exchange::Partner partner(const core::Connector& id);

// One line of an order; key "order/<number>/<line>".
pb::Record order_line(const std::string& number, int line, const std::string& note = {});
pb::Record event(const std::string& id, std::int64_t at_ns, const std::string& item_key);

struct Source {
  std::string original;
  std::string document_key = {};
  std::string version = {};
  core::DatasetId dataset = kOrders;
};
core::Result<exchange::Imported> import(store::Store& store, const Source& source,
                                        std::vector<pb::Record> records);

struct Read {
  std::vector<std::uint64_t> sequences;
  std::vector<pb::Record> records;
  std::vector<pb::Record> judged;
  std::vector<bool> wholly_known;
  std::vector<std::string> bytes;
  std::vector<std::string> digests;
  std::size_t calls = 0;
  std::vector<std::string> keys() const;
};
struct Wanted {
  exchange::Selection selection = {};
  std::uint64_t after = 0;
  std::uint64_t bound = 0;  // 0: all
  std::uint64_t changed_since = 0;
  std::size_t max_records = 1024;
  std::size_t enough = 1 << 20;  // records after which a call is told to stop
};
// Call after call until the end.
Read read_all(store::Store& store, const Wanted& wanted = {});

}  // namespace connector::testing
