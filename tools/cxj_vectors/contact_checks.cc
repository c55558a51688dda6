#include "tools/cxj_vectors/contact_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "tools/cxj_vectors/words.h"

namespace cxjourney::vectors {
namespace {

Json RatioJson(const Ratio& ratio) { return Json::array({ratio.numerator, ratio.denominator}); }

// Of lists whose order does not matter.
Json Sorted(Json list) {
  if (list.is_array()) std::sort(list.begin(), list.end());
  return list;
}

Json RepeatsJson(const RepeatReport& report) {
  Json repeats = Json::object();
  for (const Contact& contact : report.contacts) {
    if (!contact.prior) continue;
    const auto gap = std::chrono::duration_cast<std::chrono::seconds>(contact.gap).count();
    repeats[contact.id.id] = Json::array({contact.prior->id, gap});
  }
  return repeats;
}

Json EpisodesJson(const RepeatReport& report) {
  Json episodes = Json::array();
  for (const Episode& episode : report.episodes) {
    Json ids = Json::array();
    for (const ContactId& id : episode.contacts) ids.push_back(id.id);
    episodes.push_back(ids);
  }
  return Sorted(episodes);
}

Json ContactsJson(const RepeatReport& report) {
  Json contacts = Json::array();
  for (const Contact& contact : report.contacts) {
    Json legs = Json::array();
    for (const TouchpointKey& leg : contact.legs) legs.push_back(leg.id);
    contacts.push_back(legs);
  }
  return Sorted(contacts);
}

int64_t SumOverContacts(const RepeatReport& report, uint32_t Contact::*field) {
  int64_t sum = 0;
  for (const Contact& contact : report.contacts) sum += contact.*field;
  return sum;
}

Json ChannelNames(const std::vector<Channel>& channels) {
  Json names = Json::array();
  for (const Channel channel : channels) names.push_back(NameOf(channel));
  return names;
}

int64_t Switches(const std::vector<Channel>& channels) {
  int64_t switches = 0;
  for (size_t i = 1; i < channels.size(); ++i) {
    if (channels[i] != channels[i - 1]) ++switches;
  }
  return switches;
}

// The episode with most contacts; the earliest root on a tie. Episodes come ordered by root.
Episode LargestEpisode(const RepeatReport& report) {
  Episode largest;
  for (const Episode& episode : report.episodes) {
    if (episode.contacts.size() > largest.contacts.size()) largest = episode;
  }
  return largest;
}

std::vector<Channel> JourneyChannels(const Answers& answers) {
  std::vector<Channel> channels;
  for (const Touchpoint& touchpoint : answers.touchpoints) channels.push_back(touchpoint.channel);
  return channels;
}

Json NoticeJson(NoticeType type, const ContactId& contact, const std::optional<ContactId>& prior,
                const std::optional<ContactId>& old_prior) {
  Json notice = {{"contact", contact.id}};
  notice["type"] = type == NoticeType::kDetected  ? "detected"
                   : type == NoticeType::kRevised ? "revised"
                                                  : "retracted";
  if (prior) notice["prior"] = prior->id;
  if (old_prior) notice["old_prior"] = old_prior->id;
  return notice;
}

Json AllNotices(const std::vector<Notice>& changes) {
  Json list = Json::array();
  for (const Notice& n : changes) {
    list.push_back(NoticeJson(n.type, n.contact, n.prior, n.old_prior));
  }
  return list;
}

// What remains of a stream of notices when what was taken back again is left out.
Json NetNotices(const std::vector<Notice>& changes) {
  struct Net {
    std::optional<ContactId> before;
    std::optional<ContactId> after;
  };
  std::map<std::pair<Timestamp, ContactId>, Net> contacts;
  for (const Notice& n : changes) {
    const auto [entry, first] = contacts.try_emplace({n.start, n.contact});
    if (first) entry->second.before = n.old_prior;
    entry->second.after = n.prior;
  }
  Json list = Json::array();
  for (const auto& [place, net] : contacts) {
    if (net.before == net.after) continue;
    const NoticeType type = !net.before  ? NoticeType::kDetected
                            : !net.after ? NoticeType::kRetracted
                                         : NoticeType::kRevised;
    list.push_back(NoticeJson(type, place.second, net.after, net.before));
  }
  return list;
}

// The bounds of a share: each as [numerator, denominator], as its numerator or as its value.
bool BoundMatches(const Json& expected, const Ratio& got) {
  if (expected.is_null()) return got.denominator == 0;
  if (expected.is_array()) return expected == RatioJson(got);
  if (expected.is_number_integer() && expected.get<int64_t>() == got.numerator) return true;
  const std::optional<double> value = got.value();
  return expected.is_number() && value && std::abs(expected.get<double>() - *value) < 1e-6;
}

class Checker {
 public:
  Checker(const Json& expect, const Answers& answers, const std::string& where, Problems* problems)
      : answers_(answers), where_(where), problems_(problems), reader_(expect, where, problems) {}

