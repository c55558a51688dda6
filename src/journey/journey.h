// Contacts, repeat links and episodes of one timeline: the definition, as a pure function of the
// timeline and the policy. docs/GLOSSARY.md has the words.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/prefetch.h"
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
  base::ShortList<const Leg*, 1> legs;  // In order; the first one's key is the contact's id.
  int64_t start_us = 0;
  int64_t end_us = 0;                       // Max end over material legs, at least the start.
  const Leg* topics = nullptr;              // The last leg that has topics, or null.
  uint32_t topic_hash = 0;                  // That leg's.
  Outcome outcome = Outcome::kUnspecified;  // Last known one in leg order.
  bool handled = false;
  bool base = false;
  bool bots_only = true;                    // Nobody but bots handled any leg.
  int32_t prior = kNoContact;               // Index of the contact this one repeats.
  Channel channel = Channel::kUnspecified;  // The first leg's.
  int32_t episode = -1;                     // Index into episodes(), or -1.
  uint32_t transfers = 0;                   // Legs that are one.

  const Leg& first() const { return *legs.front(); }
};

struct FoldedEpisode {
  base::ShortList<int32_t, 2> contacts;  // Indices, in order; the first is the root.
};

// Most customers have one of each, if any.
using Contacts = base::ShortList<FoldedContact, 1>;
using Episodes = base::ShortList<FoldedEpisode, 1>;

// A contact's prior before and after a change; kNoContact indices are given as null legs.
struct PriorChange {
  const Leg* contact = nullptr;  // First leg.
  const Leg* prior = nullptr;    // First leg of the prior after the change, or null.
  const Leg* old_prior = nullptr;
};

