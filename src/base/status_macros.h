// Passing a failure on.
#pragma once

#include <utility>

#include "cxjourney/status.h"

#define CXJ_RETURN_IF_ERROR(expression)            \
  do {                                             \
    ::cxjourney::Status cxj_status = (expression); \
    if (!cxj_status.ok()) return cxj_status;       \
  } while (false)

#define CXJ_CONCAT_INNER(a, b) a##b
#define CXJ_CONCAT(a, b) CXJ_CONCAT_INNER(a, b)
// CXJ_ASSIGN_OR_RETURN(auto x, F()): x = the value of F(), or return its status.
#define CXJ_ASSIGN_OR_RETURN(target, expression) \
  CXJ_ASSIGN_OR_RETURN_INNER(CXJ_CONCAT(cxj_result_, __LINE__), target, expression)
#define CXJ_ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                                  \
  if (!result.ok()) return result.status();                    \
  target = *std::move(result)
