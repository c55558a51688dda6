// cxjourney over its C ABI, for C++ programs that must not be rebuilt when the library is: a thin,
// header-only layer of owners and Result over c.h. What it compiles to are calls of cxj_* and
// nothing else; programs that link the static library use tracker.h.
//
//   auto tracker = cxjourney::cabi::Tracker::Open("/var/lib/shop/journeys");
//   if (!tracker) return Fail(tracker.error().message());
//   cxj_identifier who = cxjourney::cabi::MakeIdentifier("phone", "0532 111 22 33");
//   cxj_touchpoint call = CXJ_TOUCHPOINT_INIT;
//   call.source = cxjourney::cabi::Borrow("callcentre");
//   call.id = cxjourney::cabi::Borrow("c-1001");
//   call.channel = CXJ_CHANNEL_PHONE;
//   call.identifiers = &who;
//   call.identifier_count = 1;
//   auto receipts = tracker->Record(&call, 1);
//   if (receipts && (*receipts)->receipts[0]->verdicts[0]->repeat_of) Escalate();
//
// Structs, meanings, errors, threads and costs are those of c.h. C++17.
#ifndef CXJOURNEY_CABI_HPP_
#define CXJOURNEY_CABI_HPP_

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "cxjourney/c.h"

namespace cxjourney {
namespace cabi {

// Lends a text to the library; it must live until the call returns.
inline cxj_str Borrow(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view View(cxj_str text) { return {text.data, text.size}; }
inline cxj_identifier MakeIdentifier(std::string_view name_space, std::string_view value,
                                     cxj_role role = CXJ_ROLE_UNSPECIFIED) {
  return {Borrow(name_space), Borrow(value), role, 0};
}

// Why a call failed. Owns the error.
class Error {
 public:
  explicit Error(cxj_code code, cxj_error* error) : code_(code), error_(error) {}
  cxj_code code() const { return code_; }
  std::string message() const { return std::string(View(cxj_error_message(error_.get()))); }

 private:
  struct Free {
    void operator()(cxj_error* error) const { cxj_error_free(error); }
  };
  cxj_code code_;
  std::unique_ptr<cxj_error, Free> error_;
};

// A T, or the error. Reading the value of a failed one aborts the program.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : rep_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : rep_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return rep_.index() == 0; }
  const Error& error() const { return Get<1>(rep_); }
  T& operator*() & { return Get<0>(rep_); }
  T&& operator*() && { return std::move(Get<0>(rep_)); }
  const T& operator*() const& { return Get<0>(rep_); }
  T* operator->() { return &Get<0>(rep_); }

 private:
  template <size_t kIndex, class Rep>
  static auto& Get(Rep& rep) {
    if (rep.index() != kIndex) std::abort();
    return *std::get_if<kIndex>(&rep);
  }
  std::variant<T, Error> rep_;
};

// An answer of the library: reads like a pointer to its struct, and gives it back.
template <class View, void (*kFree)(const View*)>
class Answer {
 public:
  explicit Answer(const View* view) : view_(view) {}
  const View& operator*() const { return *view_; }
  const View* operator->() const { return view_.get(); }
  const View* get() const { return view_.get(); }

