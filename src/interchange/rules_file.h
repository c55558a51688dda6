// Identity rules as a JSON file.
//
//   {"extends": "default",                  or "none"; "default" if left out
//    "default_region": "US",
//    "namespaces": [{"name": "passport", "tier": "person", "priority": 3, "per_customer_max": 2,
//                    "normalizer": "alphanumeric", "refuse_repeated": false,
//                    "ttl_days": 0, "quarantine_above": 0}],
//    "blocked_values": ["n/a"], "role_mailboxes": ["info"], "own_phones": ["+902121112233"],
//    "identifiers_per_customer_max": 512}
//
// A namespace of a name that the defaults have replaces it; the lists replace the defaults' lists.
#pragma once

#include <string>
#include <string_view>

#include "cxjourney/identity.h"
#include "cxjourney/status.h"

namespace cxjourney::interchange {

// kInvalidArgument names the member that is wrong; the rules are validated as Open does it.
Result<IdentityRules> ParseIdentityRules(std::string_view json);
Result<IdentityRules> LoadIdentityRules(const std::string& path);

}  // namespace cxjourney::interchange
