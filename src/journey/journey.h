// Contacts, repeat links and episodes of one timeline: the definition, as a pure function of the
// timeline and the policy. docs/GLOSSARY.md has the words.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cxjourney/policy.h"
#include "cxjourney/query.h"
#include "cxjourney/receipt.h"
#include "journey/leg.h"

namespace cxjourney::journey {

// A policy with its strings parsed once. Copies share nothing; thread-safe to read.
class CompiledPolicy {
 public:
  explicit CompiledPolicy(const Policy& policy);  // REQUIRES: ValidatePolicy(policy).ok().
  ~CompiledPolicy();
  const Policy& policy() const;
  // The rest is for journey.cc and measures.cc.
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

constexpr int32_t kNoContact = -1;

// One attempt by the customer to be served.
struct FoldedContact {
  std::vector<const Leg*> legs;  // In order; the first one's key is the contact's id.
  int64_t start_us = 0;
  int64_t end_us = 0;                       // Max end over material legs, at least the start.
  const Leg* topics = nullptr;              // The last leg that has topics, or null.
  Outcome outcome = Outcome::kUnspecified;  // Last known one in leg order.
  bool handled = false;
  bool base = false;
  int32_t prior = kNoContact;  // Index of the contact this one repeats.
  int64_t gap_us = 0;          // From the prior's anchor point to this start, at least 0.
  int32_t episode = -1;        // Index into episodes(), or -1.

  const Leg& first() const { return *legs.front(); }
};

struct FoldedEpisode {
  std::vector<int32_t> contacts;  // Indices, in order; the first is the root.
};

// A contact's prior before and after a change; kNoContact indices are given as null legs.
struct PriorChange {
  const Leg* contact = nullptr;  // First leg.
  const Leg* prior = nullptr;    // First leg of the prior after the change, or null.
  const Leg* old_prior = nullptr;
};

// What one timeline is under one policy.
class PolicyJourney {
 public:
  // `identified` false: a pool of unidentified touchpoints; its contacts never repeat and each
  // is a customer of its own. `policy` is not owned and outlives this.
  PolicyJourney(const CompiledPolicy* policy, bool identified);

  // From scratch.
  void Rebuild(const Timeline& timeline);
  // The leg comes after everything so far in order. Appends what changed to *changes (may be
  // null). Cost: of the contacts within the window, not of the whole timeline.
  void Append(const Leg* leg, std::vector<PriorChange>* changes);

  const CompiledPolicy& policy() const { return *policy_; }
  bool identified() const { return identified_; }
  const std::vector<FoldedContact>& contacts() const { return contacts_; }  // By (start, id).
  const std::vector<FoldedEpisode>& episodes() const { return episodes_; }  // By root.
  // Index of the contact that the leg belongs to, or kNoContact: history only.
  int32_t ContactOf(const Leg* leg) const;
  // Whether some later contact repeats this one, also where it is not that one's prior.
  bool HasReturn(int32_t contact) const;
  // The base contact's window is over at the watermark.
  bool IsMature(int32_t contact, int64_t watermark_us) const;

 private:
  const CompiledPolicy* policy_;
  bool identified_;
  std::vector<FoldedContact> contacts_;
  std::vector<FoldedEpisode> episodes_;
  // (Owned by journey.cc: whatever folding needs to go on.)
};

// Measures over many journeys under one policy: add each journey, then finish.
class MeasureBuilder {
 public:
  // Of the query only the period, group_by, lists and net topics are used.
  MeasureBuilder(const CompiledPolicy* policy, const RepeatQuery& query, Timestamp watermark);
  ~MeasureBuilder();
  // `timeline` is the one the journey was built from (survey answers and defaulted purposes are
  // touchpoints, not contacts); `scores` gives a touchpoint's scores for legs with has_scores.
  void Add(CustomerId customer, const Timeline& timeline, const PolicyJourney& journey,
           const std::function<std::vector<Score>(const Leg&)>& scores);
  RepeatReport Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The journey's open episodes at the watermark, newest last contact first, at most `limit`.
// Promises are those of the episodes' legs and conversations over the whole timeline.
// `emotion_of` gives the emotion of a leg with has_emotion.
std::vector<OpenEpisode> OpenEpisodes(const Timeline& timeline, const PolicyJourney& journey,
                                      Timestamp watermark, Duration max_age, size_t limit,
                                      const std::function<std::string(const Leg&)>& emotion_of);

// Everything of a Context but the customer itself, from one timeline; `fetch` gives the full
// touchpoint of a leg. Touchpoints after `now` are left out by the caller.
void FillContext(const Timeline& timeline, const PolicyJourney& journey, Timestamp now,
                 Duration open_max_age, const std::function<Touchpoint(const Leg&)>& fetch,
                 Context* context);

}  // namespace cxjourney::journey
