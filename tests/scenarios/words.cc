#include "tests/scenarios/words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "interchange/time_text.h"

namespace cxjourney::scenario_tests {
namespace {

template <class Enum>
struct Named {
  Enum value;
  const char* word;
};

constexpr std::array kOutcomes{
    Named<RecordOutcome>{RecordOutcome::kRecorded, "RECORDED"},
    Named<RecordOutcome>{RecordOutcome::kDuplicate, "DUPLICATE"},
    Named<RecordOutcome>{RecordOutcome::kStored, "STORED"},
    Named<RecordOutcome>{RecordOutcome::kRefused, "REFUSED"},
};
constexpr std::array kNoticeTypes{
    Named<NoticeType>{NoticeType::kDetected, "DETECTED"},
    Named<NoticeType>{NoticeType::kRevised, "REVISED"},
    Named<NoticeType>{NoticeType::kRetracted, "RETRACTED"},
};
constexpr std::array kVetoRules{
    Named<VetoRule>{VetoRule::kUniqueNamespace, "UNIQUE_NAMESPACE"},
    Named<VetoRule>{VetoRule::kPerCustomerLimit, "PER_CUSTOMER_LIMIT"},
    Named<VetoRule>{VetoRule::kIdentifiersPerCustomer, "IDENTIFIERS_PER_CUSTOMER"},
    Named<VetoRule>{VetoRule::kCannotLink, "CANNOT_LINK"},
};
constexpr std::array kAnchorPoints{
    Named<AnchorPoint>{AnchorPoint::kEnd, "END"},
    Named<AnchorPoint>{AnchorPoint::kStart, "START"},
};
constexpr std::array kTopicMatches{
    Named<TopicMatch>{TopicMatch::kAny, "ANY"},
    Named<TopicMatch>{TopicMatch::kSame, "SAME"},
    Named<TopicMatch>{TopicMatch::kPrefix, "PREFIX"},
};
constexpr std::array kChannelMatches{
    Named<ChannelMatch>{ChannelMatch::kAll, "ALL"},
    Named<ChannelMatch>{ChannelMatch::kSame, "SAME"},
    Named<ChannelMatch>{ChannelMatch::kSameGroup, "SAME_GROUP"},
};
constexpr std::array kChains{
    Named<Chain>{Chain::kRolling, "ROLLING"},
    Named<Chain>{Chain::kFromFirst, "FROM_FIRST"},
};
constexpr std::array kTiers{
    Named<Tier>{Tier::kPerson, "PERSON"},     Named<Tier>{Tier::kReference, "REFERENCE"},
    Named<Tier>{Tier::kHardware, "HARDWARE"}, Named<Tier>{Tier::kCookie, "COOKIE"},
    Named<Tier>{Tier::kNone, "NONE"},
};
constexpr std::array kNormalizers{
    Named<Normalizer>{Normalizer::kTrim, "TRIM"},
    Named<Normalizer>{Normalizer::kTrimNfc, "TRIM_NFC"},
    Named<Normalizer>{Normalizer::kAlphanumeric, "ALPHANUMERIC"},
    Named<Normalizer>{Normalizer::kEmail, "EMAIL"},
    Named<Normalizer>{Normalizer::kPhone, "PHONE"},
    Named<Normalizer>{Normalizer::kSocial, "SOCIAL"},
    Named<Normalizer>{Normalizer::kTrimUpper, "TRIM_UPPER"},
};
constexpr std::array kDurabilities{
    Named<Durability>{Durability::kDefault, "DEFAULT"},
    Named<Durability>{Durability::kDurable, "DURABLE"},
    Named<Durability>{Durability::kOs, "OS"},
    Named<Durability>{Durability::kBuffered, "BUFFERED"},
};
using GroupBy = RepeatQuery::GroupBy;
constexpr std::array kGroupings{
    Named<GroupBy>{GroupBy::kNone, "NONE"},
    Named<GroupBy>{GroupBy::kChannel, "CHANNEL"},
    Named<GroupBy>{GroupBy::kTopic, "TOPIC"},
    Named<GroupBy>{GroupBy::kQueue, "QUEUE"},
};

template <class Table, class Enum>
std::string WordIn(const Table& table, Enum value) {
  for (const auto& entry : table) {
    if (entry.value == value) return entry.word;
  }
  throw Mistake("a value without a word: " + std::to_string(static_cast<int>(value)));
}

template <class Table, class Enum>
void Find(const Table& table, const std::string& word, Enum& value) {
  for (const auto& entry : table) {
    if (entry.word != word) continue;
    value = entry.value;
    return;
  }
  throw Mistake("no such word: " + word);
}

}  // namespace

std::string Capitals(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return word;
}

std::string Word(Code value) { return CodeName(value); }
std::string Word(Reason value) { return Capitals(ReasonName(value)); }
std::string Word(RecordOutcome value) { return WordIn(kOutcomes, value); }
std::string Word(NoticeType value) { return WordIn(kNoticeTypes, value); }
std::string Word(VetoRule value) { return WordIn(kVetoRules, value); }
std::string Word(AnchorPoint value) { return WordIn(kAnchorPoints, value); }
std::string Word(TopicMatch value) { return WordIn(kTopicMatches, value); }
std::string Word(ChannelMatch value) { return WordIn(kChannelMatches, value); }
std::string Word(Chain value) { return WordIn(kChains, value); }

void FromWord(const std::string& word, Tier& value) { Find(kTiers, word, value); }
void FromWord(const std::string& word, Normalizer& value) { Find(kNormalizers, word, value); }
void FromWord(const std::string& word, Durability& value) { Find(kDurabilities, word, value); }
void FromWord(const std::string& word, GroupBy& value) { Find(kGroupings, word, value); }

std::string TimeText(Timestamp time) {
  if (time == Timestamp::min()) return "min";
  if (time == Timestamp::max()) return "max";
  return interchange::IsoTime(time);
}

Timestamp TimeFromText(const std::string& text) {
  if (text == "min") return Timestamp::min();
  if (text == "max") return Timestamp::max();
  const std::optional<Timestamp> time = interchange::ParseIsoTime(text);
  if (!time) throw Mistake("no time: " + text);
  return *time;
}

}  // namespace cxjourney::scenario_tests
