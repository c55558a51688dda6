#include "model/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "base/status_macros.h"
#include "base/string_map.h"
#include "model/check.h"
#include "model/email.h"
#include "model/limits.h"
#include "model/phone.h"
#include "model/text.h"

namespace cxjourney::model {
namespace {

bool InRange(Timestamp time) { return time >= kTimeMin && time <= kTimeMax; }

Status CheckTimeRanges(const Touchpoint& t, Timestamp received, Remark* refusal) {
  struct Field {
    const char* name;
    std::optional<Timestamp> time;
  };
  for (const Field& field :
       {Field{"event_time", t.event_time}, Field{"end_time", t.end_time},
        Field{"sent_time", t.sent_time}, Field{"follow_up_due", t.follow_up_due},
        Field{"received_time", received}}) {
    if (field.time && !InRange(*field.time)) {
      return Refuse(Reason::kBadTime, field.name,
                    fmt::format("{} is not in the years 1 to 9999", field.name), refusal);
    }
  }
  if (t.duration_ms && (*t.duration_ms < 0 || *t.duration_ms > kDurationMsMax)) {
    return Refuse(Reason::kBadNumber, "duration_ms",
                  fmt::format("duration_ms is not from 0 to {}", kDurationMsMax), refusal);
  }
  return Status();
}

// Whether start, end and duration, as sent, fit each other.
Status CheckSpan(const Touchpoint& t, Remark* refusal) {
  if (!t.event_time || !t.end_time) return Status();
  const Duration span = *t.end_time - *t.event_time;
  if (span < Duration::zero()) {
    return Refuse(Reason::kEndBeforeStart, "end_time", "end_time is before event_time", refusal);
  }
  if (!t.duration_ms) return Status();
  // The duration may have been rounded to milliseconds, up or down.
  const Duration difference = span - std::chrono::milliseconds(*t.duration_ms);
  if (std::chrono::abs(difference) < std::chrono::milliseconds(1)) return Status();
  return Refuse(Reason::kBadTime, "duration_ms",
                "duration_ms is not the time from event_time to end_time", refusal);
}

Status CheckCorrected(const char* field, Timestamp time, Timestamp received, Remark* refusal) {
  if (!InRange(time)) {
    return Refuse(Reason::kBadTime, field,
                  fmt::format("{}, corrected by sent_time, is not in the years 1 to 9999", field),
                  refusal);
  }
  if (time <= received + kFutureMax) return Status();
  return Refuse(Reason::kTimeInFuture, field,
                fmt::format("{} is more than 24 hours after it was received", field), refusal);
}

// Sets time, end, has_end. All of the sender's times are wrong by the same amount, so the end
// moves with the start.
Status ApplyTimes(Timestamp received, CanonicalTouchpoint* result, Remark* refusal) {
  const Touchpoint& t = *result->content;
  CXJ_RETURN_IF_ERROR(CheckTimeRanges(t, received, refusal));
  if (t.id.empty() && !t.event_time) {
    return Refuse(Reason::kNoIdNorTime, "id", "touchpoint has neither an id nor an event_time",
                  refusal);
  }
  CXJ_RETURN_IF_ERROR(CheckSpan(t, refusal));
  const Duration correction = t.sent_time ? received - *t.sent_time : Duration::zero();
  result->time = t.event_time ? *t.event_time + correction : received;
  CXJ_RETURN_IF_ERROR(CheckCorrected("event_time", result->time, received, refusal));
  result->end = result->time;
  result->has_end = t.end_time || t.duration_ms;
  if (result->has_end) {
    const Timestamp end = t.end_time ? *t.end_time + correction
                                     : result->time + std::chrono::milliseconds(*t.duration_ms);
    CXJ_RETURN_IF_ERROR(
        CheckCorrected(t.end_time ? "end_time" : "duration_ms", end, received, refusal));
    result->end = std::max(result->time, end);
  }
  if (correction != Duration::zero() && (t.event_time || t.end_time)) {
    result->remarks.push_back({Reason::kClockCorrected, "event_time"});
  }
  return Status();
}

void CanonicalizeTopics(Content* content) {
  const auto is_canonical = [](const std::string& topic) {
    return !topic.empty() && WithoutSlashes(topic).size() == topic.size();
  };
  if (std::all_of((*content)->topics.begin(), (*content)->topics.end(), is_canonical)) return;
  std::vector<std::string>& topics = content->Own().topics;
  for (std::string& topic : topics) topic = std::string(WithoutSlashes(topic));
  std::erase(topics, "");
}

// Attributes are a map: order means nothing, and of two values for one key the later one counts.
// Negative zero equals zero, but has other bits; adding zero makes them one.
void CanonicalizeAttributes(Content* content) {
  if ((*content)->attributes.empty()) return;
  std::vector<Attribute>& attributes = content->Own().attributes;
  auto by_key = [](const Attribute& a, const Attribute& b) { return a.key < b.key; };
  std::stable_sort(attributes.begin(), attributes.end(), by_key);
  auto same_key = [](const Attribute& a, const Attribute& b) { return a.key == b.key; };
  auto kept = std::unique(attributes.rbegin(), attributes.rend(), same_key);
  attributes.erase(attributes.begin(), kept.base());
  for (Attribute& attribute : attributes) {
    if (auto* number = std::get_if<double>(&attribute.value)) *number += 0.0;
  }
}

void CanonicalizeNumbers(Content* content) {
  if (!(*content)->scores.empty()) {
    for (Score& score : content->Own().scores) {
      score.value += 0.0;
      score.max += 0.0;
    }
  }
  const std::optional<float>& sentiment = (*content)->sentiment;
  if (sentiment && *sentiment == 0 && std::signbit(*sentiment)) content->Own().sentiment = 0.0F;
}

// Without one pair of quotes around it.
std::string_view Unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == text.back() &&
                      (text.front() == '"' || text.front() == '\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// "Network:@Handle": the network and the handle without white space around them; '@' is how
// people write a handle, not part of it.
std::optional<std::string> NormalizeSocial(std::string_view trimmed) {
  std::optional<std::string> lower = ToLowerRoot(trimmed);
  if (lower) lower = ToNfc(*lower);
  if (!lower) return std::nullopt;
  std::string_view rest = *lower;
  const size_t colon = rest.find(':');
  std::string result;
  if (colon != rest.npos) {
    result = std::string(Trim(rest.substr(0, colon))) + ":";
    rest = Trim(rest.substr(colon + 1));
  }
  if (!rest.empty() && rest.front() == '@') rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  return result.append(rest);
}

}  // namespace

struct Canonicalizer::Impl {
  Impl(const IdentityRules& given, bool keep)
      : rules(given), keep_text(keep), phones(given.default_region) {
    for (size_t i = 0; i < rules.namespaces.size(); ++i) {
      index.emplace(rules.namespaces[i].name, static_cast<int>(i));
    }
    for (const std::string& value : rules.blocked_values) {
      const std::string bare = AsciiLowered(Unquoted(Trim(value)));
      if (bare.empty()) continue;  // A blank value has a reason of its own.
      blocked_sizes[static_cast<uint8_t>(bare.front())] |= SizeBit(bare);
      blocked.insert(bare);
    }
    for (const std::string& mailbox : rules.role_mailboxes) {
      mailboxes.insert(ToLowerRoot(Trim(mailbox)).value_or(mailbox));
    }
    for (const std::string& phone : rules.own_phones) {
      if (auto e164 = phones.Normalize(Trim(phone))) own_phones.insert(*e164);
    }
  }

