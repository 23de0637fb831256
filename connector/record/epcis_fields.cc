#include "record/epcis_fields.h"

#include <algorithm>
#include <array>
#include <vector>

namespace connector::record {
namespace {

using Names = std::vector<std::string_view>;

// In the order of the XML schema (EPCglobal-epcis-2_0.xsd); 1.2 keeps it, extensions unfolded.
const Names& members_of(pb::EventType type) {
  static const Names kObject = {"eventTime",
                                "recordTime",
                                "eventTimeZoneOffset",
                                "eventID",
                                "errorDeclaration",
                                "certificationInfo",
                                "epcList",
                                "action",
                                "bizStep",
                                "disposition",
                                "readPoint",
                                "bizLocation",
                                "bizTransactionList",
                                "quantityList",
                                "sourceList",
                                "destinationList",
                                "sensorElementList",
                                "persistentDisposition",
                                "ilmd"};
  static const Names kAggregation = {"eventTime",
                                     "recordTime",
                                     "eventTimeZoneOffset",
                                     "eventID",
                                     "errorDeclaration",
                                     "certificationInfo",
                                     "parentID",
                                     "childEPCs",
                                     "action",
                                     "bizStep",
                                     "disposition",
                                     "readPoint",
                                     "bizLocation",
                                     "bizTransactionList",
                                     "childQuantityList",
                                     "sourceList",
                                     "destinationList",
                                     "sensorElementList",
                                     "persistentDisposition"};
  static const Names kTransaction = {"eventTime",
                                     "recordTime",
                                     "eventTimeZoneOffset",
                                     "eventID",
                                     "errorDeclaration",
                                     "certificationInfo",
                                     "bizTransactionList",
                                     "parentID",
                                     "epcList",
                                     "action",
                                     "bizStep",
                                     "disposition",
                                     "readPoint",
                                     "bizLocation",
                                     "quantityList",
                                     "sourceList",
                                     "destinationList",
                                     "sensorElementList",
                                     "persistentDisposition"};
  static const Names kTransformation = {"eventTime",
                                        "recordTime",
                                        "eventTimeZoneOffset",
                                        "eventID",
                                        "errorDeclaration",
                                        "certificationInfo",
                                        "inputEPCList",
                                        "inputQuantityList",
                                        "outputEPCList",
                                        "outputQuantityList",
                                        "transformationID",
                                        "bizStep",
                                        "disposition",
                                        "readPoint",
                                        "bizLocation",
                                        "bizTransactionList",
                                        "sourceList",
                                        "destinationList",
                                        "ilmd",
                                        "sensorElementList",
                                        "persistentDisposition"};
  static const Names kAssociation = {"eventTime",
                                     "recordTime",
                                     "eventTimeZoneOffset",
                                     "eventID",
                                     "errorDeclaration",
                                     "certificationInfo",
                                     "parentID",
                                     "childEPCs",
                                     "childQuantityList",
                                     "action",
                                     "bizStep",
                                     "disposition",
                                     "readPoint",
                                     "bizLocation",
                                     "bizTransactionList",
                                     "sourceList",
                                     "destinationList",
                                     "sensorElementList",
                                     "persistentDisposition"};
  static const Names kNone;
  switch (type) {
    case pb::EVENT_TYPE_OBJECT:
      return kObject;
    case pb::EVENT_TYPE_AGGREGATION:
      return kAggregation;
    case pb::EVENT_TYPE_TRANSACTION:
      return kTransaction;
    case pb::EVENT_TYPE_TRANSFORMATION:
      return kTransformation;
    case pb::EVENT_TYPE_ASSOCIATION:
      return kAssociation;
    default:
      return kNone;
  }
}

}  // namespace

bool event_may_have(pb::EventType type, std::string_view member) {
  const Names& names = members_of(type);
  return std::find(names.begin(), names.end(), member) != names.end();
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
