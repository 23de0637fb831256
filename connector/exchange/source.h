// Where documents come from by themselves: a drop folder now, a database or an HTTP service later.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::exchange {

// What became of a document that a source handed over.
struct Verdict {
  enum class Kind {
    kTaken,    // it is in the store, durably; or was there already
    kRefused,  // it never will be; reason says why
    kLater,    // not now (disk full ...): hand it over again
  } kind = Kind::kLater;
  std::string reason;
};

// Called by one thread of the source; blocks until the verdict is durable.
using Take = std::function<Verdict(const std::string& name, std::string_view bytes)>;

class Source {
 public:
  virtual ~Source() = default;  // stops
  // Hands over what waits already, then whatever comes. Returns at once.
  virtual core::Status start(Take take) = 0;
};

}  // namespace connector::exchange
