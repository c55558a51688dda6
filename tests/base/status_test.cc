#include "cxjourney/status.h"

#include <gtest/gtest.h>

namespace cxjourney {
namespace {

TEST(StatusTest, OkIsWhatNothingIsSaidAbout) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), Code::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.ToString(), "OK");
  // A message does not make a failure of it.
  EXPECT_TRUE(Status(Code::kOk, "fine").ok());
}

TEST(StatusTest, AFailureSaysItsCodeAndItsMessage) {
  const Status status(Code::kDataLoss, "byte 7 changed");
  const Status copy = status;
  EXPECT_FALSE(copy.ok());
  EXPECT_EQ(copy.code(), Code::kDataLoss);
  EXPECT_EQ(copy.message(), "byte 7 changed");
  EXPECT_EQ(copy.ToString(), "DATA_LOSS: byte 7 changed");
}

// Names are part of the API: scripts compare them.
TEST(StatusTest, EveryCodeHasAName) {
  struct Case {
    Code code;
    const char* name;
  };
  const Case cases[] = {
      {Code::kOk, "OK"},
      {Code::kInvalidArgument, "INVALID_ARGUMENT"},
      {Code::kNotFound, "NOT_FOUND"},
      {Code::kAlreadyExists, "ALREADY_EXISTS"},
      {Code::kResourceExhausted, "RESOURCE_EXHAUSTED"},
      {Code::kFailedPrecondition, "FAILED_PRECONDITION"},
      {Code::kInternal, "INTERNAL"},
      {Code::kUnavailable, "UNAVAILABLE"},
      {Code::kDataLoss, "DATA_LOSS"},
      {static_cast<Code>(99), "UNKNOWN"},
  };
  for (const Case& one : cases) EXPECT_STREQ(CodeName(one.code), one.name);
}

}  // namespace
}  // namespace cxjourney
