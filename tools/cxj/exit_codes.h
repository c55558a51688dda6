// What the program's exit codes mean; main.cc prints them in --help.
#pragma once

#include "cxjourney/status.h"

namespace cxjourney::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 1,        // The command line is wrong.
  kExitNotFound = 2,     // No such store, file, customer or assertion.
  kExitRefused = 3,      // import: some lines were refused, the others are recorded. Otherwise: the
                         // request was refused and nothing was changed.
  kExitDataLoss = 4,     // Stored or imported bytes are damaged, or verify found a difference.
  kExitUnavailable = 5,  // The store is in use, the disk is full, the system refused.
  kExitInternal = 6,     // A bug.
};

inline int ExitCodeOf(Code code) {
  switch (code) {
    case Code::kOk:
      return kExitOk;
    case Code::kNotFound:
      return kExitNotFound;
    case Code::kInvalidArgument:
    case Code::kAlreadyExists:
    case Code::kFailedPrecondition:
      return kExitRefused;
    case Code::kDataLoss:
      return kExitDataLoss;
    case Code::kResourceExhausted:
    case Code::kUnavailable:
      return kExitUnavailable;
    case Code::kInternal:
      return kExitInternal;
  }
  return kExitInternal;
}

}  // namespace cxjourney::cli
