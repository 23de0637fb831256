#include "exchange/order_buyers.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/text.h"

namespace connector::exchange {
namespace {

namespace pb = valuechain::record::v1;

// Numbers that a trading partner gave say who gave them, not who bears them.
bool tells_apart(const pb::Identifier& id) {
  return !id.scheme().empty() && !id.value().empty() && id.scheme() != "customer-account" &&
         id.scheme() != "supplier-account";
}

std::string scheme_of(const std::string& id) {
  return id.substr(0, id.find(':'));
}

OrderBuyer buyer_of(const pb::Party& party) {
  OrderBuyer buyer;
  for (const pb::Identifier& id : party.ids()) {
    if (tells_apart(id)) buyer.ids.insert(id.scheme() + ":" + id.value());
  }
  if (!party.name().empty()) buyer.names.insert(party.name());
  return buyer;
}

bool knows_nothing(const OrderBuyer& buyer) {
  return buyer.ids.empty() && buyer.names.empty();
}

bool contradict(const OrderBuyer& a, const OrderBuyer& b) {
  std::set<std::string> schemes;
  for (const std::string& id : a.ids) schemes.insert(scheme_of(id));
  return std::any_of(b.ids.begin(), b.ids.end(),
                     [&](const std::string& id) { return schemes.count(scheme_of(id)) > 0; });
}

// Buyers that turn out to be one: each points to another of its kind, the last to itself.
class Kin {
 public:
  explicit Kin(std::vector<OrderBuyer> buyers) : buyers_(std::move(buyers)), next_(buyers_.size()) {
    std::iota(next_.begin(), next_.end(), std::size_t{0});
  }

  std::size_t head(std::size_t one) {
    while (next_[one] != one) one = next_[one] = next_[next_[one]];
    return one;
  }
  OrderBuyer& operator[](std::size_t one) { return buyers_[head(one)]; }
  std::size_t size() const { return next_.size(); }

  void join(std::size_t a, std::size_t b) {
    a = head(a);
    b = head(b);
    if (a == b) return;
    const auto [first, second] = std::minmax(a, b);
    buyers_[first].ids.merge(buyers_[second].ids);
    buyers_[first].names.merge(buyers_[second].names);
    next_[second] = first;
  }

 private:
  std::vector<OrderBuyer> buyers_;
  std::vector<std::size_t> next_;
};

void join_by_identifier(Kin& kin) {
  std::map<std::string, std::size_t> bearers;
  for (std::size_t i = 0; i < kin.size(); ++i) {
    const std::set<std::string> ids = kin[i].ids;
    for (const std::string& id : ids) kin.join(bearers.emplace(id, i).first->second, i);
  }
}

void join_by_name(Kin& kin) {
  std::map<std::string, std::vector<std::size_t>> bearers;
  for (std::size_t i = 0; i < kin.size(); ++i) {
    if (kin.head(i) != i) continue;
    const std::set<std::string> names = kin[i].names;
    for (const std::string& name : names) {
      auto& known = bearers[core::lower_ascii(name)];
      const auto same = std::find_if(known.begin(), known.end(), [&](std::size_t one) {
        return kin.head(one) == kin.head(i) || !contradict(kin[one], kin[i]);
      });
      same == known.end() ? known.push_back(i) : kin.join(*same, i);
    }
  }
}

void join_the_unknown(Kin& kin) {
  std::set<std::size_t> known;
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < kin.size(); ++i) {
    knows_nothing(kin[i]) ? unknown.push_back(i) : static_cast<void>(known.insert(kin.head(i)));
  }
  const std::size_t to = known.size() == 1 ? *known.begin() : unknown.empty() ? 0 : unknown.front();
  for (const std::size_t one : unknown) kin.join(to, one);
}

}  // namespace

bool OrderBuyer::is(std::string_view asked) const {
  const std::string lower = core::lower_ascii(asked);
  const auto named = [&](const std::string& name) { return core::lower_ascii(name) == lower; };
  const auto numbered = [&](const std::string& id) {
    return core::lower_ascii(id) == lower ||
           core::lower_ascii(id.substr(scheme_of(id).size() + 1)) == lower;
  };
  return std::any_of(names.begin(), names.end(), named) ||
         std::any_of(ids.begin(), ids.end(), numbered);
}

std::string OrderBuyer::label() const {
  if (names.empty() && ids.empty()) return "buyer not stated";
  if (names.empty()) return *ids.begin();
  return ids.empty() ? *names.begin() : *names.begin() + " (" + *ids.begin() + ")";
}

OrderBuyers tell_buyers_apart(const std::vector<const pb::Party*>& parties) {
  std::vector<OrderBuyer> stated;
  for (const pb::Party* party : parties) stated.push_back(buyer_of(*party));
  Kin kin(std::move(stated));
  join_by_identifier(kin);
  join_by_name(kin);
  join_the_unknown(kin);
  OrderBuyers buyers;
  std::map<std::size_t, std::size_t> numbers;  // head -> its place in all
  for (std::size_t i = 0; i < kin.size(); ++i) {
    const auto [place, added] = numbers.emplace(kin.head(i), buyers.all.size());
    if (added) buyers.all.push_back(kin[i]);
    buyers.of.push_back(place->second);
  }
  return buyers;
}

}  // namespace connector::exchange
