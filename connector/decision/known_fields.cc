#include "decision/known_fields.h"

#include "core/digest.h"
#include "decision/field_schema.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {

std::int64_t schema_mark() {
  static const std::int64_t mark = [] {
    const core::Digest digest = FieldSchema::get().digest();
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | digest[i];
    return static_cast<std::int64_t>(number >> 1 | 1);
  }();
  return mark;
}

bool wholly_known(std::string_view record) {
  static const std::size_t type =
      FieldSchema::get().number_of(*::valuechain::record::v1::Record::descriptor());
  return FieldSchema::get().look(type, record) == FieldSchema::Look::kClean;
}

}  // namespace connector::decision
