// Stands between the connector and a real OPA on a Unix socket, and spoils what passes.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace connector::testing {

class FaultProxy {
 public:
  // From OPA's whole answer (head and body) to the bytes that are sent in its place.
  using Edit = std::function<std::string(const std::string& head, const std::string& body)>;
  enum class Fault { kNone, kHang, kDrip, kClose, kTruncate, kEndless, kEdit };

  FaultProxy(std::filesystem::path listen, std::filesystem::path real);
  ~FaultProxy();

  // only: part of the request line that the fault applies to; empty: every request.
  void set(Fault fault, std::string only = {}, Edit edit = {});
  int requests() const { return requests_; }

 private:
  void accept_all();
  void serve(int connection);
  std::string ask_real(const std::string& request) const;

  const std::filesystem::path real_;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::mutex mutex_;
  Fault fault_ = Fault::kNone;        // guarded by mutex_
  std::string only_;                  // guarded by mutex_
  Edit edit_;                         // guarded by mutex_
  std::vector<std::thread> threads_;  // of the acceptor's thread alone
  std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with this body.
std::string http_answer(const std::string& body, const std::string& status = "200 OK");

}  // namespace connector::testing
