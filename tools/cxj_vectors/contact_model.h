// The parts of a vector of repeat contacts, read strictly.
#pragma once

#include <string>
#include <vector>

#include "cxjourney/policy.h"
#include "cxjourney/touchpoint.h"
#include "tools/cxj_vectors/reader.h"

namespace cxjourney::vectors {

// The one namespace of these vectors: `who` is a profile key.
inline constexpr char kProfile[] = "profile";

// The profile key as an identifier.
Identifier Profile(const std::string& key);

// A touch with the file's defaults underneath.
Touchpoint ReadTouch(const Json& op, const Json& defaults, const std::string& where,
                     Problems* problems);

// A check's policy with the file's defaults underneath. The name is left to the caller.
Policy ReadPolicy(const Json& policy, const Json& defaults, const std::string& where,
                  Problems* problems);

// Topics of `net_of_topics`, which a policy of the vectors may name besides the policy's fields.
std::vector<std::string> ReadNetTopics(const Json& policy);

}  // namespace cxjourney::vectors