 private:
  struct Free {
    void operator()(const View* view) const { kFree(view); }
  };
  std::unique_ptr<const View, Free> view_;
};

using Receipts = Answer<cxj_receipts, cxj_receipts_free>;
using Bytes = Answer<cxj_bytes, cxj_bytes_free>;
using Customer = Answer<cxj_customer, cxj_customer_free>;
using AssertionReceipt = Answer<cxj_assertion_receipt, cxj_assertion_receipt_free>;
using Why = Answer<cxj_why, cxj_why_free>;
using Journey = Answer<cxj_journey, cxj_journey_free>;
using Context = Answer<cxj_context, cxj_context_free>;
using Verdict = Answer<cxj_verdict, cxj_verdict_free>;
using TransitionReport = Answer<cxj_transition_report, cxj_transition_report_free>;
using FunnelReport = Answer<cxj_funnel_report, cxj_funnel_report_free>;
using RepeatReport = Answer<cxj_repeat_report, cxj_repeat_report_free>;
using Stats = Answer<cxj_stats, cxj_stats_free>;
using VerifyReport = Answer<cxj_verify_report, cxj_verify_report_free>;
using Policy = Answer<cxj_policy, cxj_policy_free>;
using IdentityRules = Answer<cxj_identity_rules, cxj_identity_rules_free>;

namespace internal {

// Calls `call(&out, &error)` and gives what it wrote, made into a T.
template <class T, class Out, class Call>
Result<T> Take(const Call& call) {
  Out out{};
  cxj_error* error = nullptr;
  const cxj_code code = call(&out, &error);
  if (code != CXJ_OK) return Error(code, error);
  return T(out);
}

// A cxj_visit_fn that calls the Visit behind `user`.
template <class Visit>
void Show(const cxj_touchpoint* touchpoint, void* user) {
  (*static_cast<Visit*>(user))(*touchpoint);
}

struct Nothing {
  Nothing() = default;
  explicit Nothing(char) {}
};

}  // namespace internal

// Of a call that gives nothing back.
using Done = Result<internal::Nothing>;

inline Result<Policy> ParsePolicy(std::string_view text) {
  return internal::Take<Policy, const cxj_policy*>(
      [&](auto* out, auto* error) { return cxj_policy_parse(Borrow(text), out, error); });
}
inline Result<IdentityRules> DefaultIdentityRules() {
  return internal::Take<IdentityRules, const cxj_identity_rules*>(
      [](auto* out, auto* error) { return cxj_identity_rules_default(out, error); });
}

// Walks through touchpoints; used by one thread at a time.
class Cursor {
 public:
  explicit Cursor(cxj_cursor* cursor) : cursor_(cursor) {}
  // Null at the end; lent until the following call.
  Result<const cxj_touchpoint*> Next() {
    return internal::Take<const cxj_touchpoint*, const cxj_touchpoint*>(
        [&](auto* out, auto* error) { return cxj_cursor_next(cursor_.get(), out, error); });
  }
  cxj_customer_id customer() const { return cxj_cursor_customer(cursor_.get()); }

 private:
  struct Free {
    void operator()(cxj_cursor* cursor) const { cxj_cursor_free(cursor); }
  };
  std::unique_ptr<cxj_cursor, Free> cursor_;
};

// The store. Closes when it goes; Close says whether that went well.
class Tracker {
 public:
  static Result<Tracker> Open(std::string_view path, const cxj_options* options = nullptr) {
    return internal::Take<Tracker, cxj_tracker*>(
        [&](auto* out, auto* error) { return cxj_open(Borrow(path), options, out, error); });
  }
  explicit Tracker(cxj_tracker* tracker) : tracker_(tracker) {}

  Done Close() {
    return Do([&](auto* error) { return cxj_close(tracker_.release(), error); });
  }
  Done Sync() {
    return Do([&](auto* error) { return cxj_sync(get(), error); });
  }
  Done Compact() {
    return Do([&](auto* error) { return cxj_compact(get(), error); });
  }
  cxj_tracker* get() const { return tracker_.get(); }
  const cxj_open_report& open_report() const { return *cxj_tracker_open_report(get()); }
  const cxj_identity_rules& identity_rules() const { return *cxj_tracker_identity_rules(get()); }
  const cxj_policy* policy(size_t index) const { return cxj_tracker_policy(get(), index); }

  Result<Receipts> Record(const cxj_touchpoint* touchpoints, size_t count,
                          const cxj_record_options* options = nullptr) {
    return Ask<Receipts, cxj_receipts>([&](auto* out, auto* error) {
      return cxj_record(get(), touchpoints, count, options, out, error);
    });
  }
  Result<Bytes> RecordEncoded(cxj_format format, std::string_view batch,
                              const cxj_record_options* options = nullptr) {
    return Ask<Bytes, cxj_bytes>([&](auto* out, auto* error) {
      return cxj_record_encoded(get(), format, Borrow(batch), options, out, error);
    });
  }

