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

  ServedStream(const ProviderPorts& ports, const Visibility& visibility, Caller caller,
               SignedEnvelope request);

  void next(Done done) override;
  void cancel() override;
  void on_abort(std::function<void(core::Error)> handler) override;

  // May it still run? Ends it at once if not. From any thread.
  void look_again();
  // Ends it with this error, whether or not its reader waits for a part.
  void abort(core::Error error);
  bool over() const;

 private:
  void schedule();                  // starts a step on the executor unless one is under way
  void work();
  void step(Done done);
  void open(Done done);
  void produce(std::vector<std::string> entries, std::vector<Effect> effects, Done done);
  void refuse(core::Error error, Done done);
  void close(const std::string& outcome, const std::string& reason);
  core::Status decide();            // asks the policy and compiles its answer
  core::Status still_allowed();     // at each batch border
  core::Status check_filter() const;
  core::Status fill(ServedBatch& batch);
  core::Status take(std::string_view record, ServedBatch& batch, core::Sha256& digest);
  core::Status finish(std::vector<std::string>& entries, std::vector<Effect>& effects);
  core::Status resume(const Partner& partner);
  AccountFacts facts() const;

  const ProviderPorts& ports_;
  const Visibility& visibility_;
  const Caller caller_;
  const SignedEnvelope request_;

  mutable std::mutex mutex_;
  std::deque<Done> waiting_;                          // guarded by mutex_
  bool working_ = false;                              // guarded by mutex_
  bool over_ = false;                                 // guarded by mutex_
  std::optional<core::Error> abort_;                  // guarded by mutex_
  std::function<void(core::Error)> abort_handler_;    // guarded by mutex_
  std::optional<decision::Question> question_;        // guarded by mutex_; what was decided

  // Touched by the step under way only.
  enum class Phase { kOpening, kStreaming, kReceipt, kClosed };
  Phase phase_ = Phase::kOpening;
  FetchOrder order_;
  DatasetInfo dataset_;
  std::optional<decision::Decision> decision_;
  std::optional<decision::RowPlan> plan_;
  std::optional<decision::FieldProgram> program_;
  std::shared_ptr<const std::vector<decision::FieldRule>> masked_;
  Position position_;
  std::string account_;
  RecordPage page_;
  std::size_t page_row_ = 0;
  bool page_loaded_ = false;
  bool exhausted_ = false;
  std::string scratch_;
  std::optional<SignedEnvelope> receipt_;
};

}  // namespace connector::exchange
