// Tracker: the store of customer journeys.
//
//   auto tracker = cxjourney::Tracker::Open("/var/lib/shop/journeys");
//   if (!tracker.ok()) return tracker.status();
//   cxjourney::Touchpoint call;
//   call.source = "callcentre";
//   call.id = "c-1001";
//   call.channel = cxjourney::Channel::kPhone;
//   call.purpose = cxjourney::Purpose::kComplaint;
//   call.identifiers = {{"phone", "0532 111 22 33"}, {"order_id", "A-1001"}};
//   call.topics = {"order/delivery"};
//   auto receipt = (*tracker)->Record(call);
//   if (receipt.ok() && receipt->verdict()->repeat_of) Escalate();
#ifndef CXJOURNEY_TRACKER_H_
#define CXJOURNEY_TRACKER_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/export.h"
#include "cxjourney/flow.h"
#include "cxjourney/identity.h"
#include "cxjourney/options.h"
#include "cxjourney/query.h"
#include "cxjourney/receipt.h"
#include "cxjourney/status.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney {
inline namespace v1 {

// How a call to Record or RecordAll is to be carried out.
struct RecordOptions {
  Durability durability = Durability::kDefault;
  bool all_or_nothing = false;  // One refused touchpoint refuses the whole batch.
};

// Records touchpoints, stitches them into customers, and answers for them.
//
// Thread-safe: any method may be called from any thread. Writers queue behind each other and
// share syncs; readers never wait for a sync. One process at a time may have a folder
// open to write; others may read (Options::read_only).
// Unless a method says otherwise it fails with kFailedPrecondition once a write or a sync has
// failed (for writes only; reads go on) and with kInternal once an invariant broke.
class CXJ_API Tracker final {
 public:
  // Opens the store in folder `path`, creates it if missing, and replays what is not sealed: after
  // a clean close next to nothing. A thread of its own may read ahead meanwhile.
  // kUnavailable: another process has it open to write.
  // kDataLoss: stored bytes below the last synced offset are damaged, with file and offset.
  // kFailedPrecondition: a newer format version, a wrong key, or rules that cannot be changed.
  static Result<std::unique_ptr<Tracker>> Open(const std::string& path,
                                               const Options& options = Options());

  // Closes cleanly if Close was not called; errors are lost then.
  // REQUIRES: no other thread is inside a method.
  ~Tracker();
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;

  // Syncs, writes the seal of a clean close, and gives the folder free. Every later call fails
  // with kFailedPrecondition.
  Status Close();

  const OpenReport& open_report() const;

  // Stores one touchpoint and says what it means. When this returns OK, every later query sees
  // it. A refusal is a failed Result (its code: kInvalidArgument or kAlreadyExists) and nothing
  // is written. Cost: one sync with Durability::kDurable, microseconds without.
  Result<Receipt> Record(const Touchpoint& touchpoint, const RecordOptions& options = {});

  // The same for many, in order, in one atomic commit: a crash keeps all or none. Each has its
  // own receipt, in the order given; a refused one harms no other. At most 10,000 a call.
  Result<std::vector<Receipt>> RecordAll(const std::vector<Touchpoint>& touchpoints,
                                         const RecordOptions& options = {});

  // The same, with the receipts in place of what `*receipts` holds: who keeps it from one call to
  // the next spares most of what they cost in memory asked for. After a failure they mean nothing.
  Status RecordAllInto(const std::vector<Touchpoint>& touchpoints, std::vector<Receipt>* receipts,
                       const RecordOptions& options = {});

  // Makes everything acknowledged so far durable, whatever level it was recorded with.
  Status Sync();

  // Seals everything and rewrites the sealed files without what later seals have replaced, so that
  // the store takes as little room as it can; answers stay the same. Of use after a bulk load; a
  // store keeps itself tidy enough otherwise. Durable when it returns OK, all of it or nothing: a
  // crash leaves the store as it was before or after. Cost: reads and writes every sealed byte
  // once, and needs room for as many until it is done; nothing, if nothing is to be gained. Writers
  // wait meanwhile, and readers of what is not in memory; the others go on. kFailedPrecondition:
  // closed, read only, or a write has failed. kResourceExhausted: no room or memory; try again.
  Status Compact();

  // Identity ---------------------------------------------------------------------------------

  // The customer that holds the identifier. kNotFound: never seen, or it belongs to nobody.
  Result<CustomerId> Resolve(const Identifier& identifier) const;
  // The customer that holds this id now, also where `id` is an older alias of it.
  Result<Customer> GetCustomer(CustomerId id) const;
  // Primary ids after `after`, ascending, at most `limit`: pass the last one to go on. Cost: linear
  // in the customers.
  Result<std::vector<CustomerId>> ListCustomers(CustomerId after, uint32_t limit) const;

  // Why two identifiers are one customer, or are not. kNotFound: one was never seen.
  Result<WhyAnswer> Why(const Identifier& a, const Identifier& b) const;

  // Asserts that all of these (two or more) are one customer. kFailedPrecondition: that would
  // put two values of a unique namespace together of which it names neither; it is no evidence
  // then. A link that a limit or a cannot-link vetoes is kept and the receipt says so.
  Result<AssertionReceipt> MustLink(const std::vector<Identifier>& identifiers,
                                    const Assertion& assertion = {});
  // Asserts that the two are never one customer. Beats must-links.
  Result<AssertionReceipt> Unlink(const Identifier& a, const Identifier& b,
                                  const Assertion& assertion = {});
  // The identifier stops being evidence: it links nothing and belongs to nobody.
  Result<AssertionReceipt> Block(const Identifier& identifier, const Assertion& assertion = {});
  // Undoes Block; kNotFound if it is not blocked by an assertion.
  Result<AssertionReceipt> Unblock(const Identifier& identifier, const Assertion& assertion = {});
  // As if the assertion had never been made. Retracting a retraction restores.
  Result<AssertionReceipt> Retract(AssertionId id, const Assertion& assertion = {});
  // As if no revision of the touchpoint had ever been recorded; a later copy stays retracted.
  Result<AssertionReceipt> Retract(const TouchpointKey& key, const Assertion& assertion = {});

  // Answers ----------------------------------------------------------------------------------

  // The newest touchpoints of the customer that holds the identifier. kNotFound as Resolve.
  // Touchpoints that carry the identifier but belong to nobody are found through it, too.
  Result<Journey> History(const Identifier& identifier, const HistoryQuery& query = {}) const;
  Result<Journey> History(CustomerId customer, const HistoryQuery& query = {}) const;
  // The same, a touchpoint after the other, oldest first, without an allocation for each: for
  // callers who turn them into something of their own at once. What is returned has no touchpoints.
  // `visit` runs under the lock that writers wait for: it must not call this tracker. What it
  // throws comes through and ends the history; nothing is harmed. kInvalidArgument: it is empty.
  Result<Journey> VisitHistory(const Identifier& identifier, const HistoryQuery& query,
                               const TouchpointVisitor& visit) const;
  Result<Journey> VisitHistory(CustomerId customer, const HistoryQuery& query,
                               const TouchpointVisitor& visit) const;

  // Every touchpoint that counts, of every customer and of nobody, in the order of first
  // recording. Each page is a snapshot. Cost: linear in what it passes, a page at a time.
  Result<ScanPage> Scan(const ScanQuery& query = {}) const;

  // Everything an agent must see when a contact starts, at `now` (default: the store's clock).
  Result<Context> GetContext(const Identifier& identifier) const;
  Result<Context> GetContext(const Identifier& identifier, Timestamp now) const;

  // Whether a contact of the identifier's customer that starts like this is a repeat, and of what:
  // what its receipt would say of a request that is recorded on its own, in no conversation.
  // `episode` is the prior contact's, and this one is counted in it; without a prior only `policy`
  // is filled in. What starts at the same moment or later does not count. kNotFound: as Resolve, or
  // no policy of that name; kInvalidArgument: a channel that Record would refuse. Cost: as Resolve,
  // and the contacts within the policy's window.
  Result<RepeatVerdict> CheckRepeat(const Identifier& identifier, const RepeatCheck& check) const;

  // Contacts, repeats and measures over the whole store. Cost: linear in the contacts. A
  // registered policy is answered from derived state, another one is computed.
  Result<RepeatReport> Repeats(const RepeatQuery& query) const;

  // Which channel follows which, and how far customers come through the steps of a funnel, over all
  // journeys. kInvalidArgument names what is wrong with a funnel. Cost: linear in
  // the touchpoints.
  Result<TransitionReport> Transitions(const TransitionQuery& query = {}) const;
  Result<FunnelReport> Funnel(const FunnelQuery& query) const;

  const std::vector<Policy>& policies() const;  // The registered ones.
  const IdentityRules& identity_rules() const;

  // Cost: linear in the touchpoints.
  Result<Stats> GetStats() const;

  // Re-derives everything from the stored evidence and compares it with what the store answers
  // from. Writers wait meanwhile. Differences are in the report; a damaged file is kDataLoss.
  // kUnavailable: opened to be read only, and the writer has sealed the log since.
  Result<VerifyReport> Verify() const;

 private:
  struct Impl;
  explicit Tracker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_TRACKER_H_
