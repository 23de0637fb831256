#include "opa/client.h"

#include <httplib.h>
#include <signal.h>
#include <sys/socket.h>

#include <optional>

#include "core/limits.h"

namespace connector::opa {
namespace {

using Time = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace limits = core::limits;

core::Error unavailable(const std::string& cause) {
  return core::unavailable("POLICY_UNAVAILABLE", "OPA gave no answer: " + cause,
                           "try again shortly");
}

const char* name_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "nobody listens on its socket";
    case httplib::Error::Read:
      return "it did not answer, or not in full";
    case httplib::Error::Write:
      return "it took no question";
    case httplib::Error::Canceled:
      return "its answer is too large";
    default:
      return "the connection failed";
  }
}

// What one attempt brought.
struct Attempt {
  std::optional<Answer> answer;
  httplib::Error error = httplib::Error::Unknown;
  bool reused = false;   // the connection had been open before
  bool started = false;  // a part of the answer had come
};

}  // namespace

struct Client::Slot {
  explicit Slot(const std::string& socket) : client(socket, 80) {
    client.set_address_family(AF_UNIX);
    client.set_keep_alive(true);
    client.set_decompress(false);
  }
  Attempt attempt(const Request& request, Deadline until);

  httplib::Client client;
  bool taken = false;           // guarded by the pool's mutex
  std::optional<Deadline> end;  // guarded by the pool's mutex; set while a request is under way
};

Attempt Client::Slot::attempt(const Request& request, Deadline until) {
  Attempt made;
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - Time::now());
  if (left <= 0us) {
    made.error = httplib::Error::Read;
    return made;
  }
  client.set_connection_timeout(left);
  client.set_read_timeout(left);
  client.set_write_timeout(left);
  made.reused = client.is_socket_open() != 0;
  httplib::Request sent;
  sent.method = request.method;
  sent.path = request.path;
  sent.headers = {{"Host", "localhost"},  // this library would send the socket's path
                  {"Accept", request.accept},
                  {"Content-Type", "application/json"}};
  sent.body = request.body;
  std::string body;
  bool whole = true;
  sent.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    made.started = true;
    whole = body.size() + size <= limits::kDecisionBytes && Time::now() < until;
    if (whole) body.append(data, size);
    return whole;
  };
  httplib::Response response;
  if (client.send(sent, response, made.error) && whole) {
    made.answer = Answer{response.status, std::move(body)};
  }
  return made;
}

Client::Client(std::string socket, std::size_t connections) : socket_(std::move(socket)) {
  ::signal(SIGPIPE, SIG_IGN);  // a server may do so; a client of this library has to
  for (std::size_t i = 0; i < connections; ++i) slots_.push_back(std::make_unique<Slot>(socket_));
  watchdog_ = std::thread([this] { watch(); });
}

Client::~Client() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  watchdog_.join();
}

core::Result<Answer> Client::ask(const Request& request, Deadline deadline) {
  Slot* slot = take(deadline);
  if (!slot) return unavailable("all connections are busy");
  Attempt made;
  try {
    made = slot->attempt(request, deadline);
    const bool dead = made.error == httplib::Error::Read || made.error == httplib::Error::Write;
    if (!made.answer && made.reused && !made.started && dead && Time::now() < deadline) {
      made = slot->attempt(request, deadline);
    }
  } catch (const std::exception&) {
    made.answer.reset();
  }
  give_back(slot);
  if (made.answer) return std::move(*made.answer);
  return unavailable(Time::now() >= deadline ? "its time is over" : name_of(made.error));
}

Client::Slot* Client::take(Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    for (auto& slot : slots_) {
      if (slot->taken) continue;
      slot->taken = true;
      slot->end = deadline;
      changed_.notify_all();
      return slot.get();
    }
    if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) return nullptr;
  }
}

void Client::give_back(Slot* slot) {
  {
    std::lock_guard lock(mutex_);
    slot->taken = false;
    slot->end.reset();
  }
  changed_.notify_all();
}

// A timeout of the library is per read: an answer that comes drop by drop never meets it.
void Client::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::optional<Deadline> first;
    const auto now = Time::now();
    for (auto& slot : slots_) {
      if (!slot->end) continue;
      if (*slot->end <= now) {
        slot->client.stop();    // shuts the socket; the request ends with an error
        slot->end = now + 5ms;  // once more, should it have been about to connect
      }
      if (!first || *slot->end < *first) first = slot->end;
    }
    if (first) {
      changed_.wait_until(lock, *first);
    } else {
      changed_.wait(lock);
    }
  }
}

}  // namespace connector::opa
