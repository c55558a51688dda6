// The customer of four channels: question on web chat, request by phone, complaint by mail, thanks
// on Twitter. Four identifiers, which only later turn out to be one person.
#include <fmt/format.h>

#include <map>

#include "demo/demo.h"
#include "interchange/names.h"
#include "interchange/time_text.h"

namespace cxjourney::examples {
namespace {

using interchange::IsoTime;
using interchange::Name;
using interchange::ParseIsoTime;

const std::vector<Identifier>& FourIdentifiers() {
  static const std::vector<Identifier> kFour = {{"anonymous_id", "v-7f21c9d0"},
                                                {"phone", "0532 111 22 33"},
                                                {"email", "zeynep.k@example.com"},
                                                {"social_id", "twitter:zeynep_k"}};
  return kFour;
}

std::string Hours(Duration duration) {
  return fmt::format("{:.1f} h", std::chrono::duration<double>(duration).count() / 3600);
}

Result<Imported> ImportFile(const std::string& path, Tracker& tracker,
                            std::vector<Notice>* notices) {
  Result<std::unique_ptr<interchange::Reader>> reader = interchange::OpenJsonLines(path);
  if (!reader.ok()) return reader.status();
  return Import(**reader, tracker, notices);
}

Result<RepeatReport> Report(const Tracker& tracker) {
  RepeatQuery query;
  query.registered = tracker.policies().front().name;
  query.watermark = ParseIsoTime("2025-04-15T00:00:00Z");
  query.list_contacts = true;
  query.list_episodes = true;
  return tracker.Repeats(query);
}

// What each department sees of the customer.
Status ShowCustomers(const Tracker& tracker) {
  std::map<CustomerId, int> seen;
  for (const Identifier& identifier : FourIdentifiers()) {
    const Result<CustomerId> customer = tracker.Resolve(identifier);
    if (!customer.ok()) return customer.status();
    const Result<Journey> journey = tracker.History(identifier);
    if (!journey.ok()) return journey.status();
    seen.emplace(*customer, static_cast<int>(seen.size()) + 1);
    fmt::print("  {:<13} {:<22} customer {}   {} touchpoint{}\n", identifier.name_space,
               identifier.value, seen[*customer], journey->touchpoints.size(),
               journey->touchpoints.size() == 1 ? "" : "s");
  }
  return Status();
}

void ShowReport(const RepeatReport& report) {
  const Measures& m = report.total;
  fmt::print(
      "  contacts {}   repeats {}   episodes {}   repeat contact rate {}   solved at first "
      "contact {}\n",
      m.contacts, m.rcr.numerator, m.episodes, Percent(m.rcr), Percent(m.fcr_issue));
}

Status ShowHistory(const Tracker& tracker, const Identifier& identifier) {
  const Result<Journey> journey = tracker.History(identifier);
  if (!journey.ok()) return journey.status();
  for (const Touchpoint& t : journey->touchpoints) {
    fmt::print("  {}  {:<9} {:<10} {:<16} {:<16} {}\n", IsoTime(*t.event_time), Name(t.channel),
               Name(t.purpose), t.topics.empty() ? "" : t.topics.front(),
               t.outcome == Outcome::kUnspecified ? "" : Name(t.outcome),
               t.sentiment ? fmt::format("{:+.1f} {}", *t.sentiment, t.emotion) : "");
  }
  std::string channels;
  int switches = -1;
  Channel last = Channel::kUnspecified;
  for (const Touchpoint& t : journey->touchpoints) {
    if (t.purpose == Purpose::kIdentity) continue;
    channels += (channels.empty() ? "" : " → ") + Name(t.channel);
    if (t.channel != last) ++switches;
    last = t.channel;
  }
  Subline("Through which channels did this one customer go?");
  fmt::print("  {}   ({} changes of channel)\n", channels, switches);
  return Status();
}

void ShowProcesses(const RepeatReport& report) {
  for (const Episode& episode : report.episodes) {
    fmt::print("  episode of {} contacts, {} from first to last\n", episode.contacts.size(),
               Hours(episode.end - episode.start));
  }
  for (const Contact& contact : report.contacts) {
    fmt::print("    {:<10} {:<9} {}\n", Name(contact.purpose), Name(contact.channel),
               contact.prior
                   ? fmt::format("repeats {} after {}", contact.prior->id, Hours(contact.gap))
                   : "first contact");
  }
}

void ShowAction(const Context& context) {
  fmt::print("  at {}, when the complaint comes in, the agent sees:\n", IsoTime(context.now));
  for (const OpenEpisode& episode : context.open_episodes) {
    fmt::print("    open since {}: {}, {} contacts with {} agents, feeling {:+.1f} {}\n",
               IsoTime(episode.start), episode.topics.empty() ? "" : episode.topics.front(),
               episode.contact_count, episode.agents, episode.last_sentiment.value_or(0),
               episode.last_emotion);
    for (const Promise& promise : episode.promises) {
      fmt::print("    promise by {} to call back until {}: {}\n", promise.agent,
                 IsoTime(promise.due), promise.broken ? "BROKEN" : "open");
    }
  }
  std::string facts;
  for (const Fact& fact : context.facts) {
    facts += (facts.empty() ? "" : ", ") + fact.attribute.key;
  }
  fmt::print("    on file, do not ask again: {}\n", facts);
  fmt::print("    told the story before: {}\n", context.repeated_effort ? "yes" : "no");
  bool broken = false;
  for (const OpenEpisode& episode : context.open_episodes) {
    for (const Promise& promise : episode.promises) broken = broken || promise.broken;
  }
  fmt::print("  \033[1maction: {}\033[0m\n",
             broken ? "a promise was broken: apologise, solve it in this contact, no transfer"
             : context.open_episodes.empty() ? "none, nothing is open"
                                             : "take up the open episode");
}

}  // namespace

Status ShowStory(const Folders& folders) {
  Headline("One customer, four channels");
  FixedClock clock(*ParseIsoTime("2025-03-06T00:00:00Z"));
  Options options;
  options.clock = &clock;
  Result<std::unique_ptr<Tracker>> opened = Tracker::Open(folders.stores + "/story", options);
  if (!opened.ok()) return opened.status();
  Tracker& tracker = **opened;

  Result<Imported> imported = ImportFile(folders.data + "/story/story.jsonl", tracker, nullptr);
  if (!imported.ok()) return imported.status();
  Subline("Before: every channel knows its own customer");
  if (Status status = ShowCustomers(tracker); !status.ok()) return status;
  Result<RepeatReport> report = Report(tracker);
  if (!report.ok()) return report.status();
  ShowReport(*report);

  std::vector<Notice> notices;
  imported = ImportFile(folders.data + "/story/links.jsonl", tracker, &notices);
  if (!imported.ok()) return imported.status();
  Subline("After a login and two profile updates: one person");
  if (Status status = ShowCustomers(tracker); !status.ok()) return status;
  for (const Notice& notice : notices) {
    if (notice.type != NoticeType::kDetected) continue;
    fmt::print("  notice: {} is a repeat of {}\n", notice.contact.id, notice.prior->id);
  }
  Subline("History");
  const Identifier& phone = FourIdentifiers()[1];
  if (Status status = ShowHistory(tracker, phone); !status.ok()) return status;
  report = Report(tracker);
  if (!report.ok()) return report.status();
  Subline("Which processes?");
  ShowProcesses(*report);
  Subline("Report");
  ShowReport(*report);
  const Result<Context> context = tracker.GetContext(phone, *ParseIsoTime("2025-03-04T15:29:00Z"));
  if (!context.ok()) return context.status();
  Subline("What is to be done?");
  ShowAction(*context);
  return tracker.Close();
}

}  // namespace cxjourney::examples
