#include "exchange/use.h"

#include <algorithm>

#include "core/limits.h"
#include "evidence/log_entry.h"
#include "exchange/commit.h"
#include "exchange/use_session.h"
#include "exchange/vault_intake.h"

namespace connector::exchange {

std::shared_ptr<std::mutex> Use::turn_of(const std::string& agreement) {
  const std::lock_guard lock(mutex_);
  auto& turn = turns_[agreement];
  if (!turn) turn = std::make_shared<std::mutex>();
  return turn;
}

core::Result<UseSummary> Use::run(const UseRequest& request,
                                  const std::function<bool(const UsedRecord&)>& give) {
  auto kept = ports_.agreement(request.agreement);
  if (!kept) return std::move(kept.error());
  if (!*kept || (*kept)->role != contract::Role::kConsumer) {
    return core::Error{core::Code::kNotFound,
                       "AGREEMENT_NOT_FOUND",
                       "we are the consumer of no agreement '" + request.agreement + "'",
                       "see: connector agreement list",
                       {}};
  }
  UseSession session(ports_, request, *std::move(*kept));
  const auto turn = turn_of(request.agreement);
  if (auto granted = session.grant(*turn); !granted) return session.refuse(granted.error());
  return session.give(give);
}

}  // namespace connector::exchange
