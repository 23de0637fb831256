#include "record/epcis_event.h"

#include <algorithm>

#include "core/text.h"
#include "record/build.h"
#include "record/cbv.h"
#include "record/epcis_fields.h"
#include "record/epcis_sensor.h"
#include "record/identifier.h"
#include "record/unit.h"

namespace connector::record {
namespace {

using core::Json;

std::string at(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index + 1) + "]";
}

bool is_list_of_texts(const Json& value) {
  return value.is_array() && !value.items().empty() &&
         std::all_of(value.items().begin(), value.items().end(),
                     [](const Json& one) { return one.is_string(); });
}

// Builds one event; the first problem ends it.
class Builder {
 public:
  Builder(const Json& json, const EventRules& rules) : json_(json), rules_(rules) {}

  core::Result<BuiltEvent> build() {
    if (flattened_bytes(json_) > 2 * core::limits::kRecordBytes) return too_large();
    const std::string type = event_type_name(json_);
    event().set_type(event_type(type));
    if (event().type() == pb::EVENT_TYPE_UNSPECIFIED) {
      return problem("type", type.empty() ? "is missing" : "'" + type + "' is no EPCIS event type");
    }
    for (const std::string_view member : event_must_have(event().type())) {
      if (!json_.find(member)) return problem(std::string(member), "is missing");
    }
    for (const auto& [name, value] : json_.members()) {
      if (auto read = member(name, value); !read) return std::move(read.error());
    }
    if (const auto missing = event_lacks(event()); !missing.member.empty()) {
      return problem(missing.member, missing.cause);
    }
    if (event().ByteSizeLong() > core::limits::kRecordBytes) return too_large();
    sort_by_name(*event().mutable_ilmd());
    sort_by_name(*event().mutable_extensions());
    return std::move(built_);
  }

 private:
  pb::Event& event() { return built_.event; }

  core::Error problem(const std::string& path, const std::string& cause) const {
    core::Error error = core::invalid("DOCUMENT_REFUSED", path + " " + cause);
    error.metadata["path"] = path;
    return error;
  }
  static core::Error too_large() {
    return core::invalid("DOCUMENT_REFUSED", "the event gives a record of more than " +
                                                 std::to_string(core::limits::kRecordBytes) +
                                                 " bytes; split it");
  }
  core::Error unknown(const std::string& path) const {
    return problem(path, "is unknown, and no namespace or context defines it");
  }
  void flag(const std::string& what) { built_.flags.push_back(what); }

  core::Status text(const Json& value, const std::string& path, std::string& out) {
    if (!value.is_string() || core::trim(value.text()).empty()) {
      return problem(path, "must be a text");
    }
    out = value.text();
    return core::ok();
  }

  core::Status member(const std::string& name, const Json& value) {
    if (name == "type" || name == "isA" || name == "@type" || name == "@context" ||
        name.rfind("_comment", 0) == 0) {
      return core::ok();
    }
    if (event_may_have(event().type(), name)) return known(name, value);
    if (name.find(':') != std::string::npos) {
      add_extension(*event().mutable_extensions(), name, value);
      return core::ok();
    }
    return undefined(name, value, *event().mutable_extensions());
  }

  // A bare name that EPCIS does not have.
  core::Status undefined(const std::string& path, const Json& value,
                         google::protobuf::RepeatedPtrField<pb::Property>& list) {
    if (!rules_.lenient && !rules_.other_contexts) return unknown(path);
    flag("undefined-term:" + path);
    add_extension(list, path, value);
    return core::ok();
  }