  // Sizes from 63 on share a bit.
  static uint64_t SizeBit(std::string_view text) {
    return uint64_t{1} << std::min<size_t>(text.size(), 63);
  }

  bool IsBlocked(std::string_view trimmed) const {
    const std::string_view bare = Trim(Unquoted(trimmed));
    if (bare.empty()) return false;
    if ((blocked_sizes[static_cast<uint8_t>(AsciiLower(bare.front()))] & SizeBit(bare)) == 0) {
      return false;
    }
    return blocked.contains(AsciiLowered(bare));
  }

  std::optional<std::string> Normalize(Normalizer normalizer, std::string_view trimmed) const {
    switch (normalizer) {
      case Normalizer::kTrim:
        return std::string(trimmed);
      case Normalizer::kTrimNfc:
        return ToNfc(trimmed);
      case Normalizer::kAlphanumeric:
        return LettersAndDigits(trimmed);
      case Normalizer::kEmail:
        return NormalizeEmail(trimmed);
      case Normalizer::kPhone:
        return phones.Normalize(trimmed);
      case Normalizer::kSocial:
        return NormalizeSocial(trimmed);
      case Normalizer::kTrimUpper:
        return ToUpperRoot(trimmed);
    }
    return std::nullopt;
  }

  static Reason FailureOf(Normalizer normalizer) {
    if (normalizer == Normalizer::kPhone) return Reason::kInvalidPhone;
    return normalizer == Normalizer::kEmail ? Reason::kInvalidEmail : Reason::kInvalidValue;
  }