// Whether anything of the leg may be found in a journey, whatever the policy and whatever else is
// in the timeline before it. Most of what visitors of a web site leave does not.
bool MayMatter(const Leg& leg);

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
  // The same for a leg that comes anywhere in order. False: nothing was done, as the leg may bring
  // others together or apart, and only Rebuild knows. Cost: a walk over contacts and legs; where
  // other contacts change their episode, or one is rooted, that of filling those behind anew.
  bool Insert(const Leg* leg, std::vector<PriorChange>* changes);

  // Asks for this object's own memory: for all of it, or for what measures read of most.
  void Prefetch() const { base::PrefetchBetween(this, this + 1); }
  void PrefetchLists() const { base::PrefetchBetween(this, &legs_); }
  // After PrefetchLists: for the contacts that don't lie in the object.
  void PrefetchContacts() const {
    if (contacts_.size() < 2) return;
    base::Prefetch(contacts_.data());
    base::Prefetch(contacts_.data() + 1);
  }

  const CompiledPolicy& policy() const { return *policy_; }
  bool identified() const { return identified_; }
  const Contacts& contacts() const { return contacts_; }  // By (start, id).
  // Whether a leg has scores, or a purpose that was not given: what measures count besides
  // contacts.
  bool has_answers() const { return has_answers_; }
  // Whether measures can find anything in it.
  bool measured() const { return has_answers_ || !contacts_.empty(); }
  const Episodes& episodes() const { return episodes_; }  // By root.
  // Index of the contact that the leg, one of the timeline's, belongs to, or kNoContact: history
  // only.
  int32_t ContactOf(const Leg* leg) const;
  // The same for the touchpoint of that key.
  int32_t ContactOf(std::string_view source, std::string_view id) const;
  // What a contact that starts with this leg, or the one that would take it for forwarded, would
  // repeat: its prior or kNoContact, how long after it, and how many contacts their episode would
  // have. Contacts that start at the same time or later don't count.
  struct Prospect {
    int32_t prior = kNoContact;
    int64_t gap_us = 0;
    uint32_t contacts_in_episode = 0;
  };
  Prospect Foresee(const Leg& leg) const;
  // From the anchor point of the contact's prior to its start, at least 0; 0 where there is none.
  int64_t GapOf(int32_t contact) const;
  // Whether some later contact repeats this one, also where it is not that one's prior.
  bool HasReturn(int32_t contact) const;
  // The base contact's window is over at the watermark.
  bool IsMature(int32_t contact, int64_t watermark_us) const;

 private:
  // A contact, also one that does not exist under the policy: those are kept apart, because
  // their legs and conversations must not start contacts that do. See Hidden().
  using Ref = int32_t;
  static Ref Hidden(size_t index) { return -2 - static_cast<Ref>(index); }

  // Most customers have few legs, so those are walked; of more there is a hash table besides.
  static constexpr uint32_t kWalkedLegs = 16;
  struct LegHash {
    using is_transparent = void;
    size_t operator()(const KeyView& key) const { return key.hash; }
    size_t operator()(const Leg* leg) const { return KeyView(*leg).hash; }
  };
  struct LegEqual {
    using is_transparent = void;
    bool operator()(const Leg* a, const Leg* b) const { return a == b; }
    bool operator()(const Leg* a, const KeyView& b) const { return b.IsOf(*a); }
    bool operator()(const KeyView& a, const Leg* b) const { return a.IsOf(*b); }
  };
  using LegTable = absl::flat_hash_map<const Leg*, Ref, LegHash, LegEqual>;

  struct Conversation {
    Ref contact = kNoContact;           // The one that last took a leg of it.
    std::vector<const Leg*> promises;   // Not kept so far inside the conversation.
    std::vector<const Leg*> unclaimed;  // Promises before any contact of the conversation.
  };

  // What folding one leg did to its contact.
  struct FoldChange {
    Ref contact = kNoContact;
    bool created = false;
    bool match_changed = false;  // Topics, or whether it is a base contact.
    int64_t old_end_us = 0;
  };

  // What linking contacts anew changed.
  struct Relinking {
    std::vector<PriorChange>* changes = nullptr;  // Null: nobody asks.
    base::ShortList<int32_t, 4> touched;          // Episodes whose contacts changed.
  };

  // What an open episode's card says about its legs, so far.
  struct EpisodeLegs {
    uint32_t transfers = 0;
    absl::flat_hash_set<std::string_view> agents;
    const Leg* newest = nullptr;
    const Leg* sentiment = nullptr;  // Newest with one.
    const Leg* emotion = nullptr;
    int32_t topics = kNoContact;       // Last contact that has any.
    int32_t outcome = kNoContact;      // Last contact with a known one.
    std::vector<const Leg*> promises;  // Not kept by a leg of the episode, oldest first.
    size_t settled = 0;                // So many of them can't be kept any more.
  };

  // What few journeys have anything of.
  struct Rare {
    std::vector<FoldedContact> hidden;  // Of channels that do not exist under the policy.
    absl::flat_hash_map<std::pair<std::string_view, std::string_view>, Conversation> conversations;
    // Of episodes with many legs only; the others are walked when somebody asks.
    absl::flat_hash_map<int32_t, EpisodeLegs> big_episodes;
    absl::flat_hash_set<const Leg*> kept;  // Promises kept inside their conversation.
    // Source and id of parents that are in no contact, or come after their child.
    absl::flat_hash_set<std::pair<std::string_view, std::string_view>> awaited;
    // Promises of a conversation that had no contact yet, by the leg that brought the first one.
    absl::flat_hash_map<const Leg*, std::vector<const Leg*>> claimed;
  };
  const Rare& rare() const { return rare_ == nullptr ? NothingRare() : *rare_; }
  static const Rare& NothingRare();
  Rare& AddRare() {
    if (rare_ == nullptr) rare_ = std::make_unique<Rare>();
    return *rare_;
  }

  // fold.cc
  void Clear();
  FoldChange Fold(const Leg* leg);
  FoldChange Place(const Leg* leg, Ref ref, bool starts, size_t place);
  bool StandsAlone(const Leg& leg) const;
  bool MayBeOfContact(const Leg& leg) const;
  void Update(const Leg* leg, const FoldChange& change, std::vector<PriorChange>* changes);
  Ref FindContact(const Leg& leg, bool starts) const;
  // The contact that has the leg, or the one of that key; kNoContact: none has.
  Ref RefOf(const Leg* leg) const;
  Ref RefOf(std::string_view source, std::string_view id) const;
  template <class IsWanted>
  Ref WalkLegs(IsWanted is_wanted) const;
  void NoteLeg(const Leg* leg, Ref ref);
  // `existing`: so many of the contacts that exist under the policy are looked at.
  Ref Forwarded(const Leg& leg, size_t existing) const;
  Ref NewContact(const Leg* leg, size_t place);
  void Renumber(Ref first);
  void RenumberLegs(Ref first);
  FoldChange Join(const Leg* leg, Ref ref);
  void NoteConversation(const Leg* leg, Ref ref);
  FoldedContact& Get(Ref ref);
  const FoldedContact& Get(Ref ref) const;

  // link.cc
  void LinkAll();
  void Relink(const FoldChange& change, Relinking* relinking);
  int32_t FirstToRelink(const FoldChange& change) const;
  int32_t FirstStartingAfter(int64_t time_us) const;
  void RelinkRolling(int32_t first, const FoldChange& change, Relinking* relinking);
  void LinkNew(int32_t index, Relinking* relinking);
  bool TakeOver(int32_t index, Relinking* relinking);
  void InsertIntoEpisode(int32_t index, int32_t episode);
  void RelinkFromFirst(int32_t first, Relinking* relinking);
  bool SetPrior(int32_t index, int32_t prior, Relinking* relinking);
  // Of the contacts, or episodes, before `end`.
  int32_t FindPrior(const FoldedContact& later, int32_t end) const;
  int32_t FindEpisode(const FoldedContact& later, int32_t end) const;
  size_t CountBefore(int32_t episode, int32_t end) const;
  int32_t LastBase(int32_t episode, int32_t end) const;
  int64_t GapFrom(const FoldedContact& prior, const FoldedContact& later) const;
  bool OutOfReach(const FoldedContact& earlier, const FoldedContact& later) const;
  void FillEpisodes(int32_t first, Relinking* relinking);
  void AddToEpisode(int32_t index, int32_t episode, Relinking* relinking);
  void TruncateEpisodes(int32_t first, Relinking* relinking);

  // open.cc
  void UpdateOpen(int32_t contact);
  void SetOpen(int32_t contact, bool open);
  void NoteLegs(const Leg* leg, int32_t contact, Relinking* relinking);
  void KeepLegs(int32_t episode);
  EpisodeLegs CollectLegs(int32_t episode) const;
  void AddLeg(const Leg& leg, int32_t contact, EpisodeLegs* legs) const;
  static void AddFacts(const Leg& leg, int32_t contact, EpisodeLegs* legs);
  OpenEpisode Describe(int32_t contact, Timestamp watermark,
                       const std::function<std::string(const Leg&)>& emotion_of) const;
  void DescribePromises(const EpisodeLegs& legs, Timestamp watermark, OpenEpisode* open) const;
  friend std::vector<OpenEpisode> OpenEpisodes(
      const Timeline& timeline, const PolicyJourney& journey, Timestamp watermark, Duration max_age,
      size_t limit, const std::function<std::string(const Leg&)>& emotion_of);

  const CompiledPolicy* policy_;
  bool identified_;
  bool has_answers_ = false;
  uint32_t leg_count_ = 0;  // In contacts.
  // What measures read lies in front, together.
  Contacts contacts_;
  Episodes episodes_;

  std::unique_ptr<LegTable> legs_;  // Of more than are walked.
  int64_t longest_us_ = 0;          // Duration of the longest contact.
  // Last contacts of episodes whose outcome leaves them open, however old they are; ascending.
  base::ShortList<int32_t, 2> open_;
  std::unique_ptr<Rare> rare_;
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
