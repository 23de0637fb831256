#include <unistd.h>

#include <chrono>

#include "crypto/certificates.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "crypto/signing_key.h"
#include "policy/policy_files.h"
#include "site/site.h"
#include "source/files.h"

namespace connector::site {
namespace fs = std::filesystem;
namespace {

using core::Json;

constexpr std::int64_t kDayS = 24 * 3600;
constexpr std::int64_t kAnchorDays = 3650;
constexpr std::int64_t kLeafDays = 365;

std::string host_of(const std::string& listen) {
  std::string host = listen.substr(0, listen.rfind(':'));
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return host;
}

// Makes the files of a new connector, remembering each for the report.
class Maker {
 public:
  explicit Maker(const InitOptions& options)
      : options_(options),
        id_{core::ParticipantId(options.participant), core::SiteName(options.site)} {}

  core::Status make() {
    for (const auto step : {&Maker::folders, &Maker::certificates, &Maker::keys, &Maker::policy,
                            &Maker::configuration}) {
      if (auto made = (this->*step)(); !made) return made;
    }
    return store();
  }

  Json report() const {
    Json made = Json::array();
    for (const std::string& file : made_) made.push(Json::string(file));
    const std::string dir = " --dir " + options_.dir.string();
    Json next = Json::array();
    for (const char* command : {"connector serve", "connector introduce --out introduction.json",
                                "connector partner add their-introduction.json --fingerprint F"}) {
      next.push(Json::string(command + dir));
    }
    return Json::object()
        .set("connector", Json::string(id_.str()))
        .set("dir", Json::string(options_.dir.string()))
        .set("made", std::move(made))
        .set("next", std::move(next));
  }

 private:
  core::Status folders() {
    std::error_code error;
    for (const char* name : {"keys", "data", "run", "policy"}) {
      fs::create_directories(options_.dir / name, error);
      if (error) {
        return core::Error{core::Code::kUnavailable,
                           "FILE_NOT_WRITTEN",
                           "cannot make " + (options_.dir / name).string() + ": " + error.message(),
                           "choose a folder that you may write to",
                           {}};
      }
    }
    for (const char* name : {"keys", "data", "run"}) {
      fs::permissions(options_.dir / name, fs::perms::owner_all, error);
    }
    return core::ok();
  }

  core::Status secret(const std::string& name, const std::string& content) {
    made_.push_back("keys/" + name);
    return crypto::write_private_file((options_.dir / "keys" / name).string(), content);
  }
  core::Status open_file(const std::string& name, const std::string& content) {
    made_.push_back(name);
    return source::write_file(options_.dir / name, content);
  }

  core::Status certificates() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
    const std::int64_t from = now - kDayS / 24;
    auto ca = crypto::make_ca(id_, options_.name, from, now + kAnchorDays * kDayS);
    if (!ca) return std::move(ca.error());
    if (auto made = pair("ca", *ca); !made) return made;
    for (const auto& [name, usage] : {std::pair{"server", crypto::CertificateUsage::kServer},
                                      std::pair{"client", crypto::CertificateUsage::kClient}}) {
      auto leaf = crypto::issue_certificate(*ca, id_, usage, {host_of(options_.listen)}, from,
                                            now + kLeafDays * kDayS);
      if (!leaf) return std::move(leaf.error());
      if (auto made = pair(name, *leaf); !made) return made;
    }
    return core::ok();
  }

  core::Status pair(const std::string& name, const crypto::KeyAndCertificate& made) {
    if (auto kept = secret(name + ".key", made.key_pem); !kept) return kept;
    return open_file("keys/" + name + ".pem", made.certificate_pem);
  }

  core::Status keys() {
    for (const char* name : {"signing.pem", "log.pem"}) {
      auto key = crypto::SigningKey::generate();
      if (!key) return std::move(key.error());
      if (auto kept = secret(name, key->to_pem()); !kept) return kept;
    }
    return secret("site.secret", core::hex(crypto::random_bytes(32)) + "\n");
  }

  core::Status policy() {
    for (const auto& file : policy::example_files()) {
      const fs::path path = options_.dir / "policy" / file.path;
      std::error_code error;
      fs::create_directories(path.parent_path(), error);
      if (auto made = open_file("policy/" + std::string(file.path), std::string(file.content));
          !made) {
        return made;
      }
    }
    return core::ok();
  }

  core::Status configuration() {
    return open_file(
        kConfigFile,
        initial_config(id_, options_.name.empty() ? options_.participant : options_.name,
                       options_.listen));
  }

  core::Status store() {
    auto config = load_config(options_.dir);
    if (!config) return std::move(config.error());
    auto opened = Site::open(std::move(*config), Mode::kCommand);
    if (!opened) return std::move(opened.error());
    made_.push_back("data/store.db");
    return core::ok();
  }

  const InitOptions options_;
  const core::Connector id_;
  std::vector<std::string> made_;
};

}  // namespace

core::Result<core::Json> init(const InitOptions& options) {
  if (auto checked = check_participant(options.participant); !checked) {
    return std::move(checked.error());
  }
  if (auto checked = check_site(options.site); !checked) return std::move(checked.error());
  for (const char* name : {kConfigFile, "keys", "data"}) {
    if (!fs::exists(options.dir / name)) continue;
    return core::Error{
        core::Code::kConflict,
        "ALREADY_INITIALISED",
        (options.dir / name).string() + " exists; init never overwrites",
        "choose another folder, or go on with: connector serve --dir " + options.dir.string(),
        {}};
  }
  Maker maker(options);
  if (auto made = maker.make(); !made) return std::move(made.error());
  return maker.report();
}

}  // namespace connector::site