  core::Status known(const std::string& name, const Json& value) {
    if (name == "eventTime") return time(value, name, *event().mutable_event_time());
    if (name == "recordTime") return time(value, name, *event().mutable_record_time());
    if (name == "eventTimeZoneOffset") return offset(value);
    if (name == "eventID") return text(value, name, *event().mutable_event_id());
    if (name == "action") return action(value);
    if (name == "transformationID") return text(value, name, *event().mutable_transformation_id());
    if (name == "bizStep" || name == "disposition") return word(name, value);
    if (name == "readPoint") return place(value, name, *event().mutable_read_point());
    if (name == "bizLocation") return place(value, name, *event().mutable_biz_location());
    if (name == "parentID") return parent(value);
    if (name == "persistentDisposition") return persistent(value);
    if (name == "errorDeclaration") return error_declaration(value);
    if (name == "certificationInfo") return certification(value);
    if (name == "ilmd") return ilmd(value);
    if (name == "sensorElementList") return sensors(value);
    return list(name, value);
  }

  core::Status list(const std::string& name, const Json& value) {
    if (!value.is_array()) return problem(name, "must be a list");
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const Json& one = value.items()[i];
      auto read = name == "bizTransactionList" ? typed(one, at(name, i), "bizTransaction")
                  : name == "sourceList"       ? typed(one, at(name, i), "source")
                  : name == "destinationList"  ? typed(one, at(name, i), "destination")
                  : name.find("uantityList") != std::string::npos ? quantity(name, one, at(name, i))
                                                                  : epc(name, one, at(name, i));
      if (!read) return read;
    }
    return core::ok();
  }

  core::Status time(const Json& value, const std::string& path, pb::Instant& out) {
    auto instant = core::parse_instant(value.text());
    if (!value.is_string() || !instant || instant->date_only) {
      return problem(path, "'" + value.text() + "' is no date and time as in 2026-01-31T08:00:00Z");
    }
    set_instant(out, *instant);
    return core::ok();
  }

  core::Status offset(const Json& value) {
    if (!value.is_string() || !core::parse_offset(value.text())) {
      return problem("eventTimeZoneOffset", "'" + value.text() + "' is no offset such as +02:00");
    }
    event().set_event_time_zone_offset(value.text());
    return core::ok();
  }

  core::Status action(const Json& value) {
    pb::Action action = pb::ACTION_UNSPECIFIED;
    if (!pb::Action_Parse("ACTION_" + value.text(), &action) || action == pb::ACTION_UNSPECIFIED) {
      return problem("action", "'" + value.text() + "' is none of ADD, OBSERVE, DELETE");
    }
    event().set_action(action);
    return core::ok();
  }

  core::Status checked(const cbv::Word& word, const std::string& path, const std::string& raw) {
    if (word.standard || (word.uri && !word.misplaced)) return core::ok();
    if (!rules_.lenient && !word.uri) {
      return problem(path, "'" + raw + "' is no word of the Core Business Vocabulary and no URI");
    }
    flag("vocabulary:" + path);
    return core::ok();
  }

  core::Status word(const std::string& name, const Json& value) {
    std::string raw;
    if (auto read = text(value, name, raw); !read) return read;
    const bool step = name == "bizStep";
    const auto word = cbv::read(step ? cbv::List::kBizStep : cbv::List::kDisposition, raw);
    if (step) {
      event().set_biz_step(word.value);
      event().set_biz_step_raw(raw);
    } else {
      event().set_disposition(word.value);
      event().set_disposition_raw(raw);
    }
    return checked(word, name, raw);
  }

  void identified(const std::string& raw, const std::string& path, pb::Identifier& out) {
    out = identifier_from_uri(raw);
    if (!out.valid()) flag("invalid-identifier:" + path);
  }

  core::Status place(const Json& value, const std::string& path, pb::Identifier& out) {
    std::string raw;
    const Json* id = value.is_object() ? value.find("id") : &value;
    if (!id) return problem(path + "/id", "is missing");
    if (auto read = text(*id, path + "/id", raw); !read) return read;
    identified(raw, path, out);
    for (const auto& [name, extra] : value.members()) {
      if (name.find(':') != std::string::npos) {
        add_extension(*event().mutable_extensions(), path + "." + name, extra);
      }
    }
    return core::ok();
  }

