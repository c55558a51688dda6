// Plays every *.journey file of this folder over the public C++ API.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/scenarios/player.h"

namespace cxjourney::scenario_tests {
namespace {

std::vector<std::string> ScenarioNames() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(CXJ_SOURCE_DIR "/tests/scenarios")) {
    if (file.path().extension() == ".journey") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> LinesOf(const std::string& name) {
  std::ifstream file(CXJ_SOURCE_DIR "/tests/scenarios/" + name + ".journey");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// What went wrong at which line; empty when nothing did.
std::string PlayLines(const std::vector<std::string>& lines) {
  Player player;
  size_t number = 0;
  try {
    for (const std::string& line : lines) {
      ++number;
      if (line.empty() || line.front() == '#') continue;
      const size_t space = line.find(' ');
      player.Play(line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1));
    }
    player.End();
  } catch (const std::exception& mistake) {
    return "line " + std::to_string(number) + ": " + mistake.what();
  }
  return "";
}

class ScenarioTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioTest, TellsItsStory) { EXPECT_EQ(PlayLines(LinesOf(GetParam())), ""); }

INSTANTIATE_TEST_SUITE_P(Scenarios, ScenarioTest, testing::ValuesIn(ScenarioNames()),
                         [](const auto& name) { return name.param; });

// The runner must be able to fail, or the files prove nothing.
TEST(ScenarioRunnerTest, ReportsTheLineAndTheField) {
  const std::string record = R"(record {"source": "crm", "id": "1", "channel": "PHONE"})";
  EXPECT_EQ(PlayLines({record, R"(expect {"outcome": "DUPLICATE"})"}),
            "line 2: answer.outcome is \"RECORDED\", expected \"DUPLICATE\"");
  EXPECT_EQ(PlayLines({record, R"(expect {"colour": null})"}),
            "line 2: answer has no field colour");
  EXPECT_EQ(PlayLines({record, R"(expect {"verdicts": [{}]})"}), "");
  EXPECT_EQ(PlayLines({record, R"(expect {"remarks": []})"}).rfind("line 2: answer.remarks is", 0),
            0u);
  EXPECT_EQ(PlayLines({record, R"(expect {"sequence": "$a", "customer": "$b"})"}),
            "line 2: answer.customer is 0: no $b");
  EXPECT_EQ(PlayLines({record, "error NOT_FOUND"}),
            "line 2: the call ended with OK, expected NOT_FOUND");
}

TEST(ScenarioRunnerTest, LetsNoFailureAndNoMistakePass) {
  const std::string lost = R"(resolve {"identifier": "email:nobody@example.com"})";
  EXPECT_EQ(PlayLines({lost, "error NOT_FOUND"}), "");
  EXPECT_EQ(PlayLines({lost, "error INVALID_ARGUMENT"}),
            "line 2: the call ended with NOT_FOUND, expected INVALID_ARGUMENT");
  EXPECT_EQ(PlayLines({lost}).rfind("line 1: the last call failed with NOT_FOUND", 0), 0u);
  EXPECT_EQ(PlayLines({lost, "stats {}"}).rfind("line 2: the call before failed", 0), 0u);
  EXPECT_EQ(PlayLines({R"(record {"source": "crm", "identifier": "1"})"}),
            "line 1: no such field: identifier");
  EXPECT_EQ(PlayLines({"recall {}"}), "line 1: no such verb: recall");
  EXPECT_EQ(PlayLines({R"(customer {"id": "$ada"})"}), "line 1: nothing was named \"$ada\"");
  EXPECT_EQ(PlayLines({"# nothing"}), "line 1: nothing was called");
}

TEST(ScenarioRunnerTest, TwoNamesAreTwoValues) {
  const std::vector<std::string> lines = {
      R"(record {"source": "crm", "id": "1", "identifiers": ["email:ada@example.com"]})",
      R"(expect {"customer": "$ada"})",
      R"(resolve {"identifier": "email:ADA@example.com"})",
  };
  std::vector<std::string> same = lines;
  same.emplace_back(R"(expect {"customer": "$ada"})");
  EXPECT_EQ(PlayLines(same), "");
  std::vector<std::string> other = lines;
  other.emplace_back(R"(expect {"customer": "$can"})");
  EXPECT_EQ(PlayLines(other), "line 4: answer.customer is $ada, expected another one, $can");
}

}  // namespace
}  // namespace cxjourney::scenario_tests
