// cxj_vectors: runs files of worked cases through the public API.
#include <cstdio>
#include <string>

#include "tools/cxj_vectors/vectors.h"

namespace {

constexpr char kUsage[] =
    "usage: cxj_vectors identity|contacts FILE...\n"
    "Runs every vector of the files through the library, prints each failure and the counts.\n"
    "Exits with 0 when all pass, 1 on a failure or an unknown key, 2 on wrong usage.\n";

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  if (argc < 3 || (kind != "identity" && kind != "contacts")) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  cxjourney::vectors::Tally tally;
  for (int i = 2; i < argc; ++i) {
    if (kind == "identity") {
      cxjourney::vectors::RunIdentityFile(argv[i], cxjourney::vectors::OpenTrackerSubject, &tally);
    } else {
      cxjourney::vectors::RunContactFile(argv[i], cxjourney::vectors::OpenTrackerSubject, &tally);
    }
  }
  for (const std::string& failure : tally.failures) std::printf("FAILED %s\n", failure.c_str());
  std::printf("%d passed, %d failed\n", tally.passed, tally.failed);
  return tally.failed == 0 ? 0 : 1;
}
