// Writes two exports into a folder, of a provider and of its consumer, for verifiers in other
// languages: fetches whole, broken, resumed, refused and unacknowledged, under three
// keys one after the other; agreements, a fetch under one and the proof that what came is deleted;
// and a log of several tiles.
#include <iostream>

#include "core/limits.h"
#include "exchange/audit.h"
#include "exchange/two_connectors.h"
#include "support/temp_dir.h"

namespace connector::testing {
namespace {

core::Status write(const TwoConnectors& two, const Side& side,
                   const std::filesystem::path& folder) {
  return two.export_side(side,
                         [&](const std::string& path, std::string_view bytes) -> core::Status {
                           const auto file = folder / path;
                           std::filesystem::create_directories(file.parent_path());
                           std::ofstream out(file, std::ios::binary);
                           out << bytes;
                           if (!out.flush()) return core::internal("cannot write " + file.string());
                           return core::ok();
                         });
}

void grow(Side& side, std::size_t count) {
  Commit commit;
  for (std::size_t i = 0; i < count; ++i) {
    Change change;
    change.kind = "config.reloaded";
    change.self = side.self;
    change.detail = "change \"" + std::to_string(i) + "\" \xC3\xBC\t";
    commit.entries.push_back(
        entry_change(change, [](std::size_t size) { return std::string(size, 'n'); }));
  }
  side.log.append(std::move(commit), [](const core::Result<LogSpan>&) {});
  side.log.settle();
}

bool exchange_some(TwoConnectors& two) {
  two.add_orders(3 * core::limits::kBatchRecords);
  bool all = two.fetch().has_value();
  two.wire->break_after = 1;
  const auto broken = two.fetch();
  two.wire->break_after = 0;
  all = all && !broken && two.fetch(broken.error().metadata.at("resume"));
  const std::string agreement = two.agree();
  two.rotate_keys();
  two.agree();
  all = all && two.fetch() && two.fetch({}, {}, agreement);
  two.rotate_keys();
  two.delete_received(agreement);
  two.policy.allow_ = false;
  all = all && !two.fetch();
  two.policy.allow_ = true;
  two.wire->lose_acknowledgement = true;
  return all && two.fetch();
}

int run(const std::filesystem::path& folder) {
  std::filesystem::remove_all(folder);
  TwoConnectors two;
  two.introduce();
  grow(two.provider_side, 300);
  bool done = exchange_some(two);
  grow(two.provider_side, 300);
  for (const Side* side : {&two.provider_side, &two.consumer_side}) {
    const auto written = write(two, *side, folder / side->self.site.str());
    if (!written) std::cerr << written.error().message << "\n";
    done = done && written;
  }
  return done ? 0 : 1;
}

}  // namespace
}  // namespace connector::testing

int main(int argc, char** argv) {
  if (argc == 2) return connector::testing::run(argv[1]);
  std::cerr << "usage: make_export FOLDER\n";
  return 2;
}
