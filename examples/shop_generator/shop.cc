#include "shop_generator/shop.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <string_view>
#include <utility>

namespace cxjourney::examples {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kOpening = Timestamp(seconds(1735689600));  // 2025-01-01T00:00:00Z.

// SplitMix64: the standard's distributions differ between libraries, these figures must not.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  uint64_t Below(uint64_t limit) { return Next() % limit; }
  bool Percent(uint64_t chance) { return Below(100) < chance; }
  double Unit() { return static_cast<double>(Next() >> 11U) * 0x1p-53; }
  Duration Within(Duration most) {
    return Duration(static_cast<int64_t>(Below(static_cast<uint64_t>(most.count()))));
  }
  // Mostly short, sometimes long; in whole numbers, because logarithms differ between machines.
  Duration Around(Duration mean) {
    return Within(mean) + mean * std::countr_zero(Next() | (uint64_t{1} << 40U)) / 2;
  }
  template <class List>
  const auto& Pick(const List& list) {
    return list[Below(std::size(list))];
  }

 private:
  uint64_t state_;
};

constexpr std::array<std::string_view, 7> kTopics = {
    "order/delivery/late", "order/delivery/damaged", "order/change", "billing/invoice",
    "billing/refund",      "product/question",       "account/login"};
constexpr std::array<std::string_view, 6> kAgents = {"ayse",  "deniz", "murat",
                                                     "selin", "can",   "elif"};
constexpr std::array<Channel, 12> kServiceChannels = {
    Channel::kPhone,   Channel::kPhone, Channel::kPhone,  Channel::kPhone,
    Channel::kWebChat, Channel::kEmail, Channel::kEmail,  Channel::kWhatsapp,
    Channel::kAppChat, Channel::kStore, Channel::kSocial, Channel::kSms};
constexpr std::array<Channel, 6> kRareChannels = {Channel::kIvr,    Channel::kVideo,
                                                  Channel::kKiosk,  Channel::kCommunity,
                                                  Channel::kLetter, Channel::kReviewSite};

struct Person {
  std::string customer_id;
  std::string email;
  std::string phone;  // Ten digits.
  std::string cookie;
  std::string handle;
};

class Shop {
 public:
  explicit Shop(const ShopOptions& options) : options_(options), dice_(options.seed) {
    const uint32_t people = options.touchpoints / 8 + 1;
    for (uint32_t i = 0; i < people; ++i) {
      people_.push_back({fmt::format("K-{:06}", i), fmt::format("musteri{}@example.com", i),
                         fmt::format("53{:08}", (i * 7919ULL + 10000001) % 100000000),
                         fmt::format("v-{:016x}", dice_.Next()), fmt::format("twitter:m{}", i)});
    }
  }

  std::vector<Touchpoint> Run() {
    while (arrivals_.size() < options_.touchpoints) {
      const Person& person = dice_.Pick(people_);
      const uint64_t kind = dice_.Below(100);
      if (kind < 35) {
        Visit(person);
      } else if (kind < 52) {
        Purchase(person);
      } else if (kind < 92) {
        Issue(person);
      } else {
        Campaign(person);
      }
    }
    arrivals_.resize(options_.touchpoints);
    std::stable_sort(arrivals_.begin(), arrivals_.end(),
                     [](const Arrival& a, const Arrival& b) { return a.time < b.time; });
    std::vector<Touchpoint> touchpoints;
    for (Arrival& arrival : arrivals_) touchpoints.push_back(std::move(arrival.touchpoint));
    return touchpoints;
  }

 private:
  struct Arrival {
    Timestamp time;
    Touchpoint touchpoint;
  };

  Timestamp AnyTime() { return kOpening + dice_.Within(hours(24) * options_.days); }

  Touchpoint New(const char* source, Timestamp time, Channel channel, Purpose purpose) {
    Touchpoint t;
    t.source = source;
    t.id = fmt::format("{:016x}{:016x}", dice_.Next(), dice_.Next());
    t.event_time = time;
    t.utc_offset_min = 180;
    t.channel = channel;
    t.direction = Direction::kIn;
    t.purpose = purpose;
    return t;
  }

  // Most arrive at once; some files come days later, some lines come twice.
  void Add(Touchpoint touchpoint) {
    const Timestamp time = *touchpoint.event_time;
    const bool late = dice_.Percent(3);
    if (dice_.Percent(1)) arrivals_.push_back({time + dice_.Within(hours(1)), touchpoint});
    arrivals_.push_back({time + (late ? dice_.Within(hours(72)) : dice_.Within(seconds(2))),
                         std::move(touchpoint)});
  }

