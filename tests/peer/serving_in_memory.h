// Answers of a provider, kept in memory: what a partner would be told, without policy or store.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "exchange/serving.h"

namespace connector::peer {

inline std::string framed(const std::vector<std::string>& records) {
  std::string out;
  for (const std::string& record : records) {
    out += '\x0a';
    std::size_t size = record.size();
    for (; size >= 0x80; size >>= 7) out += static_cast<char>(size | 0x80);
    out += static_cast<char>(size);
    out += record;
  }
  return out;
}

// So many batches of so many bytes, then the receipt; or it waits for an abort after them.
struct StreamPlan {
  std::size_t batches = 3;
  std::vector<std::string> records{"first", "second"};
  std::optional<core::Error> fails;  // instead of the receipt
  bool waits = false;                // nothing more comes by itself
};

class StreamInMemory final : public exchange::FetchStream {
 public:
  explicit StreamInMemory(StreamPlan plan) : plan_(std::move(plan)) {}

  void next(std::function<void(core::Result<exchange::StreamPart>)> done) override {
    std::unique_lock lock(mutex_);
    ++asked_;
    if (given_ == plan_.batches && plan_.waits) {
      waiting_.push_back(std::move(done));
      return;
    }
    if (given_ == plan_.batches) {
      lock.unlock();
      if (plan_.fails) return done(*plan_.fails);
      return done(exchange::StreamPart(exchange::SignedEnvelope{"receipt", "all", "key", "sig"}));
    }
    exchange::ServedBatch batch;
    batch.framed_records = framed(plan_.records);
    batch.index = given_++;
    batch.chain_head = std::string(32, static_cast<char>(batch.index));
    batch.head = {"head", "of " + std::to_string(batch.index), "key", "sig"};
    batch.position = "after " + std::to_string(batch.index);
    batch.masked = std::make_shared<const std::vector<decision::FieldRule>>(
        std::vector<decision::FieldRule>{{"price.amount", decision::FieldOp::kRound, ""}});
    lock.unlock();
    done(exchange::StreamPart(std::move(batch)));
  }
  void cancel() override { cancelled_ = true; }
  void on_abort(std::function<void(core::Error)> handler) override {
    std::lock_guard lock(mutex_);
    abort_ = std::move(handler);
  }

  void abort(core::Error error) {
    std::function<void(core::Error)> handler;
    {
      std::lock_guard lock(mutex_);
      handler = abort_;
    }
    handler(std::move(error));
  }
  bool cancelled() const { return cancelled_; }
  std::size_t given() const {
    std::lock_guard lock(mutex_);
    return given_;
  }

 private:
  const StreamPlan plan_;
  mutable std::mutex mutex_;
  std::size_t given_ = 0;
  std::size_t asked_ = 0;
  std::vector<std::function<void(core::Result<exchange::StreamPart>)>> waiting_;
  std::function<void(core::Error)> abort_;
  std::atomic<bool> cancelled_ = false;
};

class ServingInMemory final : public exchange::Serving {
 public:
  core::Result<exchange::Description> describe(const exchange::Caller& caller) override {
    ++calls;
    std::lock_guard lock(mutex_);
    last_caller_ = caller;
    if (refusal) return *refusal;
    return description;
  }
  core::Result<exchange::DatasetPage> list_datasets(const exchange::Caller&,
                                                    const std::string& purpose, int page_size,
                                                    const std::string& page_token) override {
    ++calls;
    exchange::DatasetPage page;
    exchange::DatasetInfo info;
    info.id = core::DatasetId("orders");
    info.title = purpose + "/" + std::to_string(page_size) + "/" + page_token;
    info.kinds = {"order_line", "event"};
    page.datasets.push_back(std::move(info));
    page.next_page_token = "more";
    return page;
  }
  std::shared_ptr<exchange::FetchStream> fetch(const exchange::Caller&,
                                               exchange::SignedEnvelope request) override {
    ++calls;
    std::lock_guard lock(mutex_);
    last_request_ = std::move(request);
    last_stream_ = std::make_shared<StreamInMemory>(plan);
    return last_stream_;
  }
  void acknowledge(const exchange::Caller&, exchange::SignedEnvelope acknowledgement,
                   std::function<void(core::Result<std::string>)> done) override {
    ++calls;
    std::thread([done = std::move(done), text = acknowledgement.payload] {
      done("checkpoint for " + text);
    }).detach();
  }
  core::Result<exchange::Proof> get_proof(const exchange::Caller&, const std::string& request_id,
                                          std::uint64_t from_size) override {
    ++calls;
    exchange::Proof proof;
    proof.checkpoint = request_id;
    proof.entries.push_back({"entry", from_size, {std::string(32, 'a'), std::string(32, 'b')}});
    proof.consistency = {std::string(32, 'c')};
    return proof;
  }
  void introduce(const exchange::Caller&, exchange::SignedEnvelope introduction,
                 std::function<void(core::Result<exchange::SignedEnvelope>)> done) override {
    ++calls;
    introduction.payload += " and ours";
    done(std::move(introduction));
  }

  exchange::Caller last_caller() const {
    std::lock_guard lock(mutex_);
    return last_caller_;
  }
  exchange::SignedEnvelope last_request() const {
    std::lock_guard lock(mutex_);
    return last_request_;
  }
  std::shared_ptr<StreamInMemory> last_stream() const {
    std::lock_guard lock(mutex_);
    return last_stream_;
  }

  // Set before the first call.
  exchange::Description description;
  std::optional<core::Error> refusal;
  StreamPlan plan;
  std::atomic<std::size_t> calls = 0;

 private:
  mutable std::mutex mutex_;
  exchange::Caller last_caller_;
  exchange::SignedEnvelope last_request_;
  std::shared_ptr<StreamInMemory> last_stream_;
};

}  // namespace connector::peer
