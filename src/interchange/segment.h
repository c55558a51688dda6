// Calls of the Segment spec, which RudderStack shares, as touchpoints.
//
//   identify   purpose identity; userId, anonymousId, traits.email and traits.phone are linked
//   alias      purpose identity; previousId and userId are linked
//   page       purpose browse on web            screen     purpose browse on app
//   track      by its event: live chats, orders, e-mails, push messages; else browse or other
//   group      refused ("segment_group"): an account is no person
//
// userId is customer_id, anonymousId anonymous_id, messageId the id, timestamp the event time (it
// is corrected for the client's clock already). What a call carries about the person beyond that
// (address, IP, texts of messages) is not taken over.
#pragma once

#include <string_view>

#include "cxjourney/touchpoint.h"
#include "interchange/json.h"

namespace cxjourney::interchange {

// True fills `touchpoint`, false `refusal`.
bool FromSegment(std::string_view text, Touchpoint& touchpoint, Refusal& refusal);

}  // namespace cxjourney::interchange