  std::string SpelledPhone(const Person& person) {
    const std::string& p = person.phone;
    if (!dice_.Percent(30)) return "+90" + p;
    const char* spelling = dice_.Percent(50) ? "0{} {} {} {}" : "0({}) {} {} {}";
    return fmt::format(fmt::runtime(spelling), p.substr(0, 3), p.substr(3, 3), p.substr(6, 2),
                       p.substr(8, 2));
  }

  // What a channel knows of the person it serves.
  void Identify(const Person& person, Touchpoint& t) {
    switch (t.channel) {
      case Channel::kPhone:
      case Channel::kSms:
      case Channel::kWhatsapp:
      case Channel::kIvr:
      case Channel::kVideo:
        t.identifiers.push_back({"phone", SpelledPhone(person)});
        break;
      case Channel::kEmail:
      case Channel::kReviewSite:
        t.identifiers.push_back({"email", person.email});
        break;
      case Channel::kSocial:
      case Channel::kCommunity:
        t.identifiers.push_back({"social_id", person.handle});
        break;
      case Channel::kWeb:
      case Channel::kWebChat:
        t.identifiers.push_back({"anonymous_id", person.cookie});
        break;
      default:
        t.identifiers.push_back({"customer_id", person.customer_id});
    }
  }

  // Now and then a touchpoint says which identifiers belong together.
  void Link(const Person& person, Timestamp time) {
    Touchpoint t = New("crm", time, Channel::kWeb, Purpose::kIdentity);
    t.identifiers.push_back({"customer_id", person.customer_id});
    t.identifiers.push_back({"phone", SpelledPhone(person)});
    t.identifiers.push_back({"email", person.email});
    if (dice_.Percent(60)) t.identifiers.push_back({"anonymous_id", person.cookie});
    if (dice_.Percent(40)) t.identifiers.push_back({"social_id", person.handle});
    Add(std::move(t));
  }

  void Visit(const Person& person) {
    Timestamp time = AnyTime();
    const uint64_t pages = 1 + dice_.Below(3);
    for (uint64_t i = 0; i < pages; ++i) {
      const Channel channel = dice_.Percent(70) ? Channel::kWeb : Channel::kApp;
      Touchpoint t = New("web", time, channel, Purpose::kBrowse);
      Identify(person, t);
      Add(std::move(t));
      time += dice_.Around(minutes(3));
    }
    if (dice_.Percent(25)) Link(person, time);
  }

  void Purchase(const Person& person) {
    const Timestamp time = AnyTime();
    const Channel channel = dice_.Percent(15) ? Channel::kStore : Channel::kWeb;
    Touchpoint t = New("orders", time, channel, Purpose::kPurchase);
    const std::string order = fmt::format("A-{}", 100000 + orders_++);
    t.identifiers = {{"customer_id", person.customer_id}, {"order_id", order}};
    if (channel == Channel::kWeb) t.identifiers.push_back({"anonymous_id", person.cookie});
    t.refs = {{RefType::kOrder, order}};
    t.value = Value{static_cast<int64_t>(1000 + dice_.Below(90000)), "TRY", ValueKind::kRevenue};
    Add(std::move(t));
    Touchpoint note = New("orders", time + minutes(1), Channel::kSms, Purpose::kNotification);
    note.direction = Direction::kOut;
    note.automated = true;
    note.identifiers = {{"phone", SpelledPhone(person)}};
    Add(std::move(note));
  }

  void Campaign(const Person& person) {
    Touchpoint t = New("campaigns", AnyTime(), Channel::kEmail, Purpose::kMarketing);
    t.direction = Direction::kOut;
    t.initiation = Initiation::kCampaign;
    t.canned = true;
    t.identifiers = {{"email", person.email}};
    Add(std::move(t));
  }

  // A problem and the contacts it takes.
  void Issue(const Person& person) {
    Timestamp time = AnyTime();
    std::string_view topic = dice_.Pick(kTopics);
    if (dice_.Percent(20)) {  // The snow week.
      time = kOpening + hours(24) * (options_.days / 3) + dice_.Within(hours(24 * 4));
      topic = kTopics[0];
    }
    const uint64_t contacts = dice_.Percent(62) ? 1 : 2 + dice_.Below(dice_.Percent(10) ? 6 : 2);
    for (uint64_t i = 0; i < contacts; ++i) {
      time = Contact(person, topic, time, i, i + 1 == contacts) + dice_.Around(hours(40));
    }
    if (dice_.Percent(12)) Thanks(person, time);
    if (dice_.Percent(15)) Survey(person, time, contacts);
  }

