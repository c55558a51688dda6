// Plays the directives of a scenario against the public C++ API. README.md says what they are.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "tests/scenarios/match.h"

namespace cxjourney::scenario_tests {

class Player {
 public:
  Player() = default;
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player();

  // Plays one directive; throws a Mistake that says what is wrong.
  void Play(const std::string& verb, const std::string& argument);
  // Behind the last directive: nothing is left unexpected, and the store is sound.
  void End();

 private:
  class StandingClock : public Clock {
   public:
    Timestamp Now() override { return Timestamp(Duration(now_us_)); }
    void Set(Timestamp now) { now_us_ = now.time_since_epoch().count(); }

   private:
    std::atomic<int64_t> now_us_{1767225600000000};  // 2026-01-01T00:00:00Z
  };
  class OneKey : public KeyProvider {
   public:
    Result<std::array<uint8_t, 32>> StoreKey(const std::array<uint8_t, 16>& store_id) override;
  };

  void Open();
  void Expect(const Json& expected);
  void ExpectError(const std::string& code);
  void Call(const std::string& verb, const Json& argument);
  // False: no such verb.
  bool CallWriter(const std::string& verb, const Json& argument);
  Result<Journey> Scan(const HistoryQuery& asked) const;
  bool CallReader(const std::string& verb, const Json& argument);
  void RecordAll(const Json& argument);
  void Reopen();

  void Answer(Json answer) { answer_ = std::move(answer); }
  template <class T>
  void Answer(const Result<T>& result);

  StandingClock clock_;
  OneKey key_;
  Options options_;
  bool options_given_ = false;
  std::string folder_;
  std::unique_ptr<Tracker> tracker_;
  std::vector<Receipt> receipts_;  // Of the last call; used again.
  Names names_;
  Json answer_;
  Status failure_;        // Of the last call.
  bool awaited_ = false;  // The failure was not expected yet.
};

}  // namespace cxjourney::scenario_tests
