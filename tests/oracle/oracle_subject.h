// The oracle in the place of a tracker, for the vector files.
#pragma once

#include "tools/cxj_vectors/subject.h"

namespace cxjourney::oracle {

Result<std::unique_ptr<vectors::Subject>> OpenOracleSubject(const IdentityRules& rules,
                                                            const std::vector<Policy>& policies);

}  // namespace cxjourney::oracle
