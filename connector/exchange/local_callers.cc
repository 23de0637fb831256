#include "exchange/local_callers.h"

#include <algorithm>

namespace connector::exchange {
namespace {

bool is(const Application& application, const LocalCaller& caller) {
  const auto has = [](const auto& list, std::int64_t id) {
    return std::any_of(list.begin(), list.end(), [&](std::uint32_t one) { return one == id; });
  };
  return has(application.uids, caller.uid) ||
         std::any_of(caller.gids.begin(), caller.gids.end(),
                     [&](std::uint32_t gid) { return has(application.gids, gid); });
}

}  // namespace

core::Result<Application> application_of(const std::vector<Application>& all,
                                         const LocalCaller& caller, const std::string& name) {
  std::vector<const Application*> found;
  std::string names;
  for (const Application& one : all) {
    if (!is(one, caller)) continue;
    names += (names.empty() ? "" : ", ") + one.name;
    if (name.empty() || one.name == name) found.push_back(&one);
  }
  if (found.size() == 1) return *found.front();
  const std::string who = "user " + std::to_string(caller.uid);
  if (names.empty()) {
    return core::denied("APPLICATION_UNKNOWN", who + " is none of the applications under 'apps'",
                        "name it in connector.yaml, then: connector reload");
  }
  return core::denied("APPLICATION_UNKNOWN",
                      found.empty() ? who + " may not act as application '" + name + "'"
                                    : who + " may act as several applications: name one",
                      "it may act as: " + names);
}

}  // namespace connector::exchange
