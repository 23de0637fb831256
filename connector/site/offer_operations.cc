#include <algorithm>

#include "contract/registry.h"
#include "opa/offers.h"
#include "site/context.h"
#include "site/policy_options.h"

namespace connector::site {
namespace {

using contract::Offer;
using core::Json;

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push(Json::string(value));
  return list;
}

Json head(const Offer& offer) {
  std::vector<std::string> participants;
  for (const auto& one : offer.participants) participants.push_back(one.str());
  return Json::object()
      .set("offer", Json::string(offer.id))
      .set("title", Json::string(offer.title))
      .set("datasets", texts(offer.datasets))
      .set("participants", texts(participants))
      .set("groups", texts(offer.groups));
}

Json terms(const Offer& offer) {
  Json list = Json::array();
  for (const contract::Finding& finding : contract::assess(offer.policy).findings) {
    list.push(Json::object()
                  .set("path", Json::string(finding.path))
                  .set("term", Json::string(std::string(finding.term->name)))
                  .set("plain", Json::string(finding.plain))
                  .set("label", Json::string(std::string(words(finding.term->enforcer))))
                  .set("executor", Json::string(std::string(finding.term->executor)))
                  .set("fact", Json::string(std::string(words(finding.term->fact)))));
  }
  return list;
}

Json list_of(const std::vector<Offer>& offers) {
  Json list = Json::array();
  for (const Offer& offer : offers) list.push(head(offer));
  return Json::object().set("offers", std::move(list));
}

core::Result<std::vector<Offer>> edited(const Context& context) {
  const Config config = context.config();
  std::vector<std::string> datasets;
  for (const DatasetConfig& one : config.datasets) datasets.push_back(one.info.id.str());
  return opa::offers_edited(config.dir / config.policy, datasets);
}

core::Result<std::vector<Offer>> in_force(const Context& context) {
  return opa::offers_in_force(policy_options(context.config()).dir);
}

core::Result<Json> one(core::Result<std::vector<Offer>> offers, const std::string& id) {
  if (!offers) return std::move(offers.error());
  const auto found = std::find_if(offers->begin(), offers->end(),
                                  [&](const Offer& offer) { return offer.id == id; });
  if (found == offers->end()) {
    return core::Error{
        core::Code::kNotFound,
        "OFFER_NOT_FOUND",
        "no offer '" + id + "'",
        "connector offer list; an edited one is in force after connector policy publish",
        {}};
  }
  return head(*found).set("terms", terms(*found));
}

}  // namespace

void add_offer_operations(const Context& context, admin::Operations& operations) {
  operations["offer.list"] = [context](const admin::Call&) -> core::Result<Json> {
    auto offers = in_force(context);
    if (!offers) return std::move(offers.error());
    return list_of(*offers);
  };
  operations["offer.check"] = [context](const admin::Call&) -> core::Result<Json> {
    auto offers = edited(context);
    if (!offers) return std::move(offers.error());
    return list_of(*offers);
  };
  operations["offer.show"] = [context](const admin::Call& call) {
    return one(in_force(context), call.args.text_at("offer"));
  };
  // Of the edited files: what an admin wants to read before publishing.
  operations["offer.explain"] = [context](const admin::Call& call) {
    return one(edited(context), call.args.text_at("offer"));
  };
}

}  // namespace connector::site
