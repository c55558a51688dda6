// Reads JSON objects strictly: an unknown key, a wrong type or an unknown word is a problem that
// fails the run, never skipped.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/time.h"

namespace cxjourney::vectors {

using Json = nlohmann::json;

// What went wrong, one line each.
using Problems = std::vector<std::string>;

// "2026-03-02T09:00:00Z", with or without a fraction of a second.
std::optional<Timestamp> ParseTime(const std::string& text);

class ObjectReader {
 public:
  // `where` goes in front of every problem. The object and *problems outlive the reader.
  ObjectReader(const Json& object, std::string where, Problems* problems);

  // The value of the key, or null when it is absent. Takes note that the key is known.
  const Json* Take(const std::string& key);

  std::string Text(const std::string& key, const std::string& otherwise);
  int64_t Integer(const std::string& key, int64_t otherwise);
  bool Flag(const std::string& key, bool otherwise);
  std::optional<Timestamp> Time(const std::string& key);
  // A string, or a list of strings; empty ones are left out.
  std::vector<std::string> Texts(const std::string& key);

  void Problem(const std::string& key, const std::string& what);
  // Every key that nobody took is a problem.
  void Finish();

 private:
  const Json& object_;
  std::string where_;
  Problems* problems_;
  std::set<std::string> taken_;
};

// The file as JSON; std::nullopt with a problem when it cannot be read or parsed.
std::optional<Json> ReadJsonFile(const std::string& path, Problems* problems);

// Lower case, with '-' and ' ' as '_': words are compared in this form.
std::string Word(std::string text);

}  // namespace cxjourney::vectors
