// The workload of the benchmarks: events of an omni-channel shop, the same for every store.
//
// N events of N/10 customers over 90 days, in order of arrival. Nothing is kept per customer: who
// owns which identifier, and from when, is a function of (seed, customer, slot), so making events
// is fast and the truth is known.
//
//  activity     the top 1 % of the customers make 10 % of the events; 30 % of the events come from
//               one of the 4,096 most recent visitors, so journeys have bursts
//  identifiers  phone (all; 15 % a second), e-mail (85 %), cookie (a new one about every 30 days),
//               device (60 %), account (70 %), social (30 %); e-mail, account and social become
//               known at some time, so links between customers with a history appear late
//  spelling     30 % of the phones are written nationally: 0532 111 22 33
//  shared       0.5 % of cookies and devices belong to two customers (a family computer)
//  junk         0.5 % of the events carry a placeholder, 0.1 % nothing else
//  time         mostly increasing; 2 % are up to 3 days late
//  topic        200 topics, Zipf(1); 40 % take the customer's topic of the 10-day period
//  id           16 random bytes
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cxjourney::bench {

enum class IdentifierType : uint8_t {
  kPhone,
  kEmail,
  kCookie,
  kDevice,
  kAccount,
  kSocial
};
inline constexpr int kIdentifierTypes = 6;

enum class EventChannel : uint8_t {
  kVoice,
  kIvr,
  kSms,
  kMail,
  kWeb,
  kApp,
  kChat,
  kSocial,
  kStore,
  kMessenger,
};

enum class EventKind : uint8_t {
  kView,
  kContact,
  kComplaint,
  kPurchase,
  kReturn,
  kDelivery,
  kCampaign,
  kSurvey,
};

enum class EventOutcome : uint8_t {
  kNone,
  kResolved,
  kUnresolved,
  kEscalated,
  kAbandoned
};

inline constexpr int kTopics = 200;
inline constexpr int64_t kDayMs = 86'400'000;
inline constexpr int64_t kSpanMs = 90 * kDayMs;
inline constexpr int64_t kWeekMs = 7 * kDayMs;
inline constexpr int64_t kEpochMs = 1'735'689'600'000;  // 2025-01-01T00:00:00Z
inline constexpr int kEventIdentifiersMax = 3;

using EventId = std::array<uint8_t, 16>;

// A value of an event, as typed.
struct EventIdentifier {
  IdentifierType type = IdentifierType::kPhone;
  uint8_t size = 0;
  std::array<char, 39> text = {};

  std::string_view value() const { return {text.data(), size}; }
  void Append(std::string_view part) {
    for (char c : part) text[size++] = c;
  }
};

// What of an event every store keeps, and must hand back as a row of a history.
struct Row {
  EventId id = {};
  int64_t time_ms = 0;
  int64_t order_cents = -1;  // -1: none.
  uint32_t duration_s = 0;
  uint16_t topic = 0;
  EventChannel channel = EventChannel::kVoice;
  EventKind kind = EventKind::kView;
  EventOutcome outcome = EventOutcome::kNone;
  bool outbound = false;
  int8_t sentiment = 0;

  friend bool operator==(const Row&, const Row&) = default;
};

struct Event : Row {
  uint32_t customer = 0;  // The truth.
  uint8_t identifier_count = 0;
  std::array<EventIdentifier, kEventIdentifiersMax> identifiers = {};
};

inline bool IsInboundContact(EventKind kind, bool outbound) {
  return !outbound && (kind == EventKind::kContact || kind == EventKind::kComplaint);
}

// The placeholders of the workload: every store's list of blocked values.
inline constexpr std::string_view kJunk[] = {"unknown", "000",        "anonymous",     "null",
                                             "-",       "0000000000", "test@test.com", "n/a"};
bool IsJunk(std::string_view value);

uint64_t Mix(uint64_t x);

class Workload {
 public:
  explicit Workload(uint64_t events, uint64_t seed = 42);

  uint64_t customers() const { return customers_; }
  // False at the end.
  bool Next(Event* event);

 private:
  uint64_t Random();
  uint32_t DrawCustomer();
  uint64_t Hash(uint64_t customer, IdentifierType type, uint64_t slot) const;
  bool IsKnown(uint32_t customer, IdentifierType type, int64_t time_ms, int first_day, int last_day,
               uint64_t percent) const;

  EventIdentifier* Add(Event* event, IdentifierType type);
  void AddPhone(Event* event, uint32_t customer, uint64_t random);
  void AddEmail(Event* event, uint32_t customer, uint64_t random);
  void AddCookie(Event* event, uint32_t customer, int64_t time_ms, uint64_t random);
  void AddDevice(Event* event, uint32_t customer, uint64_t slot);
  void AddAccount(Event* event, uint32_t customer);
  void AddSocial(Event* event, uint32_t customer);
  uint64_t OwnerOf(uint32_t customer, IdentifierType type, uint64_t slot) const;

  EventChannel ChooseChannel(uint32_t customer, int64_t time_ms, uint64_t percent) const;
  void FillIdentifiers(Event* event, int64_t time_ms, uint64_t random);
  void FillDesk(Event* event, unsigned percent, uint64_t random);
  void FillWhat(Event* event, int64_t time_ms);

  uint64_t events_;
  uint64_t customers_;
  uint64_t seed_;
  uint64_t state_;
  uint64_t made_ = 0;
  uint64_t step_ = 1;  // Coprime to customers_: spreads ranks over numbers.
  std::vector<uint8_t> zipf_;
  std::vector<uint32_t> recent_;
};

}  // namespace cxjourney::bench
