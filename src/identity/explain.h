// Why: the chain of links between two identifiers, accepted or vetoed.
#pragma once

#include <vector>

#include "identity/graph.h"

namespace cxjourney::identity {

// A chain of links from `a` to `b` that crosses as few customers as possible and is short; empty
// when no evidence connects them. Within one customer it is a shortest chain of links inside it.
// Cost: linear in the links of the component.
std::vector<PairKey> FindPath(const Graph& graph, IdentifierNo a, IdentifierNo b);

}  // namespace cxjourney::identity