  core::Status item(const Json& value, const std::string& path, pb::ItemRef& out) {
    std::string raw;
    if (auto read = text(value, path, raw); !read) return read;
    out = item_from_epc(raw);
    if (!out.ids(0).valid()) flag("invalid-identifier:" + path);
    return core::ok();
  }

  core::Status parent(const Json& value) {
    return item(value, "parentID", *event().mutable_parent());
  }

  core::Status epc(const std::string& name, const Json& value, const std::string& path) {
    auto& list = name == "inputEPCList"    ? *event().mutable_inputs()
                 : name == "outputEPCList" ? *event().mutable_outputs()
                                           : *event().mutable_items();
    return item(value, path, *list.Add());
  }

  core::Status quantity(const std::string& name, const Json& value, const std::string& path) {
    auto& list = name == "inputQuantityList"    ? *event().mutable_input_quantities()
                 : name == "outputQuantityList" ? *event().mutable_output_quantities()
                                                : *event().mutable_item_quantities();
    const Json* epc_class = value.find("epcClass");
    if (!epc_class) return problem(path + "/epcClass", "is missing");
    pb::ItemRef& ref = *list.Add();
    if (auto read = item(*epc_class, path + "/epcClass", ref); !read) return read;
    // Any URI may name a class of things.
    if (ref.ids(0).scheme() == "uri") ref.set_level(pb::ITEM_LEVEL_MODEL);
    for (const auto& [member, one] : value.members()) {
      if (member == "epcClass") continue;
      if (member == "quantity") {
        auto set = set_decimal(*ref.mutable_quantity()->mutable_value(), one.text());
        if (!set) return problem(path + "/quantity", "'" + one.text() + "' is no number");
      } else if (member == "uom") {
        if (!set_unit(*ref.mutable_quantity(), one.text())) flag("unknown-unit:" + path + "/uom");
      } else if (member.find(':') != std::string::npos) {
        add_extension(*event().mutable_extensions(), path + "." + member, one);
      } else if (auto kept = undefined(path + "/" + member, one, *event().mutable_extensions());
                 !kept) {
        return kept;
      }
    }
    return core::ok();
  }

  core::Status typed(const Json& value, const std::string& path, const char* key) {
    const bool transaction = std::string_view(key) == "bizTransaction";
    auto& list = transaction                         ? *event().mutable_biz_transactions()
                 : std::string_view(key) == "source" ? *event().mutable_sources()
                                                     : *event().mutable_destinations();
    std::string raw;
    const Json* id = value.find(key);
    if (!id) return problem(path + "/" + key, "is missing");
    if (auto read = text(*id, path + "/" + key, raw); !read) return read;
    pb::TypedId& out = *list.Add();
    identified(raw, path + "/" + key, *out.mutable_id());
    const Json* type = value.find("type");
    if (!type) {
      return transaction ? core::ok() : core::Status(problem(path + "/type", "is missing"));
    }
    const auto word = cbv::read(
        transaction ? cbv::List::kBizTransaction : cbv::List::kSourceDestination, type->text());
    out.set_type(word.value);
    out.set_type_raw(type->text());
    return checked(word, path + "/type", type->text());
  }

  core::Status persistent(const Json& value) {
    for (const char* key : {"set", "unset"}) {
      const Json* one = value.find(key);
      if (!one) continue;
      const auto add = [&](const Json& raw) {
        const auto word = cbv::read(cbv::List::kDisposition, raw.text());
        *(std::string_view(key) == "set" ? event().add_persistent_set()
                                         : event().add_persistent_unset()) = word.value;
        return checked(word, std::string("persistentDisposition/") + key, raw.text());
      };
      if (!one->is_array()) {
        if (auto added = add(*one); !added) return added;
      }
      for (const Json& raw : one->items()) {
        if (auto added = add(raw); !added) return added;
      }
    }
    return core::ok();
  }

