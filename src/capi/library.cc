// The library itself: versions, names, errors, clocks, policies and rules.
#include <cstring>

#include "base/status_macros.h"
#include "capi/answers.h"
#include "capi/arguments.h"
#include "capi/version.h"

namespace cxjourney::capi {
namespace {

cxj_str Literal(const char* text) { return {text, std::strlen(text)}; }

// Given when there is no memory for another one; freeing it does nothing.
cxj_error* OutOfMemory() {
  static cxj_error error{CXJ_RESOURCE_EXHAUSTED, "out of memory"};
  return &error;
}

}  // namespace

cxj_code Report(const Status& status, cxj_error** error) {
  if (status.ok()) return CXJ_OK;
  auto code = static_cast<cxj_code>(status.code());
  if (error != nullptr) *error = new cxj_error{code, status.message()};
  return code;
}

cxj_code ReportOutOfMemory(cxj_error** error) {
  if (error != nullptr) *error = OutOfMemory();
  return CXJ_RESOURCE_EXHAUSTED;
}

cxj_code ReportUnknown(const char* what, cxj_error** error) {
  try {
    return Report(Status(Code::kInternal, std::string("a library below threw: ") + what), error);
  } catch (...) {
    ReportOutOfMemory(error);
    return CXJ_INTERNAL;
  }
}

Status NotNull(const void* pointer, const char* name) {
  if (pointer != nullptr) return Status();
  return Status(Code::kInvalidArgument, std::string(name) + " is NULL");
}

}  // namespace cxjourney::capi

using namespace cxjourney::capi;  // The C functions live in no namespace.
using cxjourney::Code;
using cxjourney::Status;

uint32_t cxj_abi_version(void) { return CXJ_ABI_VERSION; }
cxj_str cxj_version(void) { return Literal(kVersion); }

cxj_code cxj_error_code(const cxj_error* error) { return error == nullptr ? CXJ_OK : error->code; }
cxj_str cxj_error_message(const cxj_error* error) {
  return error == nullptr ? Literal("") : View(error->message);
}
void cxj_error_free(cxj_error* error) {
  if (error != OutOfMemory()) delete error;
}

cxj_str cxj_code_name(cxj_code code) {
  return Literal(cxjourney::CodeName(static_cast<Code>(code)));
}
cxj_str cxj_reason_name(cxj_reason reason) {
  if (reason > UINT16_MAX) return Literal("unknown");
  return Literal(cxjourney::ReasonName(static_cast<cxjourney::Reason>(reason)));
}

cxj_code cxj_clock_new(cxj_time now_us, cxj_clock** clock, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(clock, "clock"));
    auto made = std::make_unique<cxj_clock>();
    made->now_us = now_us;
    *clock = made.release();
    return Status();
  });
}
void cxj_clock_set(cxj_clock* clock, cxj_time now_us) {
  if (clock != nullptr) clock->now_us = now_us;
}
void cxj_clock_free(cxj_clock* clock) { delete clock; }

cxj_code cxj_identity_rules_default(const cxj_identity_rules** rules, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(rules, "rules"));
    Give(cxjourney::DefaultIdentityRules(), rules, Filler());
    return Status();
  });
}
cxj_code cxj_identity_rules_check(const cxj_identity_rules* rules, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_ASSIGN_OR_RETURN(cxjourney::IdentityRules read, ReadRules(rules));
    return cxjourney::ValidateIdentityRules(read);
  });
}
void cxj_identity_rules_free(const cxj_identity_rules* rules) {
  Free<cxj_identity_rules, cxjourney::IdentityRules>(rules);
}

cxj_code cxj_policy_parse(cxj_str text, const cxj_policy** policy, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(policy, "policy"));
    CXJ_ASSIGN_OR_RETURN(std::string_view given, ReadView(text, "text"));
    CXJ_ASSIGN_OR_RETURN(cxjourney::Policy parsed, cxjourney::ParsePolicy(given));
    Give(std::move(parsed), policy, Filler());
    return Status();
  });
}
void cxj_policy_free(const cxj_policy* policy) { Free<cxj_policy, cxjourney::Policy>(policy); }

cxj_str cxj_policy_preset(size_t index) {
  // Kept for the program's life: the names are lent. Leaked on purpose, so that no destructor runs
  // while another thread of a host that is ending still reads them.
  static const auto* const names = new std::vector<std::string>(cxjourney::PolicyPresetNames());
  return index < names->size() ? View((*names)[index]) : Literal("");
}
