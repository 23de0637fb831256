// The few socket calls of the door.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/result.h"

namespace connector::edge {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void close();

 private:
  int number_;
};

// "127.0.0.1:7443", "[::1]:7443": an address, no name.
core::Result<Descriptor> listen_at(const std::string& where);
std::uint16_t port_of(const Descriptor& socket);

struct Accepted {
  Descriptor socket;    // not valid: see problem
  std::string address;  // what limits per address count: IPv4, or the /64 of IPv6
  int problem = 0;      // errno
};
Accepted accept_one(const Descriptor& listener);
// Finds dead peers within two minutes and sends without delay.
void tune(const Descriptor& socket);

struct Pair {
  Descriptor ours;
  Descriptor theirs;
};
// Our end has this abstract name, which the other end sees as its peer's.
core::Result<Pair> named_pair(const std::string& name);

// How many connections of three descriptors each the process may have, keeping some in reserve.
std::size_t connections_possible();

}  // namespace connector::edge
