// Runs vector files: worked cases of identity and of repeat contacts.
#pragma once

#include <string>

#include "tools/cxj_vectors/reader.h"
#include "tools/cxj_vectors/subject.h"

namespace cxjourney::vectors {

// A vector passes when everything it expects holds and everything in it was understood.
struct Tally {
  int passed = 0;
  int failed = 0;
  Problems failures;  // "I05: last_owner_as_of: expected ..., got ...".
};

// Files of the shape of tests/vectors/identity_partitions.json.
void RunIdentityFile(const std::string& path, const SubjectFactory& open, Tally* tally);
// Files of the shape of tests/vectors/repeat_contacts.json.
void RunContactFile(const std::string& path, const SubjectFactory& open, Tally* tally);

}  // namespace cxjourney::vectors
