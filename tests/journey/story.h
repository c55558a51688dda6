// Timelines for tests, told leg by leg.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "journey/journey.h"
#include "journey/leg.h"

namespace cxjourney::journey {

inline constexpr int64_t kSecond = 1000 * 1000;
inline constexpr int64_t kMinute = 60 * kSecond;
inline constexpr int64_t kHour = 60 * kMinute;
inline constexpr int64_t kDay = 24 * kHour;
// 2026-03-01T00:00:00Z.
inline constexpr int64_t kMarch = INT64_C(1772323200) * kSecond;

inline Timestamp At(int64_t offset_us) { return Timestamp(Duration(kMarch + offset_us)); }

// A leg with its own details.
struct ToldLeg : Leg, LegDetails {
  ToldLeg() { details = this; }
  ToldLeg(const ToldLeg&) = delete;
  ToldLeg& operator=(const ToldLeg&) = delete;
};

// Owns legs and the strings they point into. Times are offsets from 1 March 2026.
class Story {
 public:
  Story() = default;
  // Legs and strings keep their places when a deque is moved; a copy would point into the other.
  Story(Story&&) = default;
  Story& operator=(Story&&) = default;

  // A handled inbound call: what the tests change is what they are about.
  ToldLeg& Add(std::string_view id, int64_t offset_us) {
    ToldLeg& leg = legs_.emplace_back();
    leg.source = "crm";
    leg.id = Keep(id);
    leg.time_us = kMarch + offset_us;
    leg.end_us = leg.time_us;
    leg.channel = Channel::kPhone;
    leg.direction = Direction::kIn;
    leg.purpose = Purpose::kRequest;
    leg.handled_by = HandledBy::kHuman;
    return leg;
  }

  // The same, with an end.
  ToldLeg& Add(std::string_view id, int64_t offset_us, int64_t end_offset_us) {
    ToldLeg& leg = Add(id, offset_us);
    leg.end_us = kMarch + end_offset_us;
    leg.has_end = true;
    return leg;
  }

  std::string_view Keep(std::string_view text) { return strings_.emplace_back(text); }

  // In order, whatever order they were told in.
  Timeline timeline() const {
    Timeline timeline;
    for (const Leg& leg : legs_) timeline.push_back(&leg);
    std::sort(timeline.begin(), timeline.end());
    return timeline;
  }

 private:
  std::deque<ToldLeg> legs_;
  std::deque<std::string> strings_;
};

inline std::vector<Score> NoScores(const Leg&) { return {}; }
inline std::string NoEmotion(const Leg&) { return {}; }

// "a b|c": the contacts' legs.
inline std::string ContactsOf(const PolicyJourney& journey) {
  std::string text;
  for (const FoldedContact& contact : journey.contacts()) {
    if (!text.empty()) text += '|';
    for (const Leg* leg : contact.legs) {
      if (leg != contact.legs.front()) text += ' ';
      text += leg->id;
    }
  }
  return text;
}

// "b>a:3600 c>b:0": contact, prior and gap in seconds.
inline std::string RepeatsOf(const PolicyJourney& journey) {
  std::string text;
  for (size_t i = 0; i < journey.contacts().size(); ++i) {
    const FoldedContact& contact = journey.contacts()[i];
    if (contact.prior < 0) continue;
    if (!text.empty()) text += ' ';
    text += std::string(contact.first().id) + '>';
    text += journey.contacts()[static_cast<size_t>(contact.prior)].first().id;
    text += ':' + std::to_string(journey.GapOf(static_cast<int32_t>(i)) / kSecond);
  }
  return text;
}

// "a b|c": the episodes' contacts.
inline std::string EpisodesOf(const PolicyJourney& journey) {
  std::string text;
  for (const FoldedEpisode& episode : journey.episodes()) {
    if (!text.empty()) text += '|';
    for (int32_t contact : episode.contacts) {
      if (contact != episode.contacts.front()) text += ' ';
      text += journey.contacts()[static_cast<size_t>(contact)].first().id;
    }
  }
  return text;
}

}  // namespace cxjourney::journey
