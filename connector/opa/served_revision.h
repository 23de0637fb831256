// One published revision in force: an OPA process that serves it and nothing else for its life.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/result.h"
#include "decision/decision.h"
#include "exchange/contracting.h"
#include "opa/client.h"
#include "opa/process.h"

namespace connector::opa {

// A decision with the exact bytes it was made of, for the journal.
struct Evaluation {
  decision::Decision decision;
  std::string input;   // JSON
  std::string result;  // body of OPA's answer
  std::string rows;    // body of the compile answer; empty where none was asked for
};

// The questions, whoever serves the socket. Safe for use by several threads.
class Questions {
 public:
  Questions(std::string socket, core::Revision revision)
      : client_(std::move(socket)), revision_(std::move(revision)) {}

  // Asks for the decision and, where it permits a fetch, for its row filter.
  core::Result<Evaluation> evaluate(const decision::Question& question, Deadline deadline);
  // The same for a question as it was sent before. rows: does it want a row filter, too?
  core::Result<Evaluation> evaluate(std::string input, bool rows, std::int64_t now_s,
                                    Deadline deadline);
  core::Result<exchange::Weighed> weigh(const exchange::NegotiationQuestion& question,
                                        Deadline deadline);
  // Alive? Asks only when the last answer is older than a few milliseconds.
  bool alive(Deadline deadline);
  const core::Revision& revision() const { return revision_; }
  int failures() const { return failures_; }  // in a row
  void forgive() { failures_ = 0; }

 private:
  core::Result<Answer> ask(const Request& request, Deadline deadline);

  Client client_;
  const core::Revision revision_;
  std::atomic<std::int64_t> last_answer_ns_ = 0;  // steady clock
  std::atomic<int> failures_ = 0;
};

class ServedRevision {
 public:
  struct Options {
    std::filesystem::path opa;
    std::filesystem::path bundle;   // folder
    std::filesystem::path run_dir;  // where the socket's private folder is made
    core::Revision revision;
    decision::Question canary;  // asked until it is answered
    std::function<void(const std::string&)> log;
  };
  // Returns when the canary was answered under this revision. Error: not within 10 s, or OPA
  // ended; the message has what it said.
  static core::Result<std::unique_ptr<ServedRevision>> start(Options options);
  ~ServedRevision();
  // Removes what a kill of an earlier run left in its folder.
  static void remove_leftovers(const std::filesystem::path& run_dir);

  core::Result<Evaluation> evaluate(const decision::Question& question, Deadline deadline);
  core::Result<Evaluation> replay(std::string input, bool rows, std::int64_t now_s,
                                  Deadline deadline) {
    return questions_.evaluate(std::move(input), rows, now_s, deadline);
  }
  core::Result<exchange::Weighed> weigh(const exchange::NegotiationQuestion& question,
                                        Deadline deadline);
  bool available(Deadline deadline);
  const core::Revision& revision() const { return questions_.revision(); }
  std::filesystem::path socket() const { return folder_ / "s"; }
  const Supervisor& process() const { return supervisor_; }

 private:
  ServedRevision(Options options, std::filesystem::path folder);
  core::Status wait_ready(const decision::Question& canary);
  void examine_if_silent();
  bool hung();

  const std::filesystem::path folder_;
  Questions questions_;
  Client patient_;  // one connection of its own, for the examination
  Supervisor supervisor_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> examining_ = false;
  std::thread examination_;  // touched by whoever set examining_; last: uses all of the above
};

}  // namespace connector::opa
