// One fetch, served: a pipeline of pages -> rows that may leave -> masked bytes -> digest ->
// signature -> durable -> out. Work happens on the executor, one step at a time per stream.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "decision/row_plan.h"
#include "exchange/position.h"
#include "exchange/provider.h"
#include "exchange/statements.h"

namespace connector::exchange {

class ServedStream final : public FetchStream, public std::enable_shared_from_this<ServedStream> {
 public:
  using Done = std::function<void(core::Result<StreamPart>)>;

  ServedStream(const ProviderPorts& ports, const Visibility& visibility, RuleBook& rules,
               Caller caller, SignedEnvelope request);
  ~ServedStream() override;

  void next(Done done) override;
  void cancel() override;
  void on_abort(std::function<void(core::Error)> handler) override;

  // May it still run? Ends it at once if not. From any thread.
  void look_again();
  // Ends it with this error, whether or not its reader waits for a part.
  void abort(core::Error error);
  bool over() const;

 private:
  struct Outgoing {  // a batch on its way through the log
    Commit commit;
    ServedBatch batch;
    Done done;
    bool opens = false;  // its commit opens the account
    bool last = false;   // its commit closes the account
  };

  // stream.cc: whose turn it is, what is told and when.
  void schedule();  // starts a step on the executor unless one is under way
  void work();
  void step(Done done);
  bool hand_over(Outgoing out);
  void send(Outgoing out);
  void durable(Outgoing& out);
  void not_durable(Outgoing& out, core::Error error);
  void give_receipt(Done done);
  void deliver(const Done& done, core::Result<StreamPart> part);
  void fail(core::Error error, Done done);
  void end();

  // stream_open.cc: may it start, where, may it go on.
  void open(Done done);
  core::Status prepare();
  core::Status read_order();
  core::Status decide();  // asks the policy and compiles its answer
  core::Status agree();   // holds the fetch against its agreement
  core::Status still_agreed();
  FetchFacts fetch_facts(const core::Purpose& purpose) const;
  void wake_at(core::EpochNs when);
  core::Status check_filter() const;
  core::Status start();
  core::Status resume();
  core::Status renew(const SignedEnvelope& receipt);
  void refuse(core::Error error, Done done, bool remember = true);
  void repeat_receipt(Done done);
  RememberRequest remember() const;
  OpenAccount opening() const;
  core::Status still_allowed();  // at each batch border

  // stream_batch.cc: what leaves, and its account.
  void produce(Commit commit, bool opens, Done done);
  core::Status fill(ServedBatch& batch);
  bool take(const ShownRecord& row, ServedBatch& batch, core::Sha256& digest);
  core::Status finish(Commit& commit, const std::string& position);
  core::Result<std::optional<SignedEnvelope>> given_receipt(const AccountFacts& last) const;
  Commit closing(const std::string& outcome, const std::string& reason) const;
  AccountFacts facts() const;

  const ProviderPorts& ports_;
  const Visibility& visibility_;
  RuleBook& rules_;
  const Caller caller_;
  const SignedEnvelope request_;

  mutable std::mutex mutex_;
  std::deque<Done> waiting_;                        // guarded by mutex_
  bool working_ = false;                            // guarded by mutex_
  bool opening_ = false;                            // guarded by mutex_; not durable yet
  bool over_ = false;                               // guarded by mutex_; no further step
  bool ended_ = false;                              // guarded by mutex_; nothing more is told
  bool complete_ = false;                           // guarded by mutex_; the receipt is durable
  std::size_t in_flight_ = 0;                       // guarded by mutex_; commits under way
  std::optional<Outgoing> held_;                    // guarded by mutex_; waits for the others
  Done receipt_waits_;                              // guarded by mutex_
  std::optional<core::Error> abort_;                // guarded by mutex_
  std::function<void(core::Error)> abort_handler_;  // guarded by mutex_
  std::optional<decision::Question> question_;      // guarded by mutex_; what was decided

  // Touched by the step under way only.
  std::shared_ptr<void> expected_;  // until it opens
  enum class Phase { kOpening, kStreaming, kReceipt, kClosed };
  Phase phase_ = Phase::kOpening;
  FetchOrder order_;
  DatasetInfo dataset_;
  Granted granted_;
  Decided decision_;
  std::optional<decision::RowPlan> plan_;
  decision::RowMemo memo_;
  std::optional<decision::FieldProgram> program_;
  std::shared_ptr<const std::vector<decision::FieldRule>> masked_;
  Position position_;
  std::string account_;
  bool exhausted_ = false;
  std::optional<core::Error> limit_;  // of the policy, reached: what fits has left
  std::size_t usual_bytes_ = 0;       // of a batch: what the last one took
  std::string scratch_;
  std::optional<SignedEnvelope> receipt_;
  bool renewed_ = false;  // not on record before this part
};

}  // namespace connector::exchange
