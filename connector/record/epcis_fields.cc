#include "record/epcis_fields.h"

#include <algorithm>
#include <vector>

namespace connector::record {
namespace {

using Names = std::vector<std::string_view>;

bool lists(const Names& names, std::string_view member) {
  return std::find(names.begin(), names.end(), member) != names.end();
}

// What events of every type may have.
const Names& common_members() {
  static const Names kCommon = {"eventTime",       "recordTime",         "eventTimeZoneOffset",
                                "eventID",         "errorDeclaration",   "certificationInfo",
                                "bizStep",         "disposition",        "readPoint",
                                "bizLocation",     "bizTransactionList", "sourceList",
                                "destinationList", "sensorElementList",  "persistentDisposition"};
  return kCommon;
}

// What only some types have.
const Names& own_members(pb::EventType type) {
  static const Names kObject = {"action", "epcList", "quantityList", "ilmd"};
  static const Names kTransaction = {"action", "parentID", "epcList", "quantityList"};
  static const Names kOfParent = {"action", "parentID", "childEPCs", "childQuantityList"};
  static const Names kTransformation = {"inputEPCList",       "inputQuantityList", "outputEPCList",
                                        "outputQuantityList", "transformationID",  "ilmd"};
  static const Names kNone;
  switch (type) {
    case pb::EVENT_TYPE_OBJECT:
      return kObject;
    case pb::EVENT_TYPE_TRANSACTION:
      return kTransaction;
    case pb::EVENT_TYPE_AGGREGATION:
    case pb::EVENT_TYPE_ASSOCIATION:
      return kOfParent;
    case pb::EVENT_TYPE_TRANSFORMATION:
      return kTransformation;
    default:
      return kNone;
  }
}

}  // namespace

bool event_may_have(pb::EventType type, std::string_view member) {
  return type != pb::EVENT_TYPE_UNSPECIFIED &&
         (lists(common_members(), member) || lists(own_members(type), member));
}

const std::vector<std::string_view>& event_must_have(pb::EventType type) {
  static const Names kCommon = {"eventTime", "eventTimeZoneOffset"};
  static const Names kWithAction = {"eventTime", "eventTimeZoneOffset", "action"};
  static const Names kTransaction = {"eventTime", "eventTimeZoneOffset", "action",
                                     "bizTransactionList"};
  static const Names kAssociation = {"eventTime", "eventTimeZoneOffset", "action", "parentID"};
  switch (type) {
    case pb::EVENT_TYPE_TRANSFORMATION:
      return kCommon;
    case pb::EVENT_TYPE_TRANSACTION:
      return kTransaction;
    case pb::EVENT_TYPE_ASSOCIATION:
      return kAssociation;
    default:
      return kWithAction;
  }
}

Lack event_lacks(const pb::Event& event) {
  const bool items = event.items_size() + event.item_quantities_size() > 0;
  const bool inputs = event.inputs_size() + event.input_quantities_size() > 0;
  const bool outputs = event.outputs_size() + event.output_quantities_size() > 0;
  const pb::EventType type = event.type();
  if (type == pb::EVENT_TYPE_OBJECT && !items && event.sensors_size() == 0) {
    return {"epcList", "is missing, and so are quantityList and sensorElementList"};
  }
  if (type == pb::EVENT_TYPE_AGGREGATION && !event.has_parent() &&
      event.action() != pb::ACTION_OBSERVE) {
    return {"parentID", "is missing"};
  }
  if (type == pb::EVENT_TYPE_TRANSFORMATION && !(inputs && outputs) &&
      !event.has_transformation_id()) {
    return {inputs ? "outputEPCList" : "inputEPCList",
            "is missing, and there is no transformationID"};
  }
  return {};
}

pb::EventType event_type(std::string_view name) {
  if (name.rfind("epcis:", 0) == 0) name.remove_prefix(6);
  if (name == "ObjectEvent") return pb::EVENT_TYPE_OBJECT;
  if (name == "AggregationEvent") return pb::EVENT_TYPE_AGGREGATION;
  if (name == "TransactionEvent") return pb::EVENT_TYPE_TRANSACTION;
  if (name == "TransformationEvent") return pb::EVENT_TYPE_TRANSFORMATION;
  if (name == "AssociationEvent") return pb::EVENT_TYPE_ASSOCIATION;
  return pb::EVENT_TYPE_UNSPECIFIED;
}

}  // namespace connector::record
