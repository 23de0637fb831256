#include "record/qif_tolerance.h"

#include <utility>

#include "record/qif_fits.h"

namespace connector::record {
namespace {

bool is_true(const std::string& word) {
  return word == "true" || word == "1";
}

bool is_millimetre(const std::string& unit) {
  return unit == "mm" || unit == "millimeter" || unit == "millimetre";
}

// Fills one QifTolerance; unit is that of the nominal value, once there is one.
class Reading {
 public:
  Reading(const Xml& xml, const QifNodes& shared, std::string unit)
      : xml_(xml), shared_(shared), file_unit_(unit) {
    out_.unit = std::move(unit);
  }

  core::Status nominal(pugi::xml_node target) {
    auto value = qif_decimal(xml_, target);
    if (!value) return std::move(value.error());
    out_.unit = unit_of(target);
    out_.values.mutable_nominal()->set_text(value->text());
    nominal_ = std::move(*value);
    return core::ok();
  }

  core::Status zone(pugi::xml_node width) {
    auto value = qif_decimal(xml_, width);
    if (!value) return std::move(value.error());
    out_.unit = unit_of(width);
    out_.values.mutable_zone()->set_text(value->text());
    return core::ok();
  }

  // Limits are absolute, or offsets to the nominal value (DefinedAsLimit false).
  core::Status limits(pugi::xml_node tolerance) {
    const auto values = values_of(tolerance);
    std::string as_limit = child_text(tolerance, "DefinedAsLimit");
    if (as_limit.empty()) as_limit = child_text(values, "DefinedAsLimit");
    const bool absolute = is_true(as_limit);
    const auto max = child(values, "MaxValue");
    const auto min = child(values, "MinValue");
    for (const auto& [node, upper] : {std::pair{max, true}, {min, false}}) {
      if (auto read = limit(node, upper, absolute); !read) return read;
    }
    out_.unread = !out_.values.has_upper() && !out_.values.has_lower();
    if (!same_unit(max, min)) {
      out_.unread = true;
      out_.values.clear_upper();
      out_.values.clear_lower();
    }
    if (!out_.unread) out_.values.set_given_as_limit(absolute);
    return core::ok();
  }

  void fit(pugi::xml_node fit) {
    const std::string zone = attribute(fit, "zoneVariance");
    const std::string deviation = child_text(fit, "FormVariance");
    const std::string grade = child_text(fit, "Grade");
    out_.fit = (deviation + grade).substr(0, kQifTextBytes);
    out_.unread = true;
    if (!nominal_ || !is_millimetre(out_.unit) || (zone != "HOLE" && zone != "SHAFT")) return;
    const auto limits = iso286_limits(zone == "HOLE", deviation, grade, *nominal_);
    if (!limits) return;
    out_.values.mutable_lower()->set_text(limits->lower.canonical());
    out_.values.mutable_upper()->set_text(limits->upper.canonical());
    out_.unread = false;
  }

  QifTolerance take() { return std::move(out_); }

 private:
  std::string unit_of(pugi::xml_node value) const {
    std::string own = qif_own_unit(value);
    return own.empty() ? file_unit_ : own;
  }

  // The element that holds the values: the tolerance, or the definition that it refers to.
  pugi::xml_node values_of(pugi::xml_node tolerance) const {
    const auto reference = child(tolerance, "DefinitionId");
    if (!reference) return tolerance;
    return reference.attribute("xId") ? pugi::xml_node() : qif_find(shared_, text(reference));
  }

  core::Status limit(pugi::xml_node node, bool upper, bool absolute) {
    if (!node) return core::ok();
    auto value = qif_decimal(xml_, node);
    if (!value) return std::move(value.error());
    if (!absolute && !nominal_) return core::ok();
    pb::Decimal& bound = upper ? *out_.values.mutable_upper() : *out_.values.mutable_lower();
    bound.set_text(absolute ? value->text() : (*nominal_ + *value).canonical());
    return core::ok();
  }

  // Without a nominal value the limits say which unit it is.
  bool same_unit(pugi::xml_node max, pugi::xml_node min) {
    if (!nominal_ && (max || min)) out_.unit = unit_of(max ? max : min);
    return (!max || unit_of(max) == out_.unit) && (!min || unit_of(min) == out_.unit);
  }

  const Xml& xml_;
  const QifNodes& shared_;
  std::string file_unit_;
  std::optional<core::Decimal> nominal_;
  QifTolerance out_;
};

}  // namespace

core::Result<QifTolerance> read_qif_tolerance(const Xml& xml, pugi::xml_node definition,
                                              pugi::xml_node nominal, const QifNodes& shared,
                                              std::string unit) {
  Reading reading(xml, shared, std::move(unit));
  if (const auto target = child(nominal, "TargetValue")) {
    if (auto read = reading.nominal(target); !read) return std::move(read.error());
  }
  if (const auto zone = child(definition, "ToleranceValue")) {
    if (auto read = reading.zone(zone); !read) return std::move(read.error());
  }
  if (const auto limits = child(definition, "Tolerance")) {
    if (auto read = reading.limits(limits); !read) return std::move(read.error());
  } else if (const auto fit = child(definition, "LimitsAndFitsSpecification")) {
    reading.fit(fit);
  }
  return reading.take();
}

}  // namespace connector::record
