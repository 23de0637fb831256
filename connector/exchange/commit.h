// Waiting for a commit.
#pragma once

#include <future>
#include <memory>

#include "exchange/log.h"

namespace connector::exchange {

// Blocks until it is durable. Never on the committer's thread.
inline core::Status commit_now(Log& log, Commit commit) {
  // Shared: the committer may still be inside set_value when get returns.
  auto promise = std::make_shared<std::promise<core::Status>>();
  auto future = promise->get_future();
  log.append(std::move(commit), [promise](core::Result<LogSpan> span) {
    promise->set_value(span ? core::ok() : core::Status(std::move(span.error())));
  });
  return future.get();
}

}  // namespace connector::exchange
