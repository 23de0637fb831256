// Kinds of log entries that speak of agreements (docs/formats.md, "Log entries").
#pragma once

namespace connector::exchange {

// Their subject is the digest of the agreement's payload: the provider's signature is on record
// where the first stands, the consumer's where the second does.
inline constexpr const char* kContractAgreement = "contract.agreement";
inline constexpr const char* kContractVerification = "contract.verification";
// The agreement that they name ends there.
inline constexpr const char* kContractTermination = "contract.termination";
inline constexpr const char* kContractEnded = "contract.ended";

}  // namespace connector::exchange
