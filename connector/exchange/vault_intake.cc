#include "exchange/vault_intake.h"

#include "contract/duties.h"
#include "core/limits.h"
#include "decision/field_program.h"
#include "record/facts.h"

namespace connector::exchange {
namespace {

constexpr core::EpochNs kNsPerSecond = 1'000'000'000;
constexpr core::EpochNs kNsPerDay = 86'400 * kNsPerSecond;

std::int64_t day_of(core::EpochNs at) {
  return at / kNsPerDay - (at % kNsPerDay < 0 ? 1 : 0);
}

// Sets each of several texts; the first failure stays.
class Tags {
 public:
  explicit Tags(const VaultKey& key) : key_(key) {}
  std::string of(std::string_view field, std::string_view value) {
    auto tag = key_.tag(field, value);
    if (tag) return std::move(*tag);
    failure_ = std::move(tag.error());
    return {};
  }
  const std::optional<core::Error>& failure() const { return failure_; }

 private:
  const VaultKey& key_;
  std::optional<core::Error> failure_;
};

core::Result<SealedObject> seal(const VaultKey& key, const ReceivedPart& part, std::size_t number,
                                std::string_view record) {
  const record::Facts facts = record::facts_of(std::string(record));
  SealedObject object;
  object.object = part.account + "/" + std::to_string(part.batch) + "/" + std::to_string(number);
  auto sealed = key.seal(object.object, part.dataset.str(), record);
  if (!sealed) return std::move(sealed.error());
  object.sealed = std::move(*sealed);
  Tags tags(key);
  object.kind = tags.of("kind", std::to_string(facts.kind));
  // A tombstone takes back what came under that key in its own dataset.
  const std::string within = part.dataset.str() + "\n";
  object.key = tags.of("key", within + facts.key);
  if (facts.order_number) object.order = tags.of("order", *facts.order_number);
  if (facts.event_ns) object.day = tags.of("day", std::to_string(day_of(*facts.event_ns)));
  if (!facts.withdrawn_key.empty()) object.withdraws = tags.of("key", within + facts.withdrawn_key);
  for (const std::string& item : facts.item_keys) object.items.push_back(tags.of("item", item));
  if (tags.failure()) return *tags.failure();
  return object;
}

// What stays of a record when nobody is to be told by it. Keys that were made of names are hashed
// under the agreement's key, so that versions still find one another.
core::Result<decision::FieldProgram> anonymiser(std::shared_ptr<const VaultKey> key) {
  std::vector<decision::FieldRule> rules;
  for (const std::string& path : identifying_paths()) {
    rules.push_back({path, decision::FieldOp::kDrop, {}});
  }
  const std::vector<std::string> all{"order_line", "event", "measurement", "characteristic",
                                     "study",      "item",  "edge"};
  return decision::FieldProgram::compile(all, rules, [key](std::string_view value) {
    const auto tag = key->tag("anonymous", value);
    return core::sha256(tag ? *tag : std::string());
  });
}

}  // namespace

const std::vector<std::string>& identifying_paths() {
  static const std::vector<std::string> paths{
      "order_line.buyer",     "order_line.seller",      "order_line.ship_to",
      "order_line.notes",     "order_line.properties",  "event.sources",
      "event.destinations",   "event.extensions",       "event.ilmd",
      "measurement.operator", "measurement.properties", "characteristic.properties",
      "item.properties"};
  return paths;
}

core::Result<std::vector<Effect>> VaultIntake::take(const contract::Agreement& agreement,
                                                    const ReceivedPart& part) const {
  auto key = keys_.make(agreement.id);
  if (!key) return std::move(key.error());
  const auto duties = contract::duties_of(agreement.policy, agreement.concluded_s * kNsPerSecond);
  std::optional<decision::FieldProgram> anonymise;
  if (duties.anonymize) {
    auto program = anonymiser(*key);
    if (!program) return std::move(program.error());
    anonymise = std::move(*program);
  }
  KeepSealed kept{agreement.provider, agreement.id, part.dataset, part.account,
                  part.batch,         {},           part.masked,  part.at};
  std::string room;
  for (std::size_t i = 0; i < part.records.size(); ++i) {
    std::optional<std::string_view> record = part.records[i];
    if (anonymise) record = anonymise->apply(*record, room);
    if (!record) {
      return core::invalid("RECORD_INVALID", "record " + std::to_string(i) + " of batch " +
                                                 std::to_string(part.batch) +
                                                 " cannot be anonymised, which is a duty here");
    }
    auto object = seal(**key, part, i, *record);
    if (!object) return std::move(object.error());
    kept.objects.push_back(std::move(*object));
  }
  std::vector<Effect> effects{VaultEffect{std::move(kept)}};
  for (const auto& one : duties.deletes) {
    if (one.at) effects.push_back(VaultEffect{PutDuty{agreement.id, "delete", *one.at}});
  }
  return effects;
}

core::Result<VaultFilter> tags_of(const Selection& selection, const VaultKey& key) {
  Tags tags(key);
  VaultFilter filter;
  for (const int kind : selection.kinds) {
    filter.kinds.push_back(tags.of("kind", std::to_string(kind)));
  }
  for (const auto& number : selection.order_numbers) {
    filter.orders.push_back(tags.of("order", number));
  }
  for (const auto& item : selection.item_keys) filter.items.push_back(tags.of("item", item));
  if (selection.event_from && selection.event_to && *selection.event_from < *selection.event_to) {
    const std::int64_t first = day_of(*selection.event_from);
    const std::int64_t last = day_of(*selection.event_to - 1);
    if (last - first < static_cast<std::int64_t>(core::limits::kFilterValues)) {
      for (std::int64_t day = first; day <= last; ++day) {
        filter.days.push_back(tags.of("day", std::to_string(day)));
      }
    }
  }
  if (tags.failure()) return *tags.failure();
  return filter;
}

bool in_time(const Selection& selection, std::string_view record) {
  if (!selection.event_from && !selection.event_to) return true;
  const auto at = record::facts_of(std::string(record)).event_ns;
  return at && (!selection.event_from || *at >= *selection.event_from) &&
         (!selection.event_to || *at < *selection.event_to);
}

}  // namespace connector::exchange