  void Run() {
    Measures(answers_.period.total, "");
    if (answers_.period.net) Measures(*answers_.period.net, "net_");
    Lists();
    History();
    Changes();
    reader_.Finish();
  }

 private:
  void Fail(const std::string& key, const Json& expected, const Json& got) {
    problems_->push_back(
        fmt::format("{}: {}: expected {}, got {}", where_, key, expected.dump(), got.dump()));
  }

  void Equal(const std::string& key, const Json& got) {
    const Json* expected = reader_.Take(key);
    if (expected != nullptr && *expected != got) Fail(key, *expected, got);
  }

  // [0, 0] and null both say that there is no value.
  void Share(const std::string& key, const Ratio& got) {
    const Json* expected = reader_.Take(key);
    if (expected == nullptr || (expected->is_null() && got.denominator == 0)) return;
    if (*expected != RatioJson(got)) Fail(key, *expected, RatioJson(got));
  }

  void BoundsOf(const std::string& key, const Bounds& got) {
    const Json* expected = reader_.Take(key);
    if (expected == nullptr) return;
    const bool equal = expected->is_array() && expected->size() == 2 &&
                       BoundMatches((*expected)[0], got.lower) &&
                       BoundMatches((*expected)[1], got.upper);
    if (!equal) Fail(key, *expected, Json::array({RatioJson(got.lower), RatioJson(got.upper)}));
  }

  void Measures(const cxjourney::Measures& m, const std::string& prefix) {
    Equal(prefix + "eligible", m.contacts);
    Equal(prefix + "base", m.base_contacts);
    Equal(prefix + "immature_base", m.immature_base);
    Equal(prefix + "immature_episodes", m.immature_episodes);
    Equal(prefix + "longest_episode", m.longest_episode);
    Equal(prefix + "channel_switch_repeats", m.channel_switch_repeats);
    Equal(prefix + "defaulted_purposes", m.defaulted_purposes);
    Share(prefix + "identified", m.identified);
    Share(prefix + "rcr", m.rcr);
    Share(prefix + "fcr_forward", m.fcr_forward);
    Share(prefix + "fcr_issue", m.fcr_issue);
    Share(prefix + "fpr_issue", m.fpr_issue);
    Share(prefix + "one_and_done", m.one_and_done);
    Share(prefix + "resolved_strict", m.resolved_strict);
    Share(prefix + "fcr_survey", m.fcr_survey);
    Share(prefix + "bot_contained_no_return", m.bot_contained_no_return);
    BoundsOf(prefix + "forward_bounds", m.fcr_forward_bounds);
    BoundsOf(prefix + "fcr_forward_bounds", m.fcr_forward_bounds);
    BoundsOf(prefix + "issue_bounds", m.fcr_issue_bounds);
    BoundsOf(prefix + "fcr_issue_bounds", m.fcr_issue_bounds);
  }

  void EqualInAnyOrder(const std::string& key, const Json& got) {
    const Json* expected = reader_.Take(key);
    if (expected != nullptr && Sorted(*expected) != got) Fail(key, Sorted(*expected), got);
  }

  void Lists() {
    Equal("repeats", RepeatsJson(answers_.period));
    EqualInAnyOrder("episodes", EpisodesJson(answers_.period));
    EqualInAnyOrder("contacts", ContactsJson(answers_.whole));
    const Episode largest = LargestEpisode(answers_.whole);
    Equal("episode_channels", ChannelNames(largest.channels));
    Equal("episode_channel_switches", Switches(largest.channels));
    const auto length = largest.end - largest.start;
    Equal("episode_full_resolution_s",
          std::chrono::duration_cast<std::chrono::seconds>(length).count());
  }

  void History() {
    Equal("touchpoints", answers_.touchpoint_count);
    Equal("transfers", SumOverContacts(answers_.whole, &Contact::transfers));
    Equal("agent_replies", SumOverContacts(answers_.whole, &Contact::agent_replies));
    Equal("customer_messages", SumOverContacts(answers_.whole, &Contact::customer_messages));
    Equal("journey_channels", ChannelNames(JourneyChannels(answers_)));
    Equal("channel_switches", Switches(JourneyChannels(answers_)));
  }

  // With several operations since the previous check, both the notices one after the other and
  // what remains of them in the end are "the notices since then".
  void Changes() {
    const Json* expected = reader_.Take("changes");
    if (expected == nullptr) return;
    const Json all = AllNotices(answers_.changes);
    if (*expected != all && *expected != NetNotices(answers_.changes)) {
      Fail("changes", *expected, all);
    }
  }

  const Answers& answers_;
  const std::string where_;
  Problems* problems_;
  ObjectReader reader_;
};

}  // namespace

void CheckExpectations(const Json& expect, const Answers& answers, const std::string& where,
                       Problems* problems) {
  Checker(expect, answers, where, problems).Run();
}

}  // namespace cxjourney::vectors