  core::Status error_declaration(const Json& value) {
    pb::ErrorDeclaration& out = *event().mutable_error_declaration();
    const Json* declared = value.find("declarationTime");
    if (!declared) return problem("errorDeclaration/declarationTime", "is missing");
    if (auto read = time(*declared, "errorDeclaration/declarationTime", *out.mutable_declared());
        !read) {
      return read;
    }
    if (const Json* reason = value.find("reason")) {
      const auto word = cbv::read(cbv::List::kErrorReason, reason->text());
      out.set_reason(word.value);
      if (auto good = checked(word, "errorDeclaration/reason", reason->text()); !good) return good;
    }
    if (const Json* ids = value.find("correctiveEventIDs")) {
      if (!ids->is_array()) return problem("errorDeclaration/correctiveEventIDs", "must be a list");
      for (std::size_t i = 0; i < ids->items().size(); ++i) {
        const std::string path = at("errorDeclaration/correctiveEventIDs", i);
        if (auto read = text(ids->items()[i], path, *out.add_corrective_event_ids()); !read) {
          return read;
        }
      }
    }
    for (const auto& [name, extra] : value.members()) {
      if (name.find(':') != std::string::npos) {
        add_extension(*event().mutable_extensions(), "errorDeclaration." + name, extra);
      }
    }
    return core::ok();
  }

  // A link, or details of the certificate whose dates must be dates.
  core::Status certification(const Json& value) {
    if (value.is_string()) {
      event().set_certification_info(value.text());
      return core::ok();
    }
    if (is_list_of_texts(value)) {
      std::string all;
      for (const Json& one : value.items()) all += (all.empty() ? "" : " ") + one.text();
      event().set_certification_info(all);
      return core::ok();
    }
    pb::Event flat;
    add_extension(*flat.mutable_extensions(), "certificationInfo", value);
    for (const pb::Property& property : flat.extensions()) {
      const bool dated = property.name().size() > 4 &&
                         (property.name().rfind("Date") == property.name().size() - 4);
      if (dated && !core::parse_instant(property.value())) {
        return problem(property.name(), "'" + property.value() + "' is no date");
      }
    }
    event().mutable_extensions()->MergeFrom(flat.extensions());
    event().set_certification_info(core::to_text(value));
    return core::ok();
  }

  core::Status ilmd(const Json& value) {
    if (!value.is_object()) return problem("ilmd", "must be an object");
    for (const auto& [name, one] : value.members()) {
      if (name.find(':') != std::string::npos) {
        add_extension(*event().mutable_ilmd(), name, one);
      } else if (name.rfind("_comment", 0) != 0) {
        if (auto kept = undefined("ilmd/" + name, one, *event().mutable_ilmd()); !kept) return kept;
      }
    }
    return core::ok();
  }

  core::Status sensors(const Json& value) {
    if (!value.is_array()) return problem("sensorElementList", "must be a list");
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const std::string path = at("sensorElementList", i);
      pb::SensorElement& sensor = *event().add_sensors();
      auto undefined = read_sensor(value.items()[i], sensor);
      if (!undefined) {
        return problem(path + "/" + undefined.error().metadata["path"], undefined.error().message);
      }
      for (const std::string& name : *undefined) {
        if (!rules_.lenient && !rules_.other_contexts) return unknown(path + "/" + name);
        flag("undefined-term:" + path + "/" + name);
      }
    }
    return core::ok();
  }

  const Json& json_;
  const EventRules rules_;
  BuiltEvent built_;
};

}  // namespace

std::string event_type_name(const Json& json) {
  for (const char* key : {"type", "isA", "@type"}) {
    if (const Json* type = json.find(key); type && type->is_string()) return type->text();
  }
  return {};
}

core::Result<BuiltEvent> build_event(const Json& json, const EventRules& rules) {
  return Builder(json, rules).build();
}

}  // namespace connector::record
