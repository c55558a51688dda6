// Who is who: resolving, asserting, explaining.
#include <algorithm>

#include "base/status_macros.h"
#include "capi/arguments.h"
#include "capi/tracker.h"

using namespace cxjourney::capi;  // The C functions live in no namespace.
using cxjourney::Assertion;
using cxjourney::AssertionReceipt;
using cxjourney::CustomerId;
using cxjourney::Identifier;
using cxjourney::Result;
using cxjourney::Status;
using cxjourney::Tracker;

namespace {

// Runs `act(tracker, assertion)`; the receipt may not be asked for.
template <class Act>
cxj_code Assert(cxj_tracker* handle, const cxj_assertion* assertion,
                const cxj_assertion_receipt** receipt, cxj_error** error, const Act& act) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(handle, "tracker"));
    CXJ_ASSIGN_OR_RETURN(Assertion who, ReadAssertion(assertion));
    Result<AssertionReceipt> result = act(*handle->tracker, who);
    if (!result.ok()) return result.status();
    if (receipt != nullptr) Give(*std::move(result), receipt, Filler());
    return Status();
  });
}

}  // namespace

cxj_code cxj_resolve(const cxj_tracker* tracker, const cxj_identifier* identifier,
                     cxj_customer_id* customer, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    CXJ_RETURN_IF_ERROR(NotNull(customer, "customer"));
    CXJ_ASSIGN_OR_RETURN(Identifier who, ReadIdentifier(identifier, "identifier"));
    CXJ_ASSIGN_OR_RETURN(CustomerId id, tracker->tracker->Resolve(who));
    *customer = static_cast<cxj_customer_id>(id);
    return Status();
  });
}

cxj_code cxj_customer_of(const cxj_tracker* tracker, cxj_customer_id id,
                         const cxj_customer** customer, cxj_error** error) {
  return Answer(tracker, customer, error,
                [id](const Tracker& t) { return t.GetCustomer(CustomerId{id}); });
}
void cxj_customer_free(const cxj_customer* customer) {
  Free<cxj_customer, cxjourney::Customer>(customer);
}

cxj_code cxj_list_customers(const cxj_tracker* tracker, cxj_customer_id after, cxj_customer_id* ids,
                            size_t capacity, size_t* count, cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    CXJ_RETURN_IF_ERROR(NotNull(count, "count"));
    if (capacity != 0) CXJ_RETURN_IF_ERROR(NotNull(ids, "ids"));
    auto limit = static_cast<uint32_t>(std::min<size_t>(capacity, UINT32_MAX));
    CXJ_ASSIGN_OR_RETURN(std::vector<CustomerId> found,
                         tracker->tracker->ListCustomers(CustomerId{after}, limit));
    std::transform(found.begin(), found.end(), ids,
                   [](CustomerId id) { return static_cast<cxj_customer_id>(id); });
    *count = found.size();
    return Status();
  });
}

void cxj_assertion_receipt_free(const cxj_assertion_receipt* receipt) {
  Free<cxj_assertion_receipt, AssertionReceipt>(receipt);
}

cxj_code cxj_must_link(cxj_tracker* tracker, const cxj_identifier* identifiers, size_t count,
                       const cxj_assertion* assertion, const cxj_assertion_receipt** receipt,
                       cxj_error** error) {
  return Assert(tracker, assertion, receipt, error,
                [&](Tracker& t, const Assertion& who) -> Result<AssertionReceipt> {
                  CXJ_ASSIGN_OR_RETURN(std::vector<Identifier> read,
                                       ReadIdentifiers(identifiers, count));
                  return t.MustLink(read, who);
                });
}

cxj_code cxj_unlink(cxj_tracker* tracker, const cxj_identifier* a, const cxj_identifier* b,
                    const cxj_assertion* assertion, const cxj_assertion_receipt** receipt,
                    cxj_error** error) {
  return Assert(tracker, assertion, receipt, error,
                [&](Tracker& t, const Assertion& who) -> Result<AssertionReceipt> {
                  CXJ_ASSIGN_OR_RETURN(Identifier first, ReadIdentifier(a, "a"));
                  CXJ_ASSIGN_OR_RETURN(Identifier second, ReadIdentifier(b, "b"));
                  return t.Unlink(first, second, who);
                });
}

cxj_code cxj_block(cxj_tracker* tracker, const cxj_identifier* identifier,
                   const cxj_assertion* assertion, const cxj_assertion_receipt** receipt,
                   cxj_error** error) {
  return Assert(tracker, assertion, receipt, error,
                [&](Tracker& t, const Assertion& who) -> Result<AssertionReceipt> {
                  CXJ_ASSIGN_OR_RETURN(Identifier read, ReadIdentifier(identifier, "identifier"));
                  return t.Block(read, who);
                });
}

cxj_code cxj_unblock(cxj_tracker* tracker, const cxj_identifier* identifier,
                     const cxj_assertion* assertion, const cxj_assertion_receipt** receipt,
                     cxj_error** error) {
  return Assert(tracker, assertion, receipt, error,
                [&](Tracker& t, const Assertion& who) -> Result<AssertionReceipt> {
                  CXJ_ASSIGN_OR_RETURN(Identifier read, ReadIdentifier(identifier, "identifier"));
                  return t.Unblock(read, who);
                });
}

cxj_code cxj_retract_assertion(cxj_tracker* tracker, cxj_assertion_id id,
                               const cxj_assertion* assertion,
                               const cxj_assertion_receipt** receipt, cxj_error** error) {
  return Assert(tracker, assertion, receipt, error, [id](Tracker& t, const Assertion& who) {
    return t.Retract(cxjourney::AssertionId{id}, who);
  });
}

cxj_code cxj_retract_touchpoint(cxj_tracker* tracker, const cxj_key* key,
                                const cxj_assertion* assertion,
                                const cxj_assertion_receipt** receipt, cxj_error** error) {
  return Assert(tracker, assertion, receipt, error,
                [&](Tracker& t, const Assertion& who) -> Result<AssertionReceipt> {
                  CXJ_ASSIGN_OR_RETURN(cxjourney::TouchpointKey read, ReadKey(key, "key"));
                  return t.Retract(read, who);
                });
}

cxj_code cxj_why_of(const cxj_tracker* tracker, const cxj_identifier* a, const cxj_identifier* b,
                    const cxj_why** why, cxj_error** error) {
  return Answer(tracker, why, error, [&](const Tracker& t) -> Result<cxjourney::WhyAnswer> {
    CXJ_ASSIGN_OR_RETURN(Identifier first, ReadIdentifier(a, "a"));
    CXJ_ASSIGN_OR_RETURN(Identifier second, ReadIdentifier(b, "b"));
    return t.Why(first, second);
  });
}
void cxj_why_free(const cxj_why* why) { Free<cxj_why, cxjourney::WhyAnswer>(why); }