  Result<cxj_customer_id> Resolve(const cxj_identifier& identifier) const {
    return internal::Take<cxj_customer_id, cxj_customer_id>(
        [&](auto* out, auto* error) { return cxj_resolve(get(), &identifier, out, error); });
  }
  Result<Customer> GetCustomer(cxj_customer_id id) const {
    return Ask<Customer, cxj_customer>(
        [&](auto* out, auto* error) { return cxj_customer_of(get(), id, out, error); });
  }
  // As many ids behind `after` as fit; the number written.
  Result<size_t> ListCustomers(cxj_customer_id after, cxj_customer_id* ids, size_t capacity) const {
    return internal::Take<size_t, size_t>([&](auto* out, auto* error) {
      return cxj_list_customers(get(), after, ids, capacity, out, error);
    });
  }

  Result<AssertionReceipt> MustLink(const cxj_identifier* identifiers, size_t count,
                                    const cxj_assertion* assertion = nullptr) {
    return Assert([&](auto* out, auto* error) {
      return cxj_must_link(get(), identifiers, count, assertion, out, error);
    });
  }
  Result<AssertionReceipt> Unlink(const cxj_identifier& a, const cxj_identifier& b,
                                  const cxj_assertion* assertion = nullptr) {
    return Assert(
        [&](auto* out, auto* error) { return cxj_unlink(get(), &a, &b, assertion, out, error); });
  }
  Result<AssertionReceipt> Block(const cxj_identifier& identifier,
                                 const cxj_assertion* assertion = nullptr) {
    return Assert([&](auto* out, auto* error) {
      return cxj_block(get(), &identifier, assertion, out, error);
    });
  }
  Result<AssertionReceipt> Unblock(const cxj_identifier& identifier,
                                   const cxj_assertion* assertion = nullptr) {
    return Assert([&](auto* out, auto* error) {
      return cxj_unblock(get(), &identifier, assertion, out, error);
    });
  }
  Result<AssertionReceipt> Retract(cxj_assertion_id id, const cxj_assertion* assertion = nullptr) {
    return Assert([&](auto* out, auto* error) {
      return cxj_retract_assertion(get(), id, assertion, out, error);
    });
  }
  Result<AssertionReceipt> Retract(const cxj_key& key, const cxj_assertion* assertion = nullptr) {
    return Assert([&](auto* out, auto* error) {
      return cxj_retract_touchpoint(get(), &key, assertion, out, error);
    });
  }
  Result<Why> GetWhy(const cxj_identifier& a, const cxj_identifier& b) const {
    return Ask<Why, cxj_why>(
        [&](auto* out, auto* error) { return cxj_why_of(get(), &a, &b, out, error); });
  }

