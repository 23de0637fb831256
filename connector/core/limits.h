// Every limit of the connector, in one place. Limits that an operator may change are only the
// defaults here and have a key in the configuration, named in the comment.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace connector::core::limits {

using namespace std::chrono_literals;

// Documents and parsers.
inline constexpr std::size_t kDocumentBytes = 64u << 20;  // import.max_document_bytes
inline constexpr std::size_t kJsonDepth = 64;
inline constexpr std::size_t kXmlDepth = 256;
inline constexpr std::size_t kJsonValues = 8'000'000;
inline constexpr std::size_t kJsonStringBytes = 4u << 20;
inline constexpr std::size_t kXmlTextBytes = 4u << 20;
inline constexpr std::size_t kRecordsPerDocument = 1'000'000;
inline constexpr std::size_t kRecordBytes = 256u << 10;
inline constexpr std::size_t kConfigBytes = 1u << 20;

// Signed requests (docs/formats.md).
inline constexpr std::chrono::seconds kRequestLifetime = 5min;
inline constexpr std::chrono::seconds kClockSkew = 60s;
inline constexpr std::chrono::seconds kRequestIdKept = 24h;  // longer than lifetime + 2 skews
// An id is forgotten only after the clock has run evenly for this long: one that jumped ahead and
// came back must not open the window of a request a second time.
inline constexpr std::chrono::seconds kEvenClock = 1h;
inline constexpr std::size_t kEnvelopeBytes = 64u << 10;
inline constexpr std::size_t kFilterValues = 100;

// Exchange.
inline constexpr std::size_t kBatchRecords = 1024;
inline constexpr std::size_t kBatchBytes = 1u << 20;
inline constexpr std::size_t kBatchesInFlight = 4;  // durable or on the way, not yet handed over
inline constexpr std::size_t kPageSizeDefault = 50;
inline constexpr std::size_t kPageSizeMax = 1000;
inline constexpr std::size_t kUnacknowledgedReceipts = 100;  // exchange.max_unacknowledged

// The door.
inline constexpr std::size_t kConnections = 4096;          // edge.max_connections
inline constexpr std::size_t kConnectionsPerAddress = 64;  // edge.max_per_address
inline constexpr std::size_t kConnectionsPerPartner = 64;  // edge.max_per_partner
inline constexpr std::size_t kHandshakesInFlight = 128;
inline constexpr std::chrono::milliseconds kHandshakeTime = 5s;
inline constexpr std::size_t kHeaderBlockBytes = 16u << 10;
inline constexpr std::size_t kMessageBytes = 4u << 20;
inline constexpr std::size_t kRequestBytes = 2 * kEnvelopeBytes;  // a partner's message to us
inline constexpr std::uint32_t kStreamsPerConnection = 100;
// For how long a partner's earlier anchor is good beside one that was introduced under it.
inline constexpr std::chrono::seconds kAnchorOverlap = 24h;
inline constexpr std::size_t kResetBurst = 100;  // RST_STREAM, per connection
inline constexpr std::size_t kResetsPerSecond = 100;
inline constexpr std::size_t kControlFramesPerSecond = 200;    // PING, SETTINGS, empty DATA, ...
inline constexpr std::size_t kCallsPerPartnerMinute = 60'000;  // edge.calls_per_minute
inline constexpr std::uint64_t kBytesPerPartnerMinute = 64ull << 30;  // edge.bytes_per_minute
inline constexpr std::size_t kLogEntriesPerPartnerMinute = 120'000;   // evidence.entries_per_minute

// Policy.
inline constexpr std::chrono::milliseconds kDecisionTime = 150ms;  // the caller hears within 200
inline constexpr std::size_t kDecisionBytes = 4u << 20;
inline constexpr std::chrono::seconds kDecisionValidity = 60s;  // at most, whatever policy says
inline constexpr std::size_t kDecisionCacheEntries = 10'000;
inline constexpr std::size_t kCompiledDecisions = 256;
inline constexpr std::size_t kPredicateNodes = 10'000;
inline constexpr std::size_t kPredicateDepth = 64;

// Policies as partners write them (contract/).
inline constexpr std::size_t kPolicyBytes = 4u << 20;  // of a text: a catalogue's page is one
inline constexpr std::size_t kPolicyStringBytes = 64u << 10;
inline constexpr std::size_t kPolicyDocuments = 64;  // in one text
inline constexpr std::size_t kPolicyTerms = 50'000;  // rules, constraints, values: of a text
inline constexpr std::size_t kConstraintDepth = 16;
inline constexpr std::size_t kContextNames = 200;

// Contracts.
inline constexpr std::size_t kNegotiationRounds = 10;         // counter-offers, then it ends
inline constexpr std::chrono::seconds kPersonTime = 7 * 24h;  // contracts.person_days
inline constexpr std::chrono::seconds kRetryFirst = 1s;       // a message that found nobody
inline constexpr std::chrono::seconds kRetryMost = 1h;
inline constexpr std::size_t kOpenNegotiations = 1000;  // of one partner, under way at once
inline constexpr std::size_t kAgreementsInMemory = 10'000;

// Received data (docs/operating.md, "Received data").
inline constexpr std::size_t kLocalConnections = 64;      // of our own applications, at once
inline constexpr std::size_t kLocalThreads = 32;          // of their gRPC server
inline constexpr std::chrono::seconds kProofGrace = 24h;  // from a deletion to its proof here

// Evidence.
inline constexpr std::size_t kLogEntryBytes = 65'535;  // C2SP tlog-tiles: uint16 length
inline constexpr std::size_t kGroupCommitEntries = 256;
inline constexpr std::chrono::milliseconds kGroupCommitTime = 2ms;
inline constexpr std::size_t kProofHashes = 63;

// Store.
inline constexpr std::size_t kBallastBytes = 64u << 20;  // freed to write the last entries
inline constexpr std::uint32_t kSchemaVersion = 5;

}  // namespace connector::core::limits
