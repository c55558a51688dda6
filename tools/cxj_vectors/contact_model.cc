#include "tools/cxj_vectors/contact_model.h"

#include <charconv>
#include <limits>
#include <optional>

#include "tools/cxj_vectors/words.h"

namespace cxjourney::vectors {
namespace {

// The object with every default that it does not set itself.
Json WithDefaults(const Json& object, const Json& defaults) {
  if (!defaults.is_object() || !object.is_object()) return object;
  Json merged = defaults;
  merged.update(object);
  return merged;
}

// Sets *field to what the word means; an unknown word is a problem.
template <class E>
void ReadWord(ObjectReader* reader, const std::string& key,
              std::optional<E> (*meaning)(const std::string&), E* field) {
  const std::string word = reader->Text(key, "");
  if (word.empty()) return;
  const std::optional<E> value = meaning(word);
  if (value) {
    *field = *value;
  } else {
    reader->Problem(key, "unknown word \"" + word + "\"");
  }
}

void ReadChannel(ObjectReader* reader, Touchpoint* touchpoint) {
  const std::string word = reader->Text("ch", "");
  const std::string custom = "custom:";
  if (word.compare(0, custom.size(), custom) == 0) {
    touchpoint->channel = Channel::kCustom;
    touchpoint->custom_channel = word.substr(custom.size());
    return;
  }
  ReadWord(reader, "ch", ChannelOf, &touchpoint->channel);
}

void ReadScore(const Json& json, const std::string& where, Problems* problems, Touchpoint* out) {
  ObjectReader reader(json, where + ": score", problems);
  Score score;
  ReadWord(&reader, "kind", ScoreKindOf, &score.kind);
  if (const Json* value = reader.Take("value"); value != nullptr && value->is_number()) {
    score.value = value->get<double>();
  } else {
    reader.Problem("value", "not a number");
  }
  score.max = static_cast<double>(reader.Integer("max", 0));
  score.about_id = reader.Text("about", reader.Text("about_id", ""));
  reader.Finish();
  out->scores.push_back(score);
}

void ReadScores(ObjectReader* reader, const std::string& where, Problems* problems,
                Touchpoint* touchpoint) {
  for (const char* key : {"score", "scores"}) {
    const Json* scores = reader->Take(key);
    if (scores == nullptr || scores->is_null()) continue;
    const Json list = scores->is_array() ? *scores : Json::array({*scores});
    for (const Json& score : list) ReadScore(score, where, problems, touchpoint);
  }
}

// "end": "= t" is the file's way to say that no end was given.
void ReadTimes(ObjectReader* reader, Touchpoint* touchpoint) {
  touchpoint->event_time = reader->Time("t");
  const Json* end = reader->Take("end");
  const bool none = end != nullptr && end->is_string() && end->get<std::string>() == "= t";
  if (!none) touchpoint->end_time = reader->Time("end");
  for (const auto& [key, unit_ms] : {std::pair<const char*, int64_t>("duration_s", 1000),
                                     std::pair<const char*, int64_t>("duration_ms", 1)}) {
    const int64_t absent = std::numeric_limits<int64_t>::min();
    const int64_t length = reader->Integer(key, absent);
    if (length != absent) touchpoint->duration_ms = length * unit_ms;
  }
  touchpoint->follow_up_due = reader->Time("follow_up_due");
  if (!touchpoint->follow_up_due) touchpoint->follow_up_due = reader->Time("due");
}

void ReadTopicMatch(ObjectReader* reader, Policy* policy) {
  const std::string topic = reader->Text("topic", "any");
  const std::string prefix = "prefix:";
  if (topic == "any") {
    policy->topic = TopicMatch::kAny;
  } else if (topic == "same") {
    policy->topic = TopicMatch::kSame;
  } else if (topic.compare(0, prefix.size(), prefix) == 0) {
    policy->topic = TopicMatch::kPrefix;
    const char* last = topic.data() + topic.size();
    const auto read = std::from_chars(topic.data() + prefix.size(), last, policy->topic_prefix);
    if (read.ec != std::errc() || read.ptr != last) reader->Problem("topic", "not a number");
  } else {
    reader->Problem("topic", "unknown word \"" + topic + "\"");
  }
}

// Sets *field when the word is one of two.
template <class E>
void ReadChoice(ObjectReader* reader, const std::string& key, const std::string& first, E if_first,
                const std::string& second, E if_second, E* field) {
  const std::string word = Word(reader->Text(key, ""));
  if (word.empty()) return;
  if (word != first && word != second) reader->Problem(key, "unknown word \"" + word + "\"");
  *field = word == second ? if_second : if_first;
}

void ReadChannelMatch(ObjectReader* reader, Policy* policy) {
  const std::string word = Word(reader->Text("channels", "all"));
  if (word == "all") {
    policy->channels = ChannelMatch::kAll;
  } else if (word == "same") {
    policy->channels = ChannelMatch::kSame;
  } else if (word == "same_group") {
    policy->channels = ChannelMatch::kSameGroup;
  } else {
    reader->Problem("channels", "unknown word \"" + word + "\"");
  }
}

void ReadCalendar(ObjectReader* reader, const std::string& where, Problems* problems,
                  Policy* policy) {
  const Json* calendar = reader->Take("calendar");
  if (calendar == nullptr || calendar->is_null()) return;
  ObjectReader fields(*calendar, where + ": calendar", problems);
  CalendarRule rule;
  rule.days = static_cast<uint32_t>(fields.Integer("days", rule.days));
  rule.zone = fields.Text("tz", fields.Text("zone", ""));
  rule.utc_offset_min = static_cast<int32_t>(fields.Integer("utc_offset_min", 0));
  fields.Finish();
  policy->calendar = rule;
}

Duration ReadSeconds(ObjectReader* reader, const std::string& key, Duration otherwise) {
  const int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(otherwise).count();
  return std::chrono::seconds(reader->Integer(key, seconds));
}

}  // namespace

Identifier Profile(const std::string& key) { return {kProfile, key, Role::kUnspecified}; }

Touchpoint ReadTouch(const Json& op, const Json& defaults, const std::string& where,
                     Problems* problems) {
  const Json touch = WithDefaults(op, defaults);
  ObjectReader reader(touch, where, problems);
  reader.Take("op");
  Touchpoint t;
  t.source = reader.Text("source", reader.Text("src", "vector"));
  t.id = reader.Text("id", "");
  for (const std::string& who : reader.Texts("who")) t.identifiers.push_back(Profile(who));
  ReadTimes(&reader, &t);
  ReadChannel(&reader, &t);
  ReadWord(&reader, "dir", DirectionOf, &t.direction);
  ReadWord(&reader, "purpose", PurposeOf, &t.purpose);
  ReadWord(&reader, "outcome", OutcomeOf, &t.outcome);
  ReadWord(&reader, "handled", HandledByOf, &t.handled_by);
  ReadWord(&reader, "rel", RelationOf, &t.relation);
  ReadWord(&reader, "relation", RelationOf, &t.relation);
  t.topics = reader.Texts("topic");
  t.automated = reader.Flag("auto", false);
  t.voided = reader.Flag("void", false);
  t.revision = static_cast<uint32_t>(reader.Integer("rev", 1));
  t.conversation_id = reader.Text("conv", "");
  t.parent_id = reader.Text("parent", "");
  t.agent = reader.Text("agent", "");
  t.queue = reader.Text("queue", "");
  t.team = reader.Text("team", "");
  ReadScores(&reader, where, problems, &t);
  reader.Finish();
  return t;
}

Policy ReadPolicy(const Json& policy, const Json& defaults, const std::string& where,
                  Problems* problems) {
  const Json merged = WithDefaults(policy, defaults);
  ObjectReader reader(merged, where + ": policy", problems);
  Policy p;
  p.window = ReadSeconds(&reader, "window_s", p.window);
  p.fold_gap = ReadSeconds(&reader, "fold_gap_s", p.fold_gap);
  p.short_abandon = ReadSeconds(&reader, "short_abandon_s", p.short_abandon);
  p.forwarded_within = ReadSeconds(&reader, "forwarded_within_s", p.forwarded_within);
  ReadChoice(&reader, "anchor", "end", AnchorPoint::kEnd, "start", AnchorPoint::kStart, &p.anchor);
  ReadTopicMatch(&reader, &p);
  ReadChoice(&reader, "unknown_topic", "match", true, "nomatch", false, &p.unknown_topic_matches);
  ReadChannelMatch(&reader, &p);
  ReadChoice(&reader, "chain", "rolling", Chain::kRolling, "from_first", Chain::kFromFirst,
             &p.chain);
  p.exclude_base_topics = reader.Texts("exclude_base_topics");
  ReadCalendar(&reader, where, problems, &p);
  for (const std::string& word : reader.Texts("only_channels")) {
    const std::optional<Channel> channel = ChannelOf(word);
    if (!channel) reader.Problem("only_channels", "unknown word \"" + word + "\"");
    if (channel) p.only_channels.push_back(*channel);
  }
  reader.Take("net_of_topics");
  reader.Finish();
  return p;
}

std::vector<std::string> ReadNetTopics(const Json& policy) {
  Problems found_by_read_policy;
  ObjectReader reader(policy, "", &found_by_read_policy);
  return reader.Texts("net_of_topics");
}

}  // namespace cxjourney::vectors
