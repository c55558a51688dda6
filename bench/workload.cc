#include "bench/workload.h"

#include <algorithm>
#include <numeric>

namespace cxjourney::bench {
namespace {

constexpr std::string_view kNames[] = {"ayse", "mehmet", "fatma",  "mustafa",
                                       "elif", "ahmet",  "zeynep", "emre"};
constexpr size_t kRecent = 4096;
constexpr size_t kZipfSlots = 65536;

void AppendNumber(EventIdentifier* out, uint64_t value, unsigned base, int width) {
  char digits[24];
  int count = 0;
  do {
    digits[count++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
    value /= base;
  } while (value != 0 || count < width);
  while (count > 0) out->Append({&digits[--count], 1});
}

void AppendHex(EventIdentifier* out, uint64_t value, int digits) {
  for (; digits > 0; --digits, value >>= 4) out->Append({&"0123456789abcdef"[value & 15], 1});
}

bool IsDesk(EventChannel channel) {
  return channel == EventChannel::kVoice || channel == EventChannel::kIvr ||
         channel == EventChannel::kChat || channel == EventChannel::kSocial ||
         channel == EventChannel::kMessenger;
}

bool IsOnline(EventChannel channel) {
  return channel == EventChannel::kWeb || channel == EventChannel::kApp;
}

EventKind ChooseKind(EventChannel channel, unsigned k) {
  using enum EventKind;
  if (IsOnline(channel)) {
    return k < 82   ? kView
           : k < 88 ? kPurchase
           : k < 90 ? kContact
           : k < 92 ? kReturn
           : k < 93 ? kSurvey
                    : kDelivery;
  }
  if (IsDesk(channel)) {
    return k < 75   ? kContact
           : k < 90 ? kComplaint
           : k < 93 ? kSurvey
           : k < 96 ? kPurchase
                    : kReturn;
  }
  if (channel == EventChannel::kStore) {
    return k < 60 ? kPurchase : k < 70 ? kReturn : k < 90 ? kContact : kView;
  }
  return k < 60 ? kCampaign : k < 85 ? kDelivery : k < 95 ? kContact : kSurvey;
}

}  // namespace

bool IsJunk(std::string_view value) {
  return std::find(std::begin(kJunk), std::end(kJunk), value) != std::end(kJunk);
}

uint64_t Mix(uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

Workload::Workload(uint64_t events, uint64_t seed)
    : events_(events),
      customers_(std::max<uint64_t>(2, events / 10)),
      seed_(Mix(seed)),
      state_(Mix(seed ^ 0x5eed)) {
  step_ = 2654435761 % customers_ | 1;
  while (std::gcd(step_, customers_) != 1) step_ += 2;
  double sum = 0;
  for (int k = 1; k <= kTopics; ++k) sum += 1.0 / k;
  double below = 0;
  for (int k = 1; k <= kTopics; ++k) {
    below += 1.0 / k / sum;
    while (zipf_.size() < kZipfSlots && static_cast<double>(zipf_.size()) < below * kZipfSlots) {
      zipf_.push_back(static_cast<uint8_t>(k - 1));
    }
  }
  zipf_.resize(kZipfSlots, kTopics - 1);
  for (size_t i = 0; i < kRecent; ++i) recent_.push_back(DrawCustomer());
}

uint64_t Workload::Random() {
  uint64_t random = Mix(state_);
  state_ += 0x9e3779b97f4a7c15;
  return random;
}

uint32_t Workload::DrawCustomer() {
  double u = static_cast<double>(Random() >> 11) * 0x1p-53;
  auto rank = static_cast<uint64_t>(static_cast<double>(customers_) * u * u);
  return static_cast<uint32_t>(rank * step_ % customers_);
}

uint64_t Workload::Hash(uint64_t customer, IdentifierType type, uint64_t slot) const {
  return Mix(seed_ ^ (customer << 16 | static_cast<uint64_t>(type) << 8 | slot));
}

// Known from a day drawn uniformly from [first_day, last_day].
bool Workload::IsKnown(uint32_t customer, IdentifierType type, int64_t time_ms, int first_day,
                       int last_day, uint64_t percent) const {
  uint64_t x = Hash(customer, type, 200);
  if (x % 100 >= percent) return false;
  auto day = static_cast<int64_t>((x >> 8) % static_cast<uint64_t>(last_day - first_day));
  return time_ms >= (day + first_day) * kDayMs;
}

bool Workload::Next(Event* event) {
  if (made_ == events_) return false;
  *event = Event();
  uint64_t random = Random();
  uint32_t customer =
      made_ > kRecent && (random & 1023) < 307 ? recent_[(random >> 10) % kRecent] : DrawCustomer();
  recent_[made_ % kRecent] = customer;
  auto time_ms = static_cast<int64_t>(static_cast<double>(made_) / static_cast<double>(events_) *
                                      static_cast<double>(kSpanMs)) +
                 static_cast<int64_t>((random >> 22) % 1000);
  uint64_t more = Random();
  if (more % 100 < 2) time_ms -= static_cast<int64_t>(Random() % (3 * kDayMs));
  uint64_t id[2] = {Mix(seed_ + made_), Mix(~seed_ - made_)};
  std::copy_n(reinterpret_cast<const uint8_t*>(id), sizeof id, event->id.begin());
  event->customer = customer;
  event->time_ms = kEpochMs + time_ms;
  FillIdentifiers(event, time_ms, more >> 8);
  FillWhat(event, time_ms);
  ++made_;
  return true;
}

EventIdentifier* Workload::Add(Event* event, IdentifierType type) {
  EventIdentifier* identifier = &event->identifiers[event->identifier_count++];
  identifier->type = type;
  return identifier;
}

void Workload::AddPhone(Event* event, uint32_t customer, uint64_t random) {
  bool second = Hash(customer, IdentifierType::kPhone, 201) % 100 < 15 && random % 3 == 0;
  EventIdentifier digits;
  AppendNumber(&digits, (uint64_t{customer} * 2 + second) * 982451653 % 100000000, 10, 8);
  std::string_view d = digits.value();
  EventIdentifier* out = Add(event, IdentifierType::kPhone);
  if (Mix(random ^ customer) % 10 < 3) {
    out->Append("053");
    out->Append(d.substr(0, 1));
    for (auto [at, count] : {std::pair<size_t, size_t>{1, 3}, {4, 2}, {6, 2}}) {
      out->Append(" ");
      out->Append(d.substr(at, count));
    }
  } else {
    out->Append("+9053");
    out->Append(d);
  }
}

void Workload::AddEmail(Event* event, uint32_t customer, uint64_t random) {
  bool second = Hash(customer, IdentifierType::kEmail, 201) % 100 < 10 && random % 3 == 0;
  EventIdentifier* out = Add(event, IdentifierType::kEmail);
  out->Append(kNames[customer & 7]);
  out->Append(".");
  AppendNumber(out, uint64_t{customer} * 2 + second, 36, 1);
  out->Append("@mail");
  AppendNumber(out, (customer >> 3) % 10, 10, 1);
  out->Append(".example");
}

// A family computer: one owner number for both customers of a pair.
uint64_t Workload::OwnerOf(uint32_t customer, IdentifierType type, uint64_t slot) const {
  bool shared = Hash(customer >> 1, type, 100 + slot) % 1000 < 5;
  return shared ? (customer >> 1 | uint64_t{1} << 40) : customer;
}

void Workload::AddCookie(Event* event, uint32_t customer, int64_t time_ms, uint64_t random) {
  uint64_t y = Hash(customer, IdentifierType::kCookie, 201);
  uint64_t browser = (y & 1) != 0 && random % 3 == 0 ? 1 : 0;
  constexpr auto kMonthMs = static_cast<uint64_t>(30 * kDayMs);
  uint64_t period =
      (static_cast<uint64_t>(time_ms + 4 * kDayMs) + (y >> 8) % kMonthMs) / kMonthMs & 15;
  uint64_t slot = browser * 16 + period;
  uint64_t x =
      Hash(OwnerOf(customer, IdentifierType::kCookie, slot), IdentifierType::kCookie, slot);
  EventIdentifier* out = Add(event, IdentifierType::kCookie);
  AppendHex(out, x, 16);
  AppendHex(out, Mix(x), 8);
}

void Workload::AddDevice(Event* event, uint32_t customer, uint64_t slot) {
  uint64_t x =
      Hash(OwnerOf(customer, IdentifierType::kDevice, slot), IdentifierType::kDevice, slot);
  uint64_t y = Mix(x);
  EventIdentifier* out = Add(event, IdentifierType::kDevice);
  AppendHex(out, x, 8);
  for (auto [bits, digits] : {std::pair<uint64_t, int>{x >> 32, 4}, {x >> 48, 4}, {y, 4}}) {
    out->Append("-");
    AppendHex(out, bits, digits);
  }
  out->Append("-");
  AppendHex(out, y >> 16, 12);
}

void Workload::AddAccount(Event* event, uint32_t customer) {
  EventIdentifier* out = Add(event, IdentifierType::kAccount);
  out->Append("TR");
  AppendNumber(out, customer, 10, 8);
}

void Workload::AddSocial(Event* event, uint32_t customer) {
  EventIdentifier* out = Add(event, IdentifierType::kSocial);
  out->Append("@");
  out->Append(kNames[customer & 7]);
  AppendNumber(out, customer, 36, 1);
}

EventChannel Workload::ChooseChannel(uint32_t customer, int64_t time_ms, uint64_t percent) const {
  using enum EventChannel;
  struct Share {
    uint64_t below;
    EventChannel channel;
  };
  static constexpr Share kShares[] = {{30, kWeb},   {48, kApp},       {58, kMail}, {67, kVoice},
                                      {72, kIvr},   {79, kSms},       {86, kChat}, {90, kSocial},
                                      {95, kStore}, {100, kMessenger}};
  EventChannel channel = kMessenger;
  for (const Share& share : kShares) {
    if (percent < share.below) {
      channel = share.channel;
      break;
    }
  }
  if (channel == kMail && !IsKnown(customer, IdentifierType::kEmail, time_ms, -60, 60, 85)) {
    return kSms;
  }
  if (channel == kSocial && !IsKnown(customer, IdentifierType::kSocial, time_ms, -45, 75, 30)) {
    return kChat;
  }
  if (channel == kApp && Hash(customer, IdentifierType::kDevice, 201) % 100 >= 60) return kWeb;
  return channel;
}

void Workload::FillIdentifiers(Event* event, int64_t time_ms, uint64_t random) {
  uint32_t customer = event->customer;
  event->channel = ChooseChannel(customer, time_ms, random % 100);
  random /= 100;
  auto percent = static_cast<unsigned>(random % 100);
  random /= 100;
  bool junk = random % 1000 < 5;
  bool only_junk = random % 1000 < 1;
  random /= 1000;
  bool account = IsKnown(customer, IdentifierType::kAccount, time_ms, -30, 90, 70);
  bool mail = IsKnown(customer, IdentifierType::kEmail, time_ms, -60, 60, 85);
  if (!only_junk) {
    switch (event->channel) {
      case EventChannel::kMail:
        AddEmail(event, customer, random);
        if (percent < 15 && account) AddAccount(event, customer);
        break;
      case EventChannel::kWeb:
        AddCookie(event, customer, time_ms, random);
        if (percent < 40 && account) AddAccount(event, customer);
        if (percent < 10 && mail) AddEmail(event, customer, random);
        break;
      case EventChannel::kApp: {
        bool second = Hash(customer, IdentifierType::kDevice, 201) % 100 < 15 && random % 3 == 0;
        AddDevice(event, customer, second ? 1 : 0);
        if (percent < 70 && account) AddAccount(event, customer);
        break;
      }
      case EventChannel::kChat:
        AddCookie(event, customer, time_ms, random);
        if (percent < 30 && mail) AddEmail(event, customer, random);
        if (percent >= 25 && percent < 35) AddPhone(event, customer, random);
        break;
      default:
        FillDesk(event, percent, random);
    }
  }
  if (junk && event->identifier_count < kEventIdentifiersMax) {
    bool phone = event->channel == EventChannel::kVoice || event->channel == EventChannel::kSms;
    Add(event, phone ? IdentifierType::kPhone : IdentifierType::kCookie)
        ->Append(kJunk[random % std::size(kJunk)]);
  }
}

// Channels that know a customer by phone or handle.
void Workload::FillDesk(Event* event, unsigned percent, uint64_t random) {
  uint32_t customer = event->customer;
  int64_t time_ms = event->time_ms - kEpochMs;
  bool account = IsKnown(customer, IdentifierType::kAccount, time_ms, -30, 90, 70);
  switch (event->channel) {
    case EventChannel::kSocial:
      AddSocial(event, customer);
      if (percent < 10) {
        AddPhone(event, customer, random);
      } else if (percent < 20 && IsKnown(customer, IdentifierType::kEmail, time_ms, -60, 60, 85)) {
        AddEmail(event, customer, random);
      }
      break;
    case EventChannel::kStore:
      if (account && percent < 70) AddAccount(event, customer);
      if (event->identifier_count == 0 || percent < 30) AddPhone(event, customer, random);
      break;
    case EventChannel::kVoice:
      AddPhone(event, customer, random);
      if (percent < 25 && account) AddAccount(event, customer);
      break;
    case EventChannel::kMessenger:
      AddPhone(event, customer, random);
      if (percent < 10 && IsKnown(customer, IdentifierType::kSocial, time_ms, -45, 75, 30)) {
        AddSocial(event, customer);
      }
      break;
    default:
      AddPhone(event, customer, random);
  }
}

void Workload::FillWhat(Event* event, int64_t time_ms) {
  uint64_t y = Random();
  bool desk = IsDesk(event->channel);
  event->kind = ChooseKind(event->channel, static_cast<unsigned>(y % 100));
  y /= 100;
  event->outbound = event->kind == EventKind::kCampaign || event->kind == EventKind::kDelivery ||
                    event->kind == EventKind::kSurvey || (desk && y % 100 < 15);
  y /= 100;
  uint64_t o = y % 100;
  y /= 100;
  if (event->kind == EventKind::kContact || event->kind == EventKind::kComplaint) {
    event->outcome = o < 62   ? EventOutcome::kResolved
                     : o < 85 ? EventOutcome::kUnresolved
                     : o < 93 ? EventOutcome::kEscalated
                              : EventOutcome::kAbandoned;
  }
  if (event->kind != EventKind::kView && event->kind != EventKind::kCampaign) {
    event->sentiment = static_cast<int8_t>(static_cast<int>(y % 201) - 100);
  }
  y /= 201;
  if (event->kind == EventKind::kPurchase) {
    event->order_cents = static_cast<int64_t>(y % 50000 + 500);
  }
  y /= 50500;
  event->duration_s = static_cast<uint32_t>(desk                       ? 20 + y % 1200
                                            : IsOnline(event->channel) ? 1 + y % 240
                                                                       : 0);
  uint64_t z = Random();
  auto period = static_cast<uint64_t>(time_ms / (10 * kDayMs)) & 255;
  bool usual = z % 100 < 40;
  uint64_t slot =
      usual ? Mix(seed_ ^ (uint64_t{event->customer} << 16 | period << 8 | 203)) : z >> 16;
  event->topic = zipf_[slot % kZipfSlots];
}

}  // namespace cxjourney::bench
