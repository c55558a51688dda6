// Arguments of a scenario's directives as structs of the C++ API. A field that does not exist is a
// Mistake.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/scenarios/words.h"

namespace cxjourney::scenario_tests {

// The fields of an object; each is taken once, and Done() finds those that nobody took.
class Fields {
 public:
  explicit Fields(const Json& object);

  bool Has(const std::string& name) const { return object_.contains(name); }
  // The field, or null.
  const Json& Take(const std::string& name);
  void Done() const;

  // Each leaves `to` alone when the field is not there. An optional takes what it is of.
  void Text(const std::string& name, std::string& to);
  void Flag(const std::string& name, bool& to);
  void Time(const std::string& name, Timestamp& to);
  void Length(const std::string& name, Duration& to);
  void Texts(const std::string& name, std::vector<std::string>& to);
  template <class Number>
  void Value(const std::string& name, Number& to) {
    if (const Json& value = Take(name); !value.is_null()) to = value.get<Number>();
  }
  template <class Number>
  void Maybe(const std::string& name, std::optional<Number>& to) {
    if (const Json& value = Take(name); !value.is_null()) to = value.get<Number>();
  }
  void MaybeTime(const std::string& name, std::optional<Timestamp>& to);
  template <class Enum>
  void OneOf(const std::string& name, Enum& to) {
    if (const Json& value = Take(name); !value.is_null()) FromWord(value.get<std::string>(), to);
  }

 private:
  const Json& object_;
  std::set<std::string> taken_ = {};
};

Identifier ReadIdentifier(const Json& json);
std::vector<Identifier> ReadIdentifiers(const Json& json);
TouchpointKey ReadKey(const Json& json);
Touchpoint ReadTouchpoint(const Json& json);
// The fields that are left in `fields`.
HistoryQuery ReadHistoryQuery(Fields& fields);
RepeatQuery ReadRepeatQuery(const Json& json);
Assertion ReadAssertion(Fields& fields);
Options ReadOptions(const Json& json);

}  // namespace cxjourney::scenario_tests
