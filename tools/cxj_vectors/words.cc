#include "tools/cxj_vectors/words.h"

#include <cstddef>

#include "tools/cxj_vectors/reader.h"

namespace cxjourney::vectors {
namespace {

template <class E>
struct Entry {
  const char* word;
  E value;
};

template <class E, size_t N>
std::optional<E> Find(const Entry<E> (&table)[N], const std::string& text) {
  const std::string word = Word(text);
  for (const Entry<E>& entry : table) {
    if (word == entry.word) return entry.value;
  }
  return std::nullopt;
}

// The first word of a value is its name; the others are accepted spellings.
constexpr Entry<Channel> kChannels[] = {
    {"unspecified", Channel::kUnspecified},
    {"phone", Channel::kPhone},
    {"voice", Channel::kPhone},
    {"call", Channel::kPhone},
    {"sms", Channel::kSms},
    {"web_chat", Channel::kWebChat},
    {"webchat", Channel::kWebChat},
    {"chat", Channel::kWebChat},
    {"app_chat", Channel::kAppChat},
    {"appchat", Channel::kAppChat},
    {"whatsapp", Channel::kWhatsapp},
    {"email", Channel::kEmail},
    {"e_mail", Channel::kEmail},
    {"mail", Channel::kEmail},
    {"social", Channel::kSocial},
    {"community", Channel::kCommunity},
    {"store", Channel::kStore},
    {"web", Channel::kWeb},
    {"app", Channel::kApp},
    {"ivr", Channel::kIvr},
    {"kiosk", Channel::kKiosk},
    {"letter", Channel::kLetter},
    {"video", Channel::kVideo},
    {"review_site", Channel::kReviewSite},
    {"review", Channel::kReviewSite},
};

constexpr Entry<Direction> kDirections[] = {
    {"unspecified", Direction::kUnspecified},
    {"in", Direction::kIn},
    {"inbound", Direction::kIn},
    {"out", Direction::kOut},
    {"outbound", Direction::kOut},
    {"internal", Direction::kInternal},
};

constexpr Entry<Purpose> kPurposes[] = {
    {"unspecified", Purpose::kUnspecified},
    {"question", Purpose::kQuestion},
    {"request", Purpose::kRequest},
    {"complaint", Purpose::kComplaint},
    {"thanks", Purpose::kThanks},
    {"feedback", Purpose::kFeedback},
    {"survey", Purpose::kFeedback},
    {"purchase", Purpose::kPurchase},
    {"return_goods", Purpose::kReturnGoods},
    {"browse", Purpose::kBrowse},
    {"marketing", Purpose::kMarketing},
    {"notification", Purpose::kNotification},
    {"reward", Purpose::kReward},
    {"identity", Purpose::kIdentity},
    {"spam", Purpose::kSpam},
    {"test", Purpose::kTest},
    {"other", Purpose::kOther},
};

constexpr Entry<Outcome> kOutcomes[] = {
    {"unspecified", Outcome::kUnspecified},
    {"unknown", Outcome::kUnknown},
    {"resolved", Outcome::kResolved},
    {"resolved_confirmed", Outcome::kResolvedConfirmed},
    {"unresolved", Outcome::kUnresolved},
    {"escalated", Outcome::kEscalated},
    {"pending_customer", Outcome::kPendingCustomer},
    {"pending_company", Outcome::kPendingCompany},
    {"abandoned", Outcome::kAbandoned},
    {"failed", Outcome::kFailed},
};

constexpr Entry<HandledBy> kHandlers[] = {
    {"unspecified", HandledBy::kUnspecified},
    {"human", HandledBy::kHuman},
    {"agent", HandledBy::kHuman},
    {"bot", HandledBy::kBot},
    {"self", HandledBy::kSelfService},
    {"self_service", HandledBy::kSelfService},
    {"none", HandledBy::kNone},
};

constexpr Entry<Relation> kRelations[] = {
    {"unspecified", Relation::kUnspecified}, {"none", Relation::kUnspecified},
    {"transfer", Relation::kTransfer},       {"callback", Relation::kCallback},
    {"consult", Relation::kConsult},         {"reply", Relation::kReply},
};

constexpr Entry<ScoreKind> kScoreKinds[] = {
    {"nps", ScoreKind::kNps}, {"csat", ScoreKind::kCsat},     {"ces", ScoreKind::kCes},
    {"fcr", ScoreKind::kFcr}, {"custom", ScoreKind::kCustom},
};

constexpr Entry<Tier> kTiers[] = {
    {"person", Tier::kPerson}, {"reference", Tier::kReference}, {"hardware", Tier::kHardware},
    {"cookie", Tier::kCookie}, {"none", Tier::kNone},
};

}  // namespace

std::optional<Channel> ChannelOf(const std::string& word) { return Find(kChannels, word); }

std::string NameOf(Channel channel) {
  for (const Entry<Channel>& entry : kChannels) {
    if (entry.value == channel) return entry.word;
  }
  return "custom";
}

std::optional<Direction> DirectionOf(const std::string& word) { return Find(kDirections, word); }
std::optional<Purpose> PurposeOf(const std::string& word) { return Find(kPurposes, word); }
std::optional<Outcome> OutcomeOf(const std::string& word) { return Find(kOutcomes, word); }
std::optional<HandledBy> HandledByOf(const std::string& word) { return Find(kHandlers, word); }
std::optional<Relation> RelationOf(const std::string& word) { return Find(kRelations, word); }
std::optional<ScoreKind> ScoreKindOf(const std::string& word) { return Find(kScoreKinds, word); }
std::optional<Tier> TierOf(const std::string& word) { return Find(kTiers, word); }

}  // namespace cxjourney::vectors
