// May this caller see this dataset? One function, used by list and by fetch alike, so that what
// can be had and what is shown cannot differ.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "exchange/ports.h"

namespace connector::exchange {

// As configured now.
using Datasets = std::function<std::shared_ptr<const std::vector<DatasetInfo>>()>;

class Visibility {
 public:
  Visibility(core::Connector self, Datasets datasets, const Partners& partners,
             DecisionPoint& decisions, Clock clock)
      : self_(std::move(self)),
        datasets_(std::move(datasets)),
        partners_(partners),
        decisions_(decisions),
        clock_(std::move(clock)) {}

  // Error only when no decision can be had. purpose narrows; empty: for any purpose.
  core::Result<bool> sees(const core::Connector& caller, const DatasetInfo& dataset,
                          const core::Purpose& purpose = {}) const;
  // In the order of their ids.
  core::Result<std::vector<DatasetInfo>> list(const core::Connector& caller,
                                              const core::Purpose& purpose = {}) const;
  // NOT_FOUND alike for a dataset that does not exist and one that the caller may not see.
  core::Result<DatasetInfo> get(const core::Connector& caller, const core::DatasetId& id) const;

  decision::Question question(std::string point, const core::Connector& caller,
                              const DatasetInfo& dataset) const;

 private:
  core::Connector self_;
  Datasets datasets_;
  const Partners& partners_;
  DecisionPoint& decisions_;
  Clock clock_;
};

}  // namespace connector::exchange
