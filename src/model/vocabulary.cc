#include "model/vocabulary.h"

#include "cxjourney/receipt.h"

namespace cxjourney {
inline namespace v1 {

const char* ReasonName(Reason reason) noexcept {
  switch (reason) {
    case Reason::kNone:
      return "none";
    case Reason::kNoIdNorTime:
      return "no_id_nor_time";
    case Reason::kTooManyIdentifiers:
      return "too_many_identifiers";
    case Reason::kFieldTooLong:
      return "field_too_long";
    case Reason::kBadTime:
      return "bad_time";
    case Reason::kTimeInFuture:
      return "time_in_future";
    case Reason::kEndBeforeStart:
      return "end_before_start";
    case Reason::kBadEnum:
      return "bad_enum";
    case Reason::kBadNumber:
      return "bad_number";
    case Reason::kBadUtf8:
      return "bad_utf8";
    case Reason::kUnknownNamespace:
      return "unknown_namespace";
    case Reason::kBadCurrency:
      return "bad_currency";
    case Reason::kTooManyItems:
      return "too_many_items";
    case Reason::kRevisionConflict:
      return "revision_conflict";
    case Reason::kCustomChannelName:
      return "custom_channel_name";
    case Reason::kBatchRefused:
      return "batch_refused";
    case Reason::kBlankValue:
      return "blank_value";
    case Reason::kBlockedValue:
      return "blocked_value";
    case Reason::kRoleMailbox:
      return "role_mailbox";
    case Reason::kOwnPhone:
      return "own_phone";
    case Reason::kInvalidPhone:
      return "invalid_phone";
    case Reason::kInvalidEmail:
      return "invalid_email";
    case Reason::kRepeatedCharacter:
      return "repeated_character";
    case Reason::kNotCustomerRole:
      return "not_customer_role";
    case Reason::kTierNone:
      return "tier_none";
    case Reason::kBlockedByAssertion:
      return "blocked_by_assertion";
    case Reason::kValueTooLong:
      return "value_too_long";
    case Reason::kInvalidValue:
      return "invalid_value";
    case Reason::kQuarantined:
      return "quarantined";
    case Reason::kTwoUniqueValues:
      return "two_unique_values";
    case Reason::kVetoUniqueNamespace:
      return "veto_unique_namespace";
    case Reason::kVetoPerCustomerLimit:
      return "veto_per_customer_limit";
    case Reason::kVetoIdentifiersPerCustomer:
      return "veto_identifiers_per_customer";
    case Reason::kVetoCannotLink:
      return "veto_cannot_link";
    case Reason::kUnidentified:
      return "unidentified";
    case Reason::kOldRevision:
      return "old_revision";
    case Reason::kVoided:
      return "voided";
    case Reason::kRetracted:
      return "retracted";
    case Reason::kTextDropped:
      return "text_dropped";
    case Reason::kPurposeDefaulted:
      return "purpose_defaulted";
    case Reason::kClockCorrected:
      return "clock_corrected";
  }
  return "unknown";
}

}  // namespace v1

namespace model {

ChannelGroup GroupOf(Channel channel) {
  switch (channel) {
    case Channel::kPhone:
    case Channel::kIvr:
    case Channel::kVideo:
      return ChannelGroup::kVoice;
    case Channel::kSms:
    case Channel::kWebChat:
    case Channel::kAppChat:
    case Channel::kWhatsapp:
      return ChannelGroup::kMessaging;
    case Channel::kEmail:
    case Channel::kLetter:
      return ChannelGroup::kMail;
    case Channel::kSocial:
    case Channel::kCommunity:
    case Channel::kReviewSite:
      return ChannelGroup::kSocial;
    case Channel::kStore:
    case Channel::kKiosk:
      return ChannelGroup::kInPerson;
    case Channel::kWeb:
    case Channel::kApp:
      return ChannelGroup::kSelfService;
    case Channel::kCustom:
      return ChannelGroup::kCustom;
    case Channel::kUnspecified:
      break;
  }
  return ChannelGroup::kNone;
}

Purpose DefaultPurpose(Channel channel) {
  switch (channel) {
    case Channel::kPhone:
    case Channel::kSms:
    case Channel::kWebChat:
    case Channel::kAppChat:
    case Channel::kWhatsapp:
    case Channel::kEmail:
    case Channel::kSocial:
    case Channel::kIvr:
    case Channel::kVideo:
    case Channel::kStore:
    // Who writes a letter, a post or a review without saying why most likely wants an answer.
    case Channel::kLetter:
    case Channel::kCommunity:
    case Channel::kReviewSite:
    case Channel::kCustom:
      return Purpose::kRequest;
    case Channel::kWeb:
    case Channel::kApp:
    case Channel::kKiosk:
    case Channel::kUnspecified:
      break;
  }
  return Purpose::kBrowse;
}

bool IsServicePurpose(Purpose purpose) {
  return purpose == Purpose::kQuestion || purpose == Purpose::kRequest ||
         purpose == Purpose::kComplaint || purpose == Purpose::kReturnGoods;
}

bool IsKnownOutcome(Outcome outcome) {
  return outcome != Outcome::kUnspecified && outcome != Outcome::kUnknown;
}

}  // namespace model
}  // namespace cxjourney
