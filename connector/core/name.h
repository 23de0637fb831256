// Strings of the domain that must not be swapped for one another.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace connector::core {

template <typename Tag>
class Name {
 public:
  Name() = default;
  explicit Name(std::string text) : text_(std::move(text)) {}
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  std::string text_;
};

using ParticipantId = Name<struct ParticipantTag>;  // a company: "did:web:veldkamp.example"
using SiteName = Name<struct SiteTag>;              // one connector of it: "hengelo"
using DatasetId = Name<struct DatasetTag>;          // "orders"
using Purpose = Name<struct PurposeTag>;            // "quality-assurance"
using RequestId = Name<struct RequestTag>;          // UUID, 36 characters
using KeyId = Name<struct KeyTag>;                  // first 16 hex digits of SHA-256(public key)
using Revision = Name<struct RevisionTag>;          // content hash of a policy bundle, hex

// One connector: a participant may run several, one per site.
struct Connector {
  ParticipantId participant;
  SiteName site;
  friend auto operator<=>(const Connector&, const Connector&) = default;
  // "did:web:veldkamp.example/hengelo": audience of a request, origin of a log.
  std::string str() const { return participant.str() + "/" + site.str(); }
};

}  // namespace connector::core

template <typename Tag>
struct std::hash<connector::core::Name<Tag>> {
  std::size_t operator()(const connector::core::Name<Tag>& name) const noexcept {
    return std::hash<std::string>{}(name.str());
  }
};