  // What is wrong with a normalised value; kNone: nothing.
  Reason Judge(const NamespaceRule& rule, const std::string& value) const {
    if (value.empty()) return Reason::kBlankValue;
    if (IsBlocked(value)) return Reason::kBlockedValue;
    std::string_view repeated = value;
    if (rule.normalizer == Normalizer::kEmail) {
      repeated = EmailLocalPart(value);
      if (mailboxes.contains(repeated)) return Reason::kRoleMailbox;
    } else if (rule.normalizer == Normalizer::kPhone) {
      repeated = PhoneNormalizer::NationalDigits(value);
      if (value.size() - 1 < kPhoneDigitsMin) return Reason::kBlockedValue;
      if (!own_phones.empty() && own_phones.contains(value)) return Reason::kOwnPhone;
    }
    if (rule.refuse_repeated && (IsRepeatedCharacter(repeated) || IsZeros(repeated))) {
      return Reason::kRepeatedCharacter;
    }
    return Reason::kNone;
  }

  // REQUIRES: the value is valid UTF-8.
  CanonicalIdentifier Canonical(int name_space, std::string_view typed, Role role) const {
    const NamespaceRule& rule = rules.namespaces[static_cast<size_t>(name_space)];
    CanonicalIdentifier result;
    result.name_space = static_cast<uint16_t>(name_space);
    result.name = rule.name;
    result.typed = typed;
    result.role = role == Role::kUnspecified ? Role::kCustomer : role;
    const std::string_view trimmed = Trim(typed);
    if (Trim(Unquoted(trimmed)).empty()) {
      result.value = std::string(trimmed);
      result.reason = Reason::kBlankValue;
    } else if (auto value = Normalize(rule.normalizer, trimmed)) {
      // Judge asks for the value itself.
      const bool typed_is_blocked = *value != trimmed && IsBlocked(trimmed);
      result.reason = typed_is_blocked ? Reason::kBlockedValue : Judge(rule, *value);
      result.value = *std::move(value);
    } else {
      result.reason = IsBlocked(trimmed) ? Reason::kBlockedValue : FailureOf(rule.normalizer);
      result.value = std::string(trimmed);
    }
    // These hold whatever the value is.
    if (result.role != Role::kCustomer)
      result.reason = Reason::kNotCustomerRole;
    else if (rule.tier == Tier::kNone && result.evidence())
      result.reason = Reason::kTierNone;
    return result;
  }

  Status CanonicalizeIdentifiers(const std::vector<Identifier>& given, CanonicalTouchpoint* result,
                                 Remark* refusal) const;

