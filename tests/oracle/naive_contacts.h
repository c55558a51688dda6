// The oracle's contacts, repeats, episodes and measures, as the specification tells them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cxjourney/policy.h"
#include "cxjourney/query.h"
#include "tests/oracle/naive_identity.h"

namespace cxjourney::oracle {

// Touchpoints that fold together: those of a customer, or the unidentified ones of a source.
struct NaiveTimeline {
  std::optional<std::set<Id>> customer;  // Absent: unidentified.
  std::vector<Touchpoint> touchpoints;   // In order.
};

struct NaiveContact {
  std::vector<Touchpoint> legs;  // In order; at least one.
  bool identified = false;
  size_t timeline = 0;  // Index of the timeline it stands in.

  // Filled in as legs are added.
  Timestamp start = {};
  Timestamp end = {};
  std::vector<std::string> topics;
  Outcome outcome = Outcome::kUnspecified;
  bool handled = false;

  // Filled in when all contacts are known.
  bool base = false;
  bool has_return = false;
  std::optional<size_t> prior;  // Index into the list of all contacts.
  Duration gap = Duration::zero();
  std::optional<size_t> episode;  // Index of its root contact.

  TouchpointKey key() const { return {legs.front().source, legs.front().id}; }
};

// Which customer every counting touchpoint belongs to, unidentified ones included.
std::vector<NaiveTimeline> Timelines(const NaiveIdentity& identity,
                                     const std::vector<Touchpoint>& counting);

// All contacts of all timelines under the policy, by (start, source, id), with their repeat
// links and episodes.
std::vector<NaiveContact> Contacts(const std::vector<NaiveTimeline>& timelines,
                                   const Policy& policy);

// Which of them are base contacts, and their repeat links and episodes. REQUIRES: by (start,
// source, id); not linked yet.
void LinkRepeats(const Policy& policy, std::vector<NaiveContact>* contacts);

// The last instant at which b could start and still repeat a contact with this anchor has
// passed at the watermark.
bool IsMature(const NaiveContact& contact, const Policy& policy, Timestamp watermark);

Measures ComputeMeasures(const std::vector<NaiveContact>& contacts,
                         const std::vector<Touchpoint>& counting, const Policy& policy,
                         Timestamp from, Timestamp until, Timestamp watermark);

// Times and words of a touchpoint, with the defaults for what was not given.
Timestamp EndOf(const Touchpoint& touchpoint);
bool HasEnd(const Touchpoint& touchpoint);
Purpose PurposeOf(const Touchpoint& touchpoint);
HandledBy HandledOf(const Touchpoint& touchpoint);
Direction DirectionOf(const Touchpoint& touchpoint);

// Local days since 1970 of an instant under a calendar rule, and the first instant of a day.
int64_t LocalDay(Timestamp time, const CalendarRule& calendar);

}  // namespace cxjourney::oracle