  Result<Journey> History(const cxj_identifier& identifier,
                          const cxj_history_query* query = nullptr) const {
    return Ask<Journey, cxj_journey>(
        [&](auto* out, auto* error) { return cxj_history(get(), &identifier, query, out, error); });
  }
  Result<Journey> History(cxj_customer_id customer,
                          const cxj_history_query* query = nullptr) const {
    return Ask<Journey, cxj_journey>([&](auto* out, auto* error) {
      return cxj_customer_history(get(), customer, query, out, error);
    });
  }
  // Shows the touchpoints to `visit`, which takes a const cxj_touchpoint&.
  template <class Visit>
  Result<Journey> VisitHistory(const cxj_identifier& identifier, const cxj_history_query* query,
                               Visit visit) const {
    return Ask<Journey, cxj_journey>([&](auto* out, auto* error) {
      return cxj_visit_history(get(), &identifier, query, internal::Show<Visit>, &visit, out,
                               error);
    });
  }
  template <class Visit>
  Result<Journey> VisitHistory(cxj_customer_id customer, const cxj_history_query* query,
                               Visit visit) const {
    return Ask<Journey, cxj_journey>([&](auto* out, auto* error) {
      return cxj_visit_customer_history(get(), customer, query, internal::Show<Visit>, &visit, out,
                                        error);
    });
  }
  Result<Cursor> Walk(const cxj_identifier& identifier,
                      const cxj_history_query* query = nullptr) const {
    return internal::Take<Cursor, cxj_cursor*>([&](auto* out, auto* error) {
      return cxj_history_cursor(get(), &identifier, query, out, error);
    });
  }
  Result<Cursor> Walk(cxj_customer_id customer, const cxj_history_query* query = nullptr) const {
    return internal::Take<Cursor, cxj_cursor*>([&](auto* out, auto* error) {
      return cxj_customer_history_cursor(get(), customer, query, out, error);
    });
  }
  Result<Cursor> Scan(const cxj_history_query* query = nullptr) const {
    return internal::Take<Cursor, cxj_cursor*>(
        [&](auto* out, auto* error) { return cxj_scan_cursor(get(), query, out, error); });
  }
  Result<Context> GetContext(const cxj_identifier& identifier,
                             std::optional<cxj_time> now_us = std::nullopt) const {
    return Ask<Context, cxj_context>([&](auto* out, auto* error) {
      return cxj_context_of(get(), &identifier, now_us ? &*now_us : nullptr, out, error);
    });
  }
  Result<Verdict> CheckRepeat(const cxj_identifier& identifier,
                              const cxj_repeat_check* check = nullptr) const {
    return Ask<Verdict, cxj_verdict>([&](auto* out, auto* error) {
      return cxj_check_repeat(get(), &identifier, check, out, error);
    });
  }
  Result<TransitionReport> Transitions(const cxj_transition_query* query = nullptr) const {
    return Ask<TransitionReport, cxj_transition_report>(
        [&](auto* out, auto* error) { return cxj_transitions(get(), query, out, error); });
  }
  Result<FunnelReport> Funnel(const cxj_funnel_query& query) const {
    return Ask<FunnelReport, cxj_funnel_report>(
        [&](auto* out, auto* error) { return cxj_funnel(get(), &query, out, error); });
  }
  Result<RepeatReport> Repeats(const cxj_repeat_query* query = nullptr) const {
    return Ask<RepeatReport, cxj_repeat_report>(
        [&](auto* out, auto* error) { return cxj_repeats(get(), query, out, error); });
  }

  // *stream becomes the caller's; it must be released before the tracker is closed.
  Done HistoryArrow(const cxj_identifier& identifier, const cxj_history_query* query,
                    ArrowArrayStream* stream) const {
    return Do(
        [&](auto* error) { return cxj_history_arrow(get(), &identifier, query, stream, error); });
  }
  Done ScanArrow(const cxj_history_query* query, ArrowArrayStream* stream) const {
    return Do([&](auto* error) { return cxj_scan_arrow(get(), query, stream, error); });
  }
  Done ContactsArrow(const cxj_repeat_query* query, ArrowArrayStream* stream) const {
    return Do([&](auto* error) { return cxj_contacts_arrow(get(), query, stream, error); });
  }
  Done EpisodesArrow(const cxj_repeat_query* query, ArrowArrayStream* stream) const {
    return Do([&](auto* error) { return cxj_episodes_arrow(get(), query, stream, error); });
  }

  Result<Stats> GetStats() const {
    return Ask<Stats, cxj_stats>(
        [&](auto* out, auto* error) { return cxj_stats_of(get(), out, error); });
  }
  Result<VerifyReport> Verify() const {
    return Ask<VerifyReport, cxj_verify_report>(
        [&](auto* out, auto* error) { return cxj_verify(get(), out, error); });
  }

 private:
  struct CloseQuietly {
    void operator()(cxj_tracker* tracker) const { cxj_close(tracker, nullptr); }
  };
  template <class T, class View, class Call>
  static Result<T> Ask(const Call& call) {
    return internal::Take<T, const View*>(call);
  }
  template <class Call>
  static Result<AssertionReceipt> Assert(const Call& call) {
    return Ask<AssertionReceipt, cxj_assertion_receipt>(call);
  }
  template <class Call>
  static Done Do(const Call& call) {
    return internal::Take<internal::Nothing, char>(
        [&](char*, cxj_error** error) { return call(error); });
  }

  std::unique_ptr<cxj_tracker, CloseQuietly> tracker_;
};

}  // namespace cabi
}  // namespace cxjourney

#endif  // CXJOURNEY_CABI_HPP_