  const IdentityRules rules;
  const bool keep_text;
  const PhoneNormalizer phones;
  base::StringMap<int> index;
  base::StringSet blocked;
  // By first byte: sizes of blocked values, so that most others are not looked up.
  std::array<uint64_t, 256> blocked_sizes = {};
  base::StringSet mailboxes;
  base::StringSet own_phones;
};

Status Canonicalizer::Impl::CanonicalizeIdentifiers(const std::vector<Identifier>& given,
                                                    CanonicalTouchpoint* result,
                                                    Remark* refusal) const {
  if (given.size() > kIdentifiersMax) {
    return Refuse(Reason::kTooManyIdentifiers, "identifiers",
                  fmt::format("touchpoint has {} identifiers; the limit is {}", given.size(),
                              kIdentifiersMax),
                  refusal);
  }
  auto& identifiers = result->identifiers;
  identifiers.reserve(given.size());
  for (const Identifier& identifier : given) {
    const auto it = index.find(std::string_view(identifier.name_space));
    if (it == index.end()) {
      // The name is not repeated: where a field is mixed up it is a customer's value.
      return Refuse(Reason::kUnknownNamespace, "identifiers.namespace",
                    "touchpoint has an identifier of a namespace that the rules do not know",
                    refusal);
    }
    if (identifier.value.size() > kIdentifierValueBytesMax) {
      // Kept as a remark only: a limit that is passed never loses the touchpoint.
      result->remarks.push_back({Reason::kValueTooLong, identifier.name_space});
      continue;
    }
    if (!IsUtf8(identifier.value)) {
      return Refuse(Reason::kBadUtf8, "identifiers.value",
                    fmt::format("an identifier of namespace {} is not UTF-8",
                                rules.namespaces[static_cast<size_t>(it->second)].name),
                    refusal);
    }
    identifiers.push_back(Canonical(it->second, identifier.value, identifier.role));
  }
  auto key = [](const CanonicalIdentifier& i) { return std::tie(i.name_space, i.value, i.role); };
  std::sort(identifiers.begin(), identifiers.end(), [&](const auto& a, const auto& b) {
    const auto order = key(a) <=> key(b);
    return order != 0 ? order < 0 : a.typed < b.typed;  // Which spelling stays is no accident.
  });
  auto same = [&](const auto& a, const auto& b) { return key(a) == key(b); };
  identifiers.erase(std::unique(identifiers.begin(), identifiers.end(), same), identifiers.end());
  for (const CanonicalIdentifier& identifier : identifiers) {
    if (identifier.evidence()) continue;
    result->remarks.push_back({identifier.reason, rules.namespaces[identifier.name_space].name});
  }
  return Status();
}

Canonicalizer::Canonicalizer(const IdentityRules& rules, bool keep_text)
    : impl_(std::make_unique<Impl>(rules, keep_text)) {}
Canonicalizer::~Canonicalizer() = default;

const IdentityRules& Canonicalizer::rules() const { return impl_->rules; }

int Canonicalizer::FindNamespace(std::string_view name) const {
  const auto it = impl_->index.find(name);
  return it == impl_->index.end() ? -1 : it->second;
}

Reason Canonicalizer::ReasonOf(std::string_view name_space, std::string_view value) const {
  if (FindNamespace(name_space) < 0) return Reason::kTierNone;
  const auto judged = CanonicalizeIdentifier(name_space, value);
  return judged.ok() ? judged->reason : Reason::kInvalidValue;
}

Reason Canonicalizer::ReasonOf(std::string_view name_space, Reason recorded) const {
  const int no = FindNamespace(name_space);
  if (no < 0) return Reason::kTierNone;
  if (recorded != Reason::kNone && recorded != Reason::kTierNone) return recorded;
  const Tier tier = impl_->rules.namespaces[static_cast<size_t>(no)].tier;
  return tier == Tier::kNone ? Reason::kTierNone : Reason::kNone;
}

Result<CanonicalIdentifier> Canonicalizer::CanonicalizeIdentifier(std::string_view name_space,
                                                                  std::string_view value,
                                                                  Role role) const {
  const int no = FindNamespace(name_space);
  if (no < 0) {
    return Status(Code::kInvalidArgument, "the rules do not know the identifier's namespace");
  }
  const std::string& name = impl_->rules.namespaces[static_cast<size_t>(no)].name;
  if (role > Role::kOther) {
    return Status(Code::kInvalidArgument,
                  fmt::format("the role of an identifier of namespace {} is unknown", name));
  }
  if (value.size() > kIdentifierValueBytesMax) {
    return Status(Code::kInvalidArgument,
                  fmt::format("a value of namespace {} has {} bytes; the limit is {}", name,
                              value.size(), kIdentifierValueBytesMax));
  }
  if (!IsUtf8(value)) {
    return Status(Code::kInvalidArgument,
                  fmt::format("a value of namespace {} is not UTF-8", name));
  }
  return impl_->Canonical(no, value, role);
}

Status Canonicalizer::Canonicalize(const Touchpoint& touchpoint, Timestamp received,
                                   CanonicalTouchpoint* result, Remark* refusal) const {
  // Sizes first: nothing that is refused for its size is copied.
  CXJ_RETURN_IF_ERROR(CheckFields(touchpoint, impl_->keep_text, refusal));
  CXJ_RETURN_IF_ERROR(impl_->CanonicalizeIdentifiers(touchpoint.identifiers, result, refusal));
  Content& content = result->content;
  content.Refer(touchpoint);
  CXJ_RETURN_IF_ERROR(ApplyTimes(received, result, refusal));
  CanonicalizeTopics(&content);
  CanonicalizeAttributes(&content);
  CanonicalizeNumbers(&content);
  if (touchpoint.purpose == Purpose::kUnspecified) {
    result->remarks.push_back({Reason::kPurposeDefaulted, "purpose"});
  }
  if (touchpoint.id.empty()) {
    // Before the text goes: two messages that differ in nothing else are two touchpoints.
    content.Own().id = FingerprintId(*result);
    result->id_is_fingerprint = true;
  }
  if (touchpoint.text && !impl_->keep_text) {
    result->digest = DigestContent(*result);
    content.Own().text.reset();
    result->text_dropped = true;
    result->remarks.push_back({Reason::kTextDropped, "text"});
  }
  return Status();
}

const Touchpoint Content::kNothing;

std::string MaskValue(std::string_view value) {
  // Where the code points begin, so that none is cut.
  std::vector<size_t> starts;
  for (size_t i = 0; i < value.size(); ++i) {
    if ((static_cast<unsigned char>(value[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  const size_t count = starts.size();
  const size_t head = std::min<size_t>(6, count * 6 / 13);
  const size_t tail = std::min<size_t>(2, count * 2 / 13);
  const size_t head_bytes = head > 0 ? starts[head] : 0;
  const size_t tail_from = tail > 0 ? starts[count - tail] : value.size();
  // Always five: the length of what is hidden is hidden, too.
  return fmt::format("{}*****{}", value.substr(0, head_bytes), value.substr(tail_from));
}

}  // namespace cxjourney::model
