// Identity: which kinds of identifiers there are, how they link, and what a customer is.
//
// A customer is a class of the partition that the resolver computes from the evidence (the
// identifiers that touchpoints carried, and assertions) and the rules. It is a pure function:
// arrival order never matters, and a retraction takes its effect back completely.
#ifndef CXJOURNEY_IDENTITY_H_
#define CXJOURNEY_IDENTITY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cxjourney/export.h"
#include "cxjourney/status.h"
#include "cxjourney/time.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney {
inline namespace v1 {

// How strongly a namespace points at a person; weaker to the right. kNone is stored and
// searchable, never evidence.
enum class Tier : uint8_t {
  kPerson = 1,
  kReference = 2,
  kHardware = 3,
  kCookie = 4,
  kNone = 5
};

// Rule that turns a typed value into the stored one, or refuses it.
enum class Normalizer : uint8_t {
  kTrim = 1,          // White space at the ends goes.
  kTrimNfc = 2,       // And Unicode NFC; case is kept.
  kAlphanumeric = 3,  // Letters and digits only.
  kEmail = 4,         // Trim, root-locale lower case, IDNA domain; no dot or plus folding.
  kPhone = 5,         // E.164, national numbers by IdentityRules::default_region.
  kSocial = 6,        // "network:handle", root-locale lower case.
  kTrimUpper = 7,     // Trim, root-locale upper case.
};

// A kind of identifier and its rule. Limits of 0 mean "none".
struct NamespaceRule {
  std::string name = {};
  Tier tier = Tier::kNone;
  uint32_t priority = 0;            // 1 is the strongest.
  uint32_t per_customer_max = 0;    // 1: unique, two values are two customers.
  Duration ttl = Duration::zero();  // Kept for incarnations; not used by the resolver yet.
  // An identifier that was seen with more values of one unique namespace than this is in
  // quarantine: touchpoints link it to nothing any more, those before included, and it belongs to
  // nobody, unless a must-link joins it. Values of one must-link class count once. 0: none ever is;
  // nor is one of a unique namespace.
  uint32_t quarantine_above = 0;
  Normalizer normalizer = Normalizer::kTrim;
  bool refuse_repeated = false;  // Refuse one character repeated (from length 4) and ^[0-]*$.

  bool unique() const { return per_customer_max == 1; }
};

// Everything that decides who is who. Rules are evidence themselves: the store keeps each
// version. Changing them re-derives every customer.
struct IdentityRules {
  std::vector<NamespaceRule> namespaces = {};
  std::string default_region = "TR";  // ISO 3166 region of national phone numbers.
  // Values that never link, compared ASCII case-insensitively after trim and one pair of quotes.
  std::vector<std::string> blocked_values = {};
  std::vector<std::string> role_mailboxes = {};  // E-mail local parts that never link.
  std::vector<std::string> own_phones = {};      // The company's own lines; never link.
  uint32_t identifiers_per_customer_max = 512;
};

// The default namespaces, limits and blocked values (docs/GLOSSARY.md lists them).
CXJ_API IdentityRules DefaultIdentityRules();

// Refuses rules that contradict themselves, naming the namespace: kInvalidArgument.
CXJ_API Status ValidateIdentityRules(const IdentityRules& rules);

// 64 bits of a keyed hash of an identifier; never 0. Equal in every process that has the key.
enum class CustomerId : uint64_t {
  kNone = 0
};

// Sequence number of an assertion; never reused.
enum class AssertionId : uint64_t {
  kNone = 0
};

// Who asserts, and why. Both are stored for ever: put no customer's data into them.
struct Assertion {
  std::string actor = {};   // At most 256 bytes.
  std::string reason = {};  // At most 1,024 bytes.
};

// An identifier as a customer holds it.
struct HeldIdentifier {
  std::string name_space = {};
  std::string value = {};                   // Normalised.
  Timestamp first_seen = Timestamp::max();  // Event times; max/min when never sighted.
  Timestamp last_seen = Timestamp::min();
  CustomerId id = CustomerId::kNone;  // This identifier's own id: an alias of the customer.
};

struct Customer {
  CustomerId id = CustomerId::kNone;             // Primary id: the id of its strongest identifier.
  std::vector<HeldIdentifier> identifiers = {};  // Strongest first.
  uint64_t touchpoints = 0;
};

// A pair of identifiers seen together, or asserted to belong together.
struct Link {
  Identifier a = {};  // Normalised values.
  Identifier b = {};
  Timestamp newest = Timestamp::min();          // Newest event time at which the pair was seen.
  AssertionId must_link = AssertionId::kNone;   // Set when an assertion made the link.
  std::vector<TouchpointKey> touchpoints = {};  // Newest first, at most 8.
};

// Why a link does not join its two ends.
enum class VetoRule : uint8_t {
  kUniqueNamespace = 1,
  kPerCustomerLimit = 2,
  kIdentifiersPerCustomer = 3,
  kCannotLink = 4,
};

struct Veto {
  Link link = {};
  VetoRule rule = VetoRule::kUniqueNamespace;
  std::string name_space = {};  // The namespace whose limit is in the way, if one is.
  // The two values that must not share a customer (kUniqueNamespace, kCannotLink).
  Identifier rival_a = {};
  Identifier rival_b = {};
  AssertionId cannot_link = AssertionId::kNone;
};

// Why two identifiers are one customer, or why they are not.
struct WhyAnswer {
  bool same_customer = false;
  CustomerId customer_a = CustomerId::kNone;
  CustomerId customer_b = CustomerId::kNone;
  std::vector<Link> path = {};    // same_customer: a shortest chain of links from a to b.
  std::vector<Veto> vetoes = {};  // Otherwise: the vetoed links between the two customers.
  // Otherwise: whether any links connect them at all. Those of an identifier in quarantine count as
  // none, and it is not named here: receipts do (Reason::kQuarantined).
  bool connected = false;
};

}  // namespace v1
}  // namespace cxjourney

#endif  // CXJOURNEY_IDENTITY_H_
