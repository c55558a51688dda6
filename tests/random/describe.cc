#include "tests/random/describe.h"

#include <fmt/format.h>

#include <sstream>

namespace cxjourney::random_tests {
namespace {

std::string ToText(const Ratio& ratio) {
  return fmt::format("{}/{}", ratio.numerator, ratio.denominator);
}

std::string ToText(const Bounds& bounds) {
  return ToText(bounds.lower) + ".." + ToText(bounds.upper);
}

std::string ToText(const Measures& m) {
  std::string text =
      fmt::format("contacts {}\nbase {}\nimmature_base {}\nepisodes {}\nimmature_episodes {}\n",
                  m.contacts, m.base_contacts, m.immature_base, m.episodes, m.immature_episodes);
  text += fmt::format("identified {}\nrcr {}\nfcr_forward {}\nforward_bounds {}\nfcr_issue {}\n",
                      ToText(m.identified), ToText(m.rcr), ToText(m.fcr_forward),
                      ToText(m.fcr_forward_bounds), ToText(m.fcr_issue));
  text += fmt::format("issue_bounds {}\nfpr_issue {}\none_and_done {}\nresolved_strict {}\n",
                      ToText(m.fcr_issue_bounds), ToText(m.fpr_issue), ToText(m.one_and_done),
                      ToText(m.resolved_strict));
  text += fmt::format("fcr_survey {}\nbot_contained {}\ndefaulted {}\nlongest {}\nswitches {}\n",
                      ToText(m.fcr_survey), ToText(m.bot_contained_no_return), m.defaulted_purposes,
                      m.longest_episode, m.channel_switch_repeats);
  return text;
}

std::string ToText(const std::vector<TouchpointKey>& keys) {
  std::string text;
  for (const TouchpointKey& key : keys) text += " " + random_tests::ToText(key);
  return text;
}

std::string Optional(const std::optional<TouchpointKey>& key) {
  return key ? random_tests::ToText(*key) : "-";
}

int64_t Microseconds(Timestamp time) { return time.time_since_epoch().count(); }

// Whether a contact that is no base is "mature" has no meaning.
std::string ToText(const Contact& c) {
  std::string text = fmt::format("contact {} [{}] start {} end {} channel {}{} purpose {}",
                                 random_tests::ToText(c.id), ToText(c.legs), Microseconds(c.start),
                                 Microseconds(c.end), static_cast<int>(c.channel), c.custom_channel,
                                 static_cast<int>(c.purpose));
  text += " topics";
  for (const std::string& topic : c.topics) text += " " + topic;
  text += fmt::format(" outcome {} queue '{}' base {} mature {} return {} prior {} gap {}",
                      static_cast<int>(c.outcome), c.queue, c.base, c.base && c.mature,
                      c.has_return, Optional(c.prior), c.gap.count());
  text += fmt::format(" episode {} transfers {} replies {} messages {}", Optional(c.episode),
                      c.transfers, c.agent_replies, c.customer_messages);
  return text;
}

std::string ToText(const Episode& e) {
  std::string text =
      fmt::format("episode {} [{}] start {} end {} channels", random_tests::ToText(e.id),
                  ToText(e.contacts), Microseconds(e.start), Microseconds(e.end));
  for (const Channel channel : e.channels) text += fmt::format(" {}", static_cast<int>(channel));
  return text;
}

}  // namespace

std::string ToText(const oracle::Id& id) { return id.first + ":" + id.second; }

std::string ToText(const std::set<oracle::Id>& ids) {
  std::string text = "{";
  for (const oracle::Id& id : ids) text += " " + ToText(id);
  return text + " }";
}

std::string ToText(const TouchpointKey& key) { return key.source + "/" + key.id; }

std::string ToText(const RepeatVerdict& v) {
  return fmt::format("{}: repeat of {} gap {} episode {} of {}", v.policy, Optional(v.repeat_of),
                     v.gap.count(), Optional(v.episode), v.contacts_in_episode);
}

std::string ToText(const Notice& n) {
  return fmt::format("{}: notice {} {} prior {} old {}", n.policy, static_cast<int>(n.type),
                     ToText(n.contact), Optional(n.prior), Optional(n.old_prior));
}

std::string ToText(const RepeatReport& report,
                   const std::function<std::string(CustomerId)>& customer) {
  std::string text = ToText(report.total);
  if (report.net) text += "net:\n" + ToText(*report.net);
  for (const Contact& c : report.contacts) text += ToText(c) + " of " + customer(c.customer) + "\n";
  for (const Episode& e : report.episodes) text += ToText(e) + " of " + customer(e.customer) + "\n";
  return text;
}

std::string Difference(const std::string& what, const std::string& expected,
                       const std::string& got) {
  std::istringstream left(expected);
  std::istringstream right(got);
  while (left || right) {
    std::string a = "(nothing)";
    std::string b = "(nothing)";
    const bool more_left = static_cast<bool>(std::getline(left, a));
    const bool more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left) a = "(nothing)";
    if (!more_right) b = "(nothing)";
    if (a != b) return fmt::format("{}\n  oracle: {}\n  engine: {}", what, a, b);
  }
  return "";
}

}  // namespace cxjourney::random_tests
