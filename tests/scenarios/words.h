// Names of the enumerations and texts of times, as scenarios write them.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "cxjourney/tracker.h"
#include "interchange/names.h"

namespace cxjourney::scenario_tests {

using Json = nlohmann::json;

// What is wrong with a scenario's text, or with what came of it.
class Mistake : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "PHONE" of "phone".
std::string Capitals(std::string word);

// The name of a constant without its prefix, for every enumeration that answers hold.
template <class Enum>
std::string Word(Enum value) {
  return Capitals(interchange::Name(value));
}
std::string Word(Code value);
std::string Word(Reason value);
std::string Word(RecordOutcome value);
std::string Word(NoticeType value);
std::string Word(VetoRule value);
std::string Word(AnchorPoint value);
std::string Word(TopicMatch value);
std::string Word(ChannelMatch value);
std::string Word(Chain value);

template <class Enum>
void FromWord(const std::string& word, Enum& value) {
  if (!interchange::ParseName(word, value)) throw Mistake("no such word: " + word);
}
void FromWord(const std::string& word, Tier& value);
void FromWord(const std::string& word, Normalizer& value);
void FromWord(const std::string& word, Durability& value);
void FromWord(const std::string& word, RepeatQuery::GroupBy& value);

std::string TimeText(Timestamp time);
Timestamp TimeFromText(const std::string& text);

}  // namespace cxjourney::scenario_tests