  Timestamp Contact(const Person& person, std::string_view topic, Timestamp time, uint64_t number,
                    bool last) {
    const Channel channel =
        dice_.Percent(6) ? dice_.Pick(kRareChannels) : dice_.Pick(kServiceChannels);
    const Purpose purpose = number == 0
                                ? (dice_.Percent(60) ? Purpose::kRequest : Purpose::kQuestion)
                                : (dice_.Percent(45) ? Purpose::kComplaint : Purpose::kRequest);
    Touchpoint t = New("service", time, channel, purpose);
    if (!dice_.Percent(4)) {  // Some do not say who they are.
      Identify(person, t);
      if (dice_.Percent(20)) t.identifiers.push_back({"customer_id", person.customer_id});
    }
    t.topics = {std::string(topic)};
    t.agent = dice_.Pick(kAgents);
    t.queue = topic.substr(0, topic.find('/'));
    t.handled_by = dice_.Percent(12) ? HandledBy::kBot : HandledBy::kHuman;
    t.end_time = time + minutes(1) + dice_.Around(minutes(6));
    t.timings.queue_ms = static_cast<uint32_t>(dice_.Around(seconds(70)).count() / 1000);
    t.sentiment = static_cast<float>(
        std::max(-1.0, 0.3 - 0.35 * static_cast<double>(number) - 0.3 * dice_.Unit()));
    t.conversation_id = t.id;
    Settle(last, t);
    if (channel == Channel::kSocial) {
      t.visibility = Visibility::kPublic;
      t.reach = dice_.Below(5000);
    }
    const Timestamp end = *t.end_time;
    const Touchpoint first = t;
    Add(std::move(t));
    if (dice_.Percent(25)) Reply(first, end);
    if (dice_.Percent(6)) Transfer(first, end);
    return end;
  }

  void Settle(bool last, Touchpoint& t) {
    if (last) {
      t.outcome = dice_.Percent(85) ? Outcome::kResolved : Outcome::kUnspecified;
    } else if (dice_.Percent(30)) {
      t.outcome = Outcome::kPendingCompany;
      t.follow_up_due = *t.event_time + hours(24);
    } else {
      t.outcome = dice_.Percent(50) ? Outcome::kUnresolved : Outcome::kResolved;
    }
  }

  void Reply(const Touchpoint& first, Timestamp end) {
    Touchpoint t = New("service", end + dice_.Around(hours(3)), first.channel, first.purpose);
    t.direction = Direction::kOut;
    t.identifiers = first.identifiers;
    t.conversation_id = first.conversation_id;
    t.agent = first.agent;
    Add(std::move(t));
  }

  void Transfer(const Touchpoint& first, Timestamp end) {
    Touchpoint t = New("service", end + seconds(20), first.channel, first.purpose);
    t.identifiers = first.identifiers;
    t.parent_id = first.id;
    t.relation = Relation::kTransfer;
    t.initiation = Initiation::kTransfer;
    t.agent = dice_.Pick(kAgents);
    t.queue = "second_level";
    t.topics = first.topics;
    t.outcome = first.outcome;
    Add(std::move(t));
  }

  void Thanks(const Person& person, Timestamp time) {
    Touchpoint t = New("social", time, Channel::kSocial, Purpose::kThanks);
    Identify(person, t);
    t.visibility = Visibility::kPublic;
    t.reach = dice_.Below(3000);
    t.sentiment = 0.7F;
    Add(std::move(t));
  }

  void Survey(const Person& person, Timestamp time, uint64_t contacts) {
    Touchpoint t = New("survey", time, Channel::kEmail, Purpose::kFeedback);
    Identify(person, t);
    t.scores = {{ScoreKind::kCsat, static_cast<double>(contacts > 3 ? 1 : 5 - contacts), 5, {}},
                {ScoreKind::kFcr, contacts == 1 ? 1.0 : 0.0, 1, {}}};
    Add(std::move(t));
  }

  ShopOptions options_;
  Dice dice_;
  std::vector<Person> people_;
  std::vector<Arrival> arrivals_;
  uint64_t orders_ = 0;
};

}  // namespace

std::vector<Touchpoint> GenerateShop(const ShopOptions& options) { return Shop(options).Run(); }

}  // namespace cxjourney::examples
