#include "exchange/provider.h"

#include <algorithm>

#include "core/limits.h"
#include "exchange/proofs.h"
#include "exchange/stream.h"

namespace connector::exchange {
namespace limits = core::limits;

Provider::Provider(ProviderPorts ports)
    : ports_(std::move(ports)),
      visibility_(ports_.self, ports_.datasets, ports_.partners, ports_.decisions, ports_.clock),
      rules_(ports_.hash) {}

Provider::~Provider() = default;

core::Result<Description> Provider::describe(const Caller&) {
  Description description;
  description.id = ports_.self;
  description.software = ports_.software;
  description.protocol_versions = {"v1"};
  description.keys = ports_.keys();
  description.log_key = ports_.log_key;
  auto checkpoint = ports_.checkpoint();
  if (!checkpoint) return std::move(checkpoint.error());
  description.checkpoint = std::move(*checkpoint);
  return description;
}

core::Result<DatasetPage> Provider::list_datasets(const Caller& caller, const std::string& purpose,
                                                  int page_size, const std::string& page_token) {
  if (page_size < 0) {
    return core::invalid("PAGE_INVALID", "page_size is negative; 0 means the default of 50");
  }
  // The token names where to go on, bound to caller and purpose; rights are looked up anew.
  const std::string binding = caller.id.str() + "\n" + purpose + "\n";
  std::string after;
  if (!page_token.empty()) {
    const auto opened = ports_.sealer.open(page_token);
    if (!opened || opened->rfind(binding, 0) != 0) {
      return core::invalid("PAGE_INVALID", "page_token does not belong to this list",
                           "start again without a page_token");
    }
    after = opened->substr(binding.size());
  }
  auto seen = visibility_.list(caller.id, core::Purpose(purpose));
  if (!seen) return std::move(seen.error());
  const std::size_t size =
      page_size == 0
          ? limits::kPageSizeDefault
          : std::min<std::size_t>(static_cast<std::size_t>(page_size), limits::kPageSizeMax);
  DatasetPage page;
  for (DatasetInfo& dataset : *seen) {
    if (dataset.id.str() <= after) continue;
    if (page.datasets.size() == size) {
      page.next_page_token = ports_.sealer.seal(binding + page.datasets.back().id.str());
      break;
    }
    page.datasets.push_back(std::move(dataset));
  }
  return page;
}

std::shared_ptr<FetchStream> Provider::fetch(const Caller& caller, SignedEnvelope request) {
  auto stream =
      std::make_shared<ServedStream>(ports_, visibility_, rules_, caller, std::move(request));
  bool stopping = false;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(streams_, [](const auto& weak) {
      const auto strong = weak.lock();
      return !strong || strong->over();
    });
    streams_.push_back(stream);
    stopping = stopping_;
  }
  if (stopping) stream->abort(core::unavailable("SHUTTING_DOWN", "the connector is shutting down"));
  return stream;
}

void Provider::acknowledge(const Caller& caller, SignedEnvelope acknowledgement,
                           std::function<void(core::Result<std::string>)> done) {
  const auto partner = ports_.partners.find(caller.id);
  if (!partner) {
    return done(core::Error{
        core::Code::kUnauthenticated, "PARTNER_NOT_ACTIVE", "this partner is not known", {}, {}});
  }
  auto said = read_acknowledgement(acknowledgement, *partner, ports_.clock(), ports_.verify);
  if (!said) return done(std::move(said.error()));
  auto account = ports_.accounts.by_request(caller.id, true, said->first_request);
  if (!account) return done(std::move(account.error()));
  const core::Error unknown{core::Code::kNotFound,
                            "RECEIPT_NOT_FOUND",
                            "no receipt of this digest was given for that request",
                            "acknowledge the receipt as it was received",
                            {}};
  if (said->provider != ports_.self || !*account || (*account)->receipt.empty()) {
    return done(unknown);
  }
  const auto receipt = envelope_from_json((*account)->receipt);
  if (!receipt || core::sha256(receipt->payload) != said->receipt_digest) return done(unknown);
  if (!(*account)->acknowledgement.empty()) return done(ports_.checkpoint());  // said before
  // Its checkpoint is on record in the entry. It does not become the last one seen: only a fetch,
  // which demands consistency, moves that.
  Commit commit{.entries = {entry_acknowledged(*said, true, ports_.random)},
                .effects = {RequireIntroduction{caller.id, partner->introduction_digest},
                            NoteAcknowledgement{caller.id, said->first_request,
                                                to_json_text(acknowledgement)}},
                .on_behalf_of = caller.id};
  ports_.log.append(std::move(commit), [this, done = std::move(done)](core::Result<LogSpan> span) {
    // Said twice at once: it counts once, and both are told so.
    const bool known = span || span.error().reason == "ACKNOWLEDGED";
    if (!known) return done(std::move(span.error()));
    done(ports_.checkpoint());
  });
}

core::Result<Proof> Provider::get_proof(const Caller& caller, const std::string& request_id,
                                        std::uint64_t from_size) {
  std::vector<std::uint64_t> indexes;
  if (!request_id.empty()) {
    auto account = ports_.accounts.by_request(caller.id, true, request_id);
    if (!account) return std::move(account.error());
    if (!*account) {
      return core::Error{core::Code::kNotFound,
                         "REQUEST_NOT_FOUND",
                         "no request of yours has this id here",
                         {},
                         {}};
    }
    indexes = (*account)->entries;
  }
  auto checkpoint = ports_.checkpoint();
  if (!checkpoint) return std::move(checkpoint.error());
  return prove(ports_.log, *checkpoint, indexes, from_size);
}

void Provider::introduce(const Caller& caller, SignedEnvelope introduction,
                         std::function<void(core::Result<SignedEnvelope>)> done) {
  if (auto accepted = ports_.accept_introduction(caller.id, introduction); !accepted) {
    return done(std::move(accepted.error()));
  }
  done(ports_.introduction());
}

const std::vector<std::shared_ptr<ServedStream>> Provider::running() const {
  std::vector<std::shared_ptr<ServedStream>> running;
  std::lock_guard lock(mutex_);
  for (const auto& weak : streams_) {
    if (auto strong = weak.lock(); strong && !strong->over()) running.push_back(std::move(strong));
  }
  return running;
}

void Provider::look_again() {
  for (const auto& stream : running()) stream->look_again();
}

void Provider::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (const auto& stream : running()) {
    stream->abort(core::unavailable("SHUTTING_DOWN", "the connector is shutting down",
                                    "resume at the last batch when it is back"));
  }
}

std::size_t Provider::streams() const {
  return running().size();
}

}  // namespace connector::exchange
