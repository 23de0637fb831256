#include "exchange/visibility.h"

#include <algorithm>

namespace connector::exchange {

decision::Question Visibility::question(std::string point, const core::Connector& caller,
                                        const DatasetInfo& dataset) const {
  decision::Question question;
  question.point = std::move(point);
  question.caller = caller;
  question.self = self_;
  question.dataset = dataset.id;
  question.dataset_labels = dataset.labels;
  question.kinds = dataset.kinds;
  question.party_ids = partners_.party_ids(caller.participant);
  question.now_s = clock_() / 1'000'000'000;
  return question;
}

core::Result<bool> Visibility::sees(const core::Connector& caller, const DatasetInfo& dataset,
                                    const core::Purpose& purpose) const {
  decision::Question asked = question("list", caller, dataset);
  asked.purpose = purpose;
  auto decided = decisions_.decide(asked);
  if (!decided) return std::move(decided.error());
  return (*decided)->allow;
}

core::Result<std::vector<DatasetInfo>> Visibility::list(const core::Connector& caller,
                                                        const core::Purpose& purpose) const {
  std::vector<DatasetInfo> seen;
  const auto datasets = datasets_();
  for (const DatasetInfo& dataset : *datasets) {
    auto visible = sees(caller, dataset, purpose);
    if (!visible) return std::move(visible.error());
    if (*visible) seen.push_back(dataset);
  }
  std::sort(seen.begin(), seen.end(),
            [](const DatasetInfo& a, const DatasetInfo& b) { return a.id < b.id; });
  return seen;
}

core::Result<DatasetInfo> Visibility::get(const core::Connector& caller,
                                          const core::DatasetId& id) const {
  DatasetInfo wanted;
  wanted.id = id;
  const auto datasets = datasets_();
  const auto found = std::find_if(datasets->begin(), datasets->end(),
                                  [&](const DatasetInfo& dataset) { return dataset.id == id; });
  const bool exists = found != datasets->end();
  if (exists) wanted = *found;
  // Decided for a dataset that does not exist as well: neither the time it takes nor an outage
  // of the policy may tell the two apart.
  auto visible = sees(caller, wanted);
  if (!visible) return std::move(visible.error());
  if (exists && *visible) return wanted;
  return core::Error{
      core::Code::kNotFound,
      "DATASET_NOT_FOUND",
      "dataset '" + id.str() + "' does not exist or is not visible to " + caller.str(),
      "list the datasets that you may see",
      {}};
}

}  // namespace connector::exchange
