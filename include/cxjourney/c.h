/* cxjourney C API: the stable ABI that every binding is built on. docs/C_API.md tells the
 * conventions at length, docs/BINDINGS.md how to write a binding.
 *
 *  1. Handles are opaque. What gives you one gives you ownership: give it back once, with the
 *     `_close` or `_free` of its name, which accept NULL.
 *  2. What can fail returns cxj_code and takes `cxj_error** error` last; NULL ignores details.
 *     On failure *error is a new error that you own; on success it is untouched. Other out
 *     parameters are written on success only. There is no "last error" of a thread.
 *  3. Structs that may grow begin with `struct_size`. Start one you fill in from its CXJ_*_INIT.
 *     Fields are only ever appended and zero means "default". A library that is older than your
 *     header refuses (CXJ_INVALID_ARGUMENT) what it does not know only if it is not zero. Arrays
 *     of such structs are arrays of pointers, but for the argument of cxj_record.
 *     Structs without struct_size (cxj_str, cxj_key, ...) never change.
 *  4. cxj_str is borrowed UTF-8, not NUL-terminated. What you pass in is copied before the call
 *     returns. What you get lives as long as the answer or handle it came from.
 *  5. An answer (`const cxj_journey*` and the like) is a struct of the library: read it from any
 *     thread, give it back with its `_free`. It is a snapshot: it never changes.
 *  6. A number that may be absent counts as given when it is not zero or when its bit
 *     CXJ_..._HAS_... is set in `present`; in answers the bit alone says so. A struct that may be
 *     absent is a pointer that may be NULL. A list is `items` and `item_count`.
 *  7. Times (`..._us`) are microseconds since 1970-01-01T00:00:00Z; durations too, unless the
 *     name says _ms. CXJ_TIME_MIN and CXJ_TIME_MAX are "no limit".
 *  8. A cxj_tracker and a cxj_clock may be used from many threads at once, a cursor or an Arrow
 *     stream from one at a time. Closing or freeing is for the last user alone.
 *  9. No function throws, prints, exits, touches signal handlers, or starts threads, but for
 *     CXJ_DURABILITY_BUFFERED, and cxj_open one that has ended when it returns. Messages never
 *     hold customers' data.
 *
 * Costs are those of the C++ API plus the copying of the answer. Enumerations are uint32_t with
 * constants; a value that you do not know is one that a newer library added. */
#ifndef CXJOURNEY_C_H_
#define CXJOURNEY_C_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CXJ_C_API __attribute__((visibility("default")))
#else
#define CXJ_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The library ----------------------------------------------------------------------------- */

#define CXJ_ABI_VERSION 1u

/* CXJ_ABI_VERSION of the loaded library. A binding refuses to run when it differs from its own. */
CXJ_C_API uint32_t cxj_abi_version(void);

typedef struct cxj_str {
  const char* data; /* May be NULL when size is 0. */
  size_t size;      /* Bytes. */
} cxj_str;

typedef uint32_t cxj_bool; /* 0 or 1 */
typedef int64_t cxj_time;
typedef int64_t cxj_duration;
typedef uint64_t cxj_customer_id;  /* 0: nobody. Equal in every process that has the store's key. */
typedef uint64_t cxj_assertion_id; /* 0: none. */

#define CXJ_TIME_MIN INT64_MIN
#define CXJ_TIME_MAX INT64_MAX

/* The library's version, "0.2.0". Lives as long as the program. */
CXJ_C_API cxj_str cxj_version(void);

/* Errors ---------------------------------------------------------------------------------- */

/* The numbers of cxjourney::Code and of gRPC. */
typedef int32_t cxj_code;
enum {
  CXJ_OK = 0,
  CXJ_INVALID_ARGUMENT = 3,    /* The input is wrong, whatever the state of the store. */
  CXJ_NOT_FOUND = 5,           /* Nothing of that name is stored. */
  CXJ_ALREADY_EXISTS = 6,      /* Same key and revision, other content. */
  CXJ_RESOURCE_EXHAUSTED = 8,  /* The disk is full, or memory ran out. */
  CXJ_FAILED_PRECONDITION = 9, /* Not in this state: read-only after a failed write, closed. */
  CXJ_INTERNAL = 13,           /* An invariant of the library broke; no more writes. */
  CXJ_UNAVAILABLE = 14,        /* The operating system refused; trying again may help. */
  CXJ_DATA_LOSS = 15           /* Stored bytes are damaged or missing. */
};

typedef struct cxj_error cxj_error;
/* Of NULL: CXJ_OK and the empty text. Messages are NUL-terminated, too, and live as long as the
 * error. They name the thing and the limit. */
CXJ_C_API cxj_code cxj_error_code(const cxj_error* error);
CXJ_C_API cxj_str cxj_error_message(const cxj_error* error);
CXJ_C_API void cxj_error_free(cxj_error* error);

/* "NOT_FOUND"; "UNKNOWN" for a number that is none. Lives as long as the program. */
CXJ_C_API cxj_str cxj_code_name(cxj_code code);

/* The vocabulary of a touchpoint ----------------------------------------------------------- */

/* Where it happened. CUSTOM goes with cxj_touchpoint::custom_channel. */
typedef uint32_t cxj_channel;
enum {
  CXJ_CHANNEL_UNSPECIFIED = 0,
  CXJ_CHANNEL_PHONE = 1,
  CXJ_CHANNEL_SMS = 2,
  CXJ_CHANNEL_WEB_CHAT = 3,
  CXJ_CHANNEL_APP_CHAT = 4,
  CXJ_CHANNEL_WHATSAPP = 5,
  CXJ_CHANNEL_EMAIL = 6,
  CXJ_CHANNEL_SOCIAL = 7,
  CXJ_CHANNEL_COMMUNITY = 8,
  CXJ_CHANNEL_STORE = 9,
  CXJ_CHANNEL_WEB = 10,
  CXJ_CHANNEL_APP = 11,
  CXJ_CHANNEL_IVR = 12,
  CXJ_CHANNEL_KIOSK = 13,
  CXJ_CHANNEL_LETTER = 14,
  CXJ_CHANNEL_VIDEO = 15,
  CXJ_CHANNEL_REVIEW_SITE = 16,
  CXJ_CHANNEL_CUSTOM = 17
};

typedef uint32_t cxj_visibility;
enum {
  CXJ_VISIBILITY_UNSPECIFIED = 0,
  CXJ_VISIBILITY_PRIVATE = 1,
  CXJ_VISIBILITY_PUBLIC = 2
};

/* Which side it came from. Unspecified counts as IN. */
typedef uint32_t cxj_direction;
enum {
  CXJ_DIRECTION_UNSPECIFIED = 0,
  CXJ_DIRECTION_IN = 1,
  CXJ_DIRECTION_OUT = 2,
  CXJ_DIRECTION_INTERNAL = 3
};

/* How it was started. */
typedef uint32_t cxj_initiation;
enum {
  CXJ_INITIATION_UNSPECIFIED = 0,
  CXJ_INITIATION_INBOUND = 1,
  CXJ_INITIATION_OUTBOUND = 2,
  CXJ_INITIATION_TRANSFER = 3,
  CXJ_INITIATION_CALLBACK = 4,
  CXJ_INITIATION_CONSULT = 5,
  CXJ_INITIATION_API = 6,
  CXJ_INITIATION_AUTO = 7,
  CXJ_INITIATION_CAMPAIGN = 8,
  CXJ_INITIATION_REPLY = 9
};

/* What it was for; decides whether it starts a contact. Unspecified counts by channel: REQUEST on
 * service channels, BROWSE elsewhere. */
typedef uint32_t cxj_purpose;
enum {
  CXJ_PURPOSE_UNSPECIFIED = 0,
  CXJ_PURPOSE_QUESTION = 1,
  CXJ_PURPOSE_REQUEST = 2,
  CXJ_PURPOSE_COMPLAINT = 3,
  CXJ_PURPOSE_THANKS = 4,
  CXJ_PURPOSE_FEEDBACK = 5,
  CXJ_PURPOSE_PURCHASE = 6,
  CXJ_PURPOSE_RETURN_GOODS = 7,
  CXJ_PURPOSE_BROWSE = 8,
  CXJ_PURPOSE_MARKETING = 9,
  CXJ_PURPOSE_NOTIFICATION = 10,
  CXJ_PURPOSE_REWARD = 11,
  CXJ_PURPOSE_IDENTITY = 12,
  CXJ_PURPOSE_SPAM = 13,
  CXJ_PURPOSE_TEST = 14,
  CXJ_PURPOSE_OTHER = 15
};

/* How it ended. PENDING_COMPANY with follow_up_due_us is a promise. */
typedef uint32_t cxj_outcome;
enum {
  CXJ_OUTCOME_UNSPECIFIED = 0,
  CXJ_OUTCOME_UNKNOWN = 1,
  CXJ_OUTCOME_RESOLVED = 2,
  CXJ_OUTCOME_RESOLVED_CONFIRMED = 3,
  CXJ_OUTCOME_UNRESOLVED = 4,
  CXJ_OUTCOME_ESCALATED = 5,
  CXJ_OUTCOME_PENDING_CUSTOMER = 6,
  CXJ_OUTCOME_PENDING_COMPANY = 7,
  CXJ_OUTCOME_ABANDONED = 8,
  CXJ_OUTCOME_FAILED = 9
};

/* Who served it. Unspecified counts as HUMAN. */
typedef uint32_t cxj_handled_by;
enum {
  CXJ_HANDLED_BY_UNSPECIFIED = 0,
  CXJ_HANDLED_BY_HUMAN = 1,
  CXJ_HANDLED_BY_BOT = 2,
  CXJ_HANDLED_BY_SELF_SERVICE = 3,
  CXJ_HANDLED_BY_NONE = 4
};

/* What a touchpoint is to its parent. */
typedef uint32_t cxj_relation;
enum {
  CXJ_RELATION_UNSPECIFIED = 0,
  CXJ_RELATION_TRANSFER = 1,
  CXJ_RELATION_CALLBACK = 2,
  CXJ_RELATION_CONSULT = 3,
  CXJ_RELATION_REPLY = 4
};

typedef uint32_t cxj_score_kind;
enum {
  CXJ_SCORE_KIND_UNSPECIFIED = 0,
  CXJ_SCORE_KIND_NPS = 1,
  CXJ_SCORE_KIND_CSAT = 2,
  CXJ_SCORE_KIND_CES = 3,
  CXJ_SCORE_KIND_FCR = 4, /* 0 or 1: "was it resolved at the first contact?". */
  CXJ_SCORE_KIND_CUSTOM = 5
};

typedef uint32_t cxj_value_kind;
enum {
  CXJ_VALUE_KIND_UNSPECIFIED = 0,
  CXJ_VALUE_KIND_REVENUE = 1,
  CXJ_VALUE_KIND_COST = 2,
  CXJ_VALUE_KIND_REFUND = 3,
  CXJ_VALUE_KIND_CREDIT = 4
};

typedef uint32_t cxj_ref_type;
enum {
  CXJ_REF_TYPE_UNSPECIFIED = 0,
  CXJ_REF_TYPE_ORDER = 1,
  CXJ_REF_TYPE_PRODUCT = 2,
  CXJ_REF_TYPE_SHIPMENT = 3,
  CXJ_REF_TYPE_CASE = 4,
  CXJ_REF_TYPE_CAMPAIGN = 5
};

typedef uint32_t cxj_consent;
enum {
  CXJ_CONSENT_UNSPECIFIED = 0,
  CXJ_CONSENT_GRANTED = 1,
  CXJ_CONSENT_DENIED = 2,
  CXJ_CONSENT_WITHDRAWN = 3
};

typedef uint32_t cxj_retention_class;
enum {
  CXJ_RETENTION_CLASS_UNSPECIFIED = 0,
  CXJ_RETENTION_CLASS_SHORT = 1,
  CXJ_RETENTION_CLASS_STANDARD = 2,
  CXJ_RETENTION_CLASS_LONG = 3
};

/* Whose identifier it is. Only the CUSTOMER's (also the meaning of 0) are identity evidence. */
typedef uint32_t cxj_role;
enum {
  CXJ_ROLE_UNSPECIFIED = 0,
  CXJ_ROLE_CUSTOMER = 1,
  CXJ_ROLE_AGENT = 2,
  CXJ_ROLE_OTHER = 3
};

typedef uint32_t cxj_attribute_type;
enum {
  CXJ_ATTRIBUTE_TYPE_STRING = 0,
  CXJ_ATTRIBUTE_TYPE_INTEGER = 1,
  CXJ_ATTRIBUTE_TYPE_NUMBER = 2,
  CXJ_ATTRIBUTE_TYPE_BOOLEAN = 3,
  CXJ_ATTRIBUTE_TYPE_BYTES = 4
};

/* Touchpoint -------------------------------------------------------------------------------- */

/* {"phone", "0532 111 22 33"} equals {"phone", "+905321112233"}: the namespace's rule normalises
 * the value. At most 1,024 bytes. */
typedef struct cxj_identifier {
  cxj_str name_space; /* "email", "phone", "customer_id": see cxj_namespace_rule. */
  cxj_str value;      /* As typed; empty in answers of what is kept without display values. */
  cxj_role role;
  uint32_t reserved; /* 0 */
} cxj_identifier;

/* Idempotency key of a touchpoint; the key of its first leg names a contact, that of its first
 * contact an episode. */
typedef struct cxj_key {
  cxj_str source;
  cxj_str id;
} cxj_key;

/* An answer to a survey. */
typedef struct cxj_score {
  cxj_score_kind kind;
  uint32_t reserved; /* 0 */
  double value;
  double max;       /* Top of the scale; 0 when not known. */
  cxj_str about_id; /* Id of the contact that was rated, within the same source. */
} cxj_score;

/* An amount in minor units (kurus, cents). */
typedef struct cxj_money {
  int64_t amount_minor;
  cxj_str currency; /* ISO 4217, three capital letters. */
  cxj_value_kind kind;
  uint32_t reserved; /* 0 */
} cxj_money;

/* A business object the touchpoint is about. Never identity evidence. */
typedef struct cxj_ref {
  cxj_ref_type type;
  uint32_t reserved; /* 0 */
  cxj_str id;
} cxj_ref;

typedef struct cxj_attribute {
  cxj_str key;
  cxj_attribute_type type; /* Which of the next three holds the value. */
  cxj_bool personal;       /* Encrypted on disk under the customer's key, and erasable. */
  cxj_bool fact;           /* Shown as "on file" by cxj_context_of. */
  uint32_t reserved;       /* 0 */
  cxj_str text;            /* STRING, BYTES. */
  int64_t integer;         /* INTEGER; BOOLEAN: 0 or 1. */
  double number;           /* NUMBER. */
} cxj_attribute;

enum {
  CXJ_TOUCHPOINT_HAS_EVENT_TIME_US = 1,
  CXJ_TOUCHPOINT_HAS_END_TIME_US = 2,
  CXJ_TOUCHPOINT_HAS_DURATION_MS = 4,
  CXJ_TOUCHPOINT_HAS_SENT_TIME_US = 8,
  CXJ_TOUCHPOINT_HAS_UTC_OFFSET_MIN = 16,
  CXJ_TOUCHPOINT_HAS_FOLLOW_UP_DUE_US = 32,
  CXJ_TOUCHPOINT_HAS_QUEUE_MS = 64,
  CXJ_TOUCHPOINT_HAS_TALK_MS = 128,
  CXJ_TOUCHPOINT_HAS_HOLD_MS = 256,
  CXJ_TOUCHPOINT_HAS_WRAP_MS = 512,
  CXJ_TOUCHPOINT_HAS_FIRST_RESPONSE_MS = 1024,
  CXJ_TOUCHPOINT_HAS_SENTIMENT = 2048,
  CXJ_TOUCHPOINT_HAS_TEXT = 4096
};

/* One recorded fact: a message, call, visit, order, post, survey answer. Limits and meaning of
 * each field: docs/GLOSSARY.md. */
typedef struct cxj_touchpoint {
  uint32_t struct_size;
  uint32_t revision; /* The highest one of a key wins. */
  uint64_t present;  /* CXJ_TOUCHPOINT_HAS_* */

  /* A source and id seen twice are one touchpoint, for ever. An empty id is replaced by a
   * fingerprint of the content (needs event_time_us). At most 256 bytes each. */
  cxj_str source;
  cxj_str id;

  const cxj_identifier* identifiers; /* At most 20. None is legal: unidentified. */
  size_t identifier_count;

  cxj_time event_time_us; /* When it happened; absent: when received. */
  cxj_time end_time_us;   /* When it ended; or give duration_ms. */
  int64_t duration_ms;
  cxj_time sent_time_us;     /* Client's clock when sending; corrects event_time_us. */
  cxj_time received_time_us; /* Set by the store; ignored on the way in. */

  cxj_channel channel;
  cxj_visibility visibility;
  cxj_str custom_channel; /* Name, for CXJ_CHANNEL_CUSTOM only. */
  cxj_str channel_detail; /* "twitter", a line, an inbox. */
  uint64_t reach;         /* How many people may have seen a public post. */
  cxj_direction direction;
  cxj_initiation initiation;
  cxj_purpose purpose;
  cxj_outcome outcome;
  const cxj_str* topics; /* Paths: "order/delivery/late". */
  size_t topic_count;
  cxj_time follow_up_due_us;
  cxj_handled_by handled_by;
  cxj_relation relation;   /* To the parent. */
  cxj_str conversation_id; /* Same conversation, same source: legs fold together. */
  cxj_str parent_id;       /* Id of the touchpoint this one continues, same source. */
  cxj_str agent;
  cxj_str queue;
  cxj_str team;

  /* Where the time of a contact went: components, never totals. */
  uint32_t queue_ms;
  uint32_t talk_ms;
  uint32_t hold_ms;
  uint32_t wrap_ms;
  uint32_t first_response_ms;
  int32_t utc_offset_min;

  const cxj_score* scores;
  size_t score_count;
  const cxj_money* value; /* NULL: none. */
  const cxj_ref* refs;
  size_t ref_count;
  const cxj_attribute* attributes;
  size_t attribute_count;
  cxj_str emotion;
  cxj_str text_digest; /* Any digest of the text; bytes. */
  cxj_str text;        /* Kept only with cxj_options::keep_text. */
  float sentiment;     /* -1 (angry) to 1 (delighted). */
  cxj_bool voided;     /* On the highest revision: takes the touchpoint out of every answer. */
  cxj_bool automated;  /* An automatic reply. */
  cxj_bool canned;     /* Template text. */
  cxj_consent consent;
  cxj_retention_class retention_class;
} cxj_touchpoint;
#define CXJ_TOUCHPOINT_INIT                                                                       \
  {                                                                                               \
    (uint32_t)sizeof(cxj_touchpoint), 0, 0, {0, 0}, {0, 0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0},    \
        {0, 0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0, 0, \
        0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0, 0, 0, 0                       \
  }

/* Rules --------------------------------------------------------------------------------------- */

/* How strongly a namespace points at a person; weaker downwards. NONE is stored, never evidence. */
typedef uint32_t cxj_tier;
enum {
  CXJ_TIER_PERSON = 1,
  CXJ_TIER_REFERENCE = 2,
  CXJ_TIER_HARDWARE = 3,
  CXJ_TIER_COOKIE = 4,
  CXJ_TIER_NONE = 5
};

typedef uint32_t cxj_normalizer;
enum {
  CXJ_NORMALIZER_TRIM = 1,
  CXJ_NORMALIZER_TRIM_NFC = 2,
  CXJ_NORMALIZER_ALPHANUMERIC = 3,
  CXJ_NORMALIZER_EMAIL = 4,
  CXJ_NORMALIZER_PHONE = 5,
  CXJ_NORMALIZER_SOCIAL = 6,
  CXJ_NORMALIZER_TRIM_UPPER = 7
};

/* A kind of identifier and its rule. */
typedef struct cxj_namespace_rule {
  uint32_t struct_size;
  cxj_tier tier;
  cxj_str name;
  uint32_t priority;         /* 1 is the strongest. */
  uint32_t per_customer_max; /* 1: unique, two values are two customers; 0: no limit. */
  cxj_duration ttl_us;       /* Kept; not used by the resolver yet. 0: none. */
  uint32_t quarantine_above; /* An identifier that was seen with more values of one unique namespace
                                links nothing and belongs to nobody. 0, and of a unique namespace:
                                none ever. */
  cxj_normalizer normalizer; /* 0: TRIM. */
  cxj_bool refuse_repeated;  /* Refuse one character repeated, and zeros. */
  uint32_t reserved;         /* 0 */
} cxj_namespace_rule;
#define CXJ_NAMESPACE_RULE_INIT \
  { (uint32_t)sizeof(cxj_namespace_rule), 0, {0, 0}, 0, 0, 0, 0, 0, 0, 0 }

/* Everything that decides who is who. Rules are evidence, too: the store keeps each version, and a
 * change re-derives every customer. */
typedef struct cxj_identity_rules {
  uint32_t struct_size;
  uint32_t identifiers_per_customer_max; /* 0: 512. */
  const cxj_namespace_rule* const* namespaces;
  size_t namespace_count;
  cxj_str default_region; /* ISO 3166 region of national phone numbers; empty: "TR". */
  const cxj_str* blocked_values;
  size_t blocked_value_count;
  const cxj_str* role_mailboxes; /* E-mail local parts that never link. */
  size_t role_mailbox_count;
  const cxj_str* own_phones; /* The company's own lines; never link. */
  size_t own_phone_count;
} cxj_identity_rules;
#define CXJ_IDENTITY_RULES_INIT \
  { (uint32_t)sizeof(cxj_identity_rules), 0, 0, 0, {0, 0}, 0, 0, 0, 0, 0, 0 }

/* The default rules: a copy to start from. */
CXJ_C_API cxj_code cxj_identity_rules_default(const cxj_identity_rules** rules, cxj_error** error);
/* CXJ_INVALID_ARGUMENT: the rules contradict themselves; the message names the namespace. */
CXJ_C_API cxj_code cxj_identity_rules_check(const cxj_identity_rules* rules, cxj_error** error);
CXJ_C_API void cxj_identity_rules_free(const cxj_identity_rules* rules);

typedef uint32_t cxj_anchor_point;
enum {
  CXJ_ANCHOR_POINT_END = 1,
  CXJ_ANCHOR_POINT_START = 2
};
typedef uint32_t cxj_topic_match;
enum {
  CXJ_TOPIC_MATCH_ANY = 1,
  CXJ_TOPIC_MATCH_SAME = 2,
  CXJ_TOPIC_MATCH_PREFIX = 3
};
typedef uint32_t cxj_channel_match;
enum {
  CXJ_CHANNEL_MATCH_ALL = 1,
  CXJ_CHANNEL_MATCH_SAME = 2,
  CXJ_CHANNEL_MATCH_SAME_GROUP = 3
};
typedef uint32_t cxj_chain;
enum {
  CXJ_CHAIN_ROLLING = 1,
  CXJ_CHAIN_FROM_FIRST = 2
};

enum {
  CXJ_POLICY_HAS_WINDOW_US = 1,
  CXJ_POLICY_HAS_FOLD_GAP_US = 2,
  CXJ_POLICY_HAS_SHORT_ABANDON_US = 4
};

/* What counts as a repeat contact; zeros give next_contact_7d. Mostly read from text:
 * cxj_policy_parse. */
typedef struct cxj_policy {
  uint32_t struct_size;
  cxj_anchor_point anchor;        /* The window starts at this point of the base contact. 0: END. */
  uint64_t present;               /* CXJ_POLICY_HAS_* */
  cxj_str name;                   /* Unique among the registered ones. */
  cxj_duration window_us;         /* Inclusive; absent: 7 days. Ignored with a calendar. */
  cxj_topic_match topic;          /* 0: ANY. */
  uint32_t topic_prefix;          /* Segments compared, for PREFIX. */
  cxj_bool unknown_topic_differs; /* A contact without a topic matches none; 0: every topic. */
  cxj_channel_match channels;     /* 0: ALL. */
  cxj_chain chain;                /* 0: ROLLING. */
  uint32_t calendar_days; /* > 0: local dates differ by at most so many days; 0: no calendar. */
  cxj_str calendar_zone;  /* IANA name; empty: calendar_utc_offset_min. */
  int32_t calendar_utc_offset_min;
  cxj_bool calendar;             /* 1: by the calendar, also with calendar_days 0 (same day). */
  cxj_duration fold_gap_us;      /* A conversation that silent stays one contact; absent: 24 h. */
  cxj_duration short_abandon_us; /* Shorter unhandled calls are misdials; absent: 5 s. */
  cxj_duration forwarded_within_us;   /* > 0: a contact that starts this soon after the start of
                                         one on its channel is a leg of it. */
  const cxj_str* exclude_base_topics; /* Path prefixes that can't be a base. */
  size_t exclude_base_topic_count;
  const cxj_channel* only_channels; /* None: all. */
  size_t only_channel_count;
} cxj_policy;
#define CXJ_POLICY_INIT                                                                           \
  {                                                                                               \
    (uint32_t)sizeof(cxj_policy), 0, 0, {0, 0}, 0, 0, 0, 0, 0, 0, 0, {0, 0}, 0, 0, 0, 0, 0, 0, 0, \
        0, 0                                                                                      \
  }

/* Reads "same_topic_7d", "next_contact_7d,window=3d,topic=prefix:1" or "calendar_days(45)".
 * CXJ_INVALID_ARGUMENT names the key that was not understood. */
CXJ_C_API cxj_code cxj_policy_parse(cxj_str text, const cxj_policy** policy, cxj_error** error);
CXJ_C_API void cxj_policy_free(const cxj_policy* policy);
/* Name of preset number `index`, ascending from 0; empty behind the last one. */
CXJ_C_API cxj_str cxj_policy_preset(size_t index);

/* Opening ------------------------------------------------------------------------------------- */

typedef uint32_t cxj_durability;
enum {
  CXJ_DURABILITY_DEFAULT = 0,
  CXJ_DURABILITY_DURABLE = 1, /* Synced before it is acknowledged: survives power loss. */
  CXJ_DURABILITY_OS = 2,      /* In the kernel: survives kill -9; a power cut keeps a prefix. */
  CXJ_DURABILITY_BUFFERED = 3 /* In memory for buffered_ms and buffered_bytes at most. */
};

/* A clock that stands until it is set: for tests and replays. */
typedef struct cxj_clock cxj_clock;
CXJ_C_API cxj_code cxj_clock_new(cxj_time now_us, cxj_clock** clock, cxj_error** error);
CXJ_C_API void cxj_clock_set(cxj_clock* clock, cxj_time now_us);
CXJ_C_API void cxj_clock_free(cxj_clock* clock); /* After the trackers that use it are closed. */

/* Writes the key of the store with this id (16 bytes) to `key` (32 bytes) and returns CXJ_OK; any
 * other code is the failure of cxj_open. The same id must always get the same key. Called inside
 * cxj_open, on its thread, and once more when that makes the store. */
typedef cxj_code (*cxj_store_key_fn)(const uint8_t* store_id, uint8_t* key, void* user);

enum {
  CXJ_OPTIONS_HAS_BUFFERED_MS = 1,
  CXJ_OPTIONS_HAS_LOCK_WAIT_MS = 2,
  CXJ_OPTIONS_HAS_OPEN_EPISODE_MAX_AGE_US = 4
};

typedef struct cxj_options {
  uint32_t struct_size;
  uint32_t tenant;           /* The tenant this handle reads and writes. */
  uint64_t present;          /* CXJ_OPTIONS_HAS_* */
  cxj_durability durability; /* Of calls that do not say. 0: DURABLE. */
  uint32_t buffered_ms;      /* BUFFERED: at most this old (absent: 100), */
  uint32_t buffered_bytes;   /* and at most this much is lost by a crash (0: 1 MiB). */
  uint32_t lock_wait_ms;     /* For another process to give the folder free; absent: 1,000. */
  cxj_bool must_exist;       /* Opening a folder without a store is CXJ_NOT_FOUND. */
  cxj_bool in_memory;        /* Nothing on disk, the path is ignored: for tests. */
  cxj_bool keep_text;        /* Store cxj_touchpoint::text (encrypted). Off by default (KVKK). */
  uint32_t reserved;         /* 0 */
  /* NULL: those the store was last opened with, else the default ones. */
  const cxj_identity_rules* identity_rules;
  /* Registered policies, the first is the default one; at most 8. None: those the store was last
   * opened with, else next_contact_7d alone. */
  const cxj_policy* const* policies;
  size_t policy_count;
  cxj_duration open_episode_max_age_us; /* An episode is listed as open so long; absent: 90 d. */
  uint64_t segment_bytes;               /* Size of a log segment; 0: 64 MiB. 16 KiB to 1 GiB. */
  const cxj_clock* clock;               /* NULL: the system's. Must outlive the tracker. */
  /* Where the store's key comes from: 32 bytes here, or a function, or a file (mode 0600, made
   * with the store; empty: the store's path with ".key" behind it). */
  cxj_str store_key;
  cxj_store_key_fn store_key_fn;
  void* store_key_user;
  cxj_str key_file;
  /* Evidence is sealed, that is written into compact files that need no replay, when the log has
   * grown by this much, and by cxj_close; 0: 8 MiB. It bounds how long opening takes after a
   * crash. */
  uint64_t seal_bytes;
  /* About how much memory evidence and what is derived from it may take; 0: all of it stays once it
   * was needed. Above it everything is let go and read again where it is asked for. */
  uint64_t memory_budget_bytes;
  /* Open to answer only: nothing is written, no lock is taken, and another process may have the
   * folder open and write. The answers are those of the moment of opening. Calls that write are
   * CXJ_FAILED_PRECONDITION. */
  cxj_bool read_only;
  /* Keep of identifiers that are first seen now their keyed hashes alone: they are found by value
   * and count as ever, and answers show an empty value. What was stored with a value keeps it, what
   * was stored without never gets one. */
  cxj_bool no_display_values;
} cxj_options;
#define CXJ_OPTIONS_INIT                                                                         \
  {                                                                                              \
    (uint32_t)sizeof(cxj_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0}, 0, 0, \
        {0, 0}, 0, 0, 0, 0                                                                       \
  }

typedef struct cxj_tracker cxj_tracker;

/* Opens the store in the folder, creates it if missing, and replays what is not sealed: after
 * cxj_close next to nothing. `options` may be NULL. CXJ_UNAVAILABLE: another process has it
 * open. CXJ_DATA_LOSS: stored bytes are damaged. CXJ_FAILED_PRECONDITION: a newer format, a wrong
 * key, or rules that cannot be changed. */
CXJ_C_API cxj_code cxj_open(cxj_str path, const cxj_options* options, cxj_tracker** tracker,
                            cxj_error** error);
/* Syncs, seals, gives the folder free, and frees the handle, whether it succeeds or not. NULL is
 * fine. No other thread may be in a call, and no cursor or stream of the tracker be left. */
CXJ_C_API cxj_code cxj_close(cxj_tracker* tracker, cxj_error** error);

/* What opening found and did. */
typedef struct cxj_open_report {
  uint32_t struct_size;
  cxj_bool created;
  cxj_bool sealed; /* The last close was clean. */
  uint32_t reserved;
  uint64_t batches;                 /* Commits read. */
  uint64_t records;                 /* Evidence records in them. */
  uint64_t recovered_bytes_dropped; /* Torn bytes behind the last whole commit, cut off. */
} cxj_open_report;
/* These live as long as the tracker. */
CXJ_C_API const cxj_open_report* cxj_tracker_open_report(const cxj_tracker* tracker);
CXJ_C_API const cxj_identity_rules* cxj_tracker_identity_rules(const cxj_tracker* tracker);
/* Registered policy number `index`, ascending from 0; NULL behind the last one. */
CXJ_C_API const cxj_policy* cxj_tracker_policy(const cxj_tracker* tracker, size_t index);

/* Recording ----------------------------------------------------------------------------------- */

/* Why something was refused, left out or noticed. From 100: stored, but one identifier is no
 * evidence; from 150: stored, no evidence as a whole; from 160: a link does not join; from 200:
 * worth knowing. Names: cxj_reason_name. */
typedef uint32_t cxj_reason;
enum {
  CXJ_REASON_NONE = 0,
  CXJ_REASON_NO_ID_NOR_TIME = 1,
  CXJ_REASON_TOO_MANY_IDENTIFIERS = 2,
  CXJ_REASON_FIELD_TOO_LONG = 3,
  CXJ_REASON_BAD_TIME = 4,
  CXJ_REASON_TIME_IN_FUTURE = 5,
  CXJ_REASON_END_BEFORE_START = 6,
  CXJ_REASON_BAD_ENUM = 7,
  CXJ_REASON_BAD_NUMBER = 8,
  CXJ_REASON_BAD_UTF8 = 9,
  CXJ_REASON_UNKNOWN_NAMESPACE = 10,
  CXJ_REASON_BAD_CURRENCY = 11,
  CXJ_REASON_TOO_MANY_ITEMS = 12,
  CXJ_REASON_REVISION_CONFLICT = 13,
  CXJ_REASON_CUSTOM_CHANNEL_NAME = 14,
  CXJ_REASON_BATCH_REFUSED = 15,
  CXJ_REASON_BLANK_VALUE = 100,
  CXJ_REASON_BLOCKED_VALUE = 101,
  CXJ_REASON_ROLE_MAILBOX = 102,
  CXJ_REASON_OWN_PHONE = 103,
  CXJ_REASON_INVALID_PHONE = 104,
  CXJ_REASON_INVALID_EMAIL = 105,
  CXJ_REASON_REPEATED_CHARACTER = 106,
  CXJ_REASON_NOT_CUSTOMER_ROLE = 107,
  CXJ_REASON_TIER_NONE = 108,
  CXJ_REASON_BLOCKED_BY_ASSERTION = 109,
  CXJ_REASON_VALUE_TOO_LONG = 110,
  CXJ_REASON_INVALID_VALUE = 111,
  CXJ_REASON_QUARANTINED = 112,
  CXJ_REASON_TWO_UNIQUE_VALUES = 150,
  CXJ_REASON_VETO_UNIQUE_NAMESPACE = 160,
  CXJ_REASON_VETO_PER_CUSTOMER_LIMIT = 161,
  CXJ_REASON_VETO_IDENTIFIERS_PER_CUSTOMER = 162,
  CXJ_REASON_VETO_CANNOT_LINK = 163,
  CXJ_REASON_UNIDENTIFIED = 200,
  CXJ_REASON_OLD_REVISION = 201,
  CXJ_REASON_VOIDED = 202,
  CXJ_REASON_RETRACTED = 203,
  CXJ_REASON_TEXT_DROPPED = 204,
  CXJ_REASON_PURPOSE_DEFAULTED = 205,
  CXJ_REASON_CLOCK_CORRECTED = 206
};

/* Lower-case name, "revision_conflict". Lives as long as the program. */
CXJ_C_API cxj_str cxj_reason_name(cxj_reason reason);

/* A reason and what it is about: the name of a field or of a namespace, never a value. */
typedef struct cxj_remark {
  cxj_reason reason;
  uint32_t reserved;
  cxj_str about;
} cxj_remark;

typedef uint32_t cxj_record_outcome;
enum {
  CXJ_RECORD_OUTCOME_RECORDED = 1,  /* Stored: it is the newest revision of its key. */
  CXJ_RECORD_OUTCOME_DUPLICATE = 2, /* An equal copy is stored already; nothing was written. */
  CXJ_RECORD_OUTCOME_STORED = 3,    /* Evidence of an older revision, or retracted. */
  CXJ_RECORD_OUTCOME_REFUSED = 4    /* Nothing was written; remarks say why. */
};

/* Is the contact a repeat, under one policy? */
typedef struct cxj_verdict {
  uint32_t struct_size;
  uint32_t contacts_in_episode;
  cxj_str policy;
  const cxj_key* repeat_of; /* The prior contact; NULL: not a repeat. */
  cxj_duration gap_us;      /* From the prior's anchor point to this contact's start. */
  const cxj_key* episode;   /* NULL: belongs to none. */
} cxj_verdict;

typedef uint32_t cxj_notice_type;
enum {
  CXJ_NOTICE_TYPE_DETECTED = 1,
  CXJ_NOTICE_TYPE_REVISED = 2,
  CXJ_NOTICE_TYPE_RETRACTED = 3
};

/* A contact's prior appeared, changed or disappeared under a registered policy. */
typedef struct cxj_notice {
  uint32_t struct_size;
  cxj_notice_type type;
  cxj_str policy;
  cxj_key contact;
  cxj_time start_us;        /* Of the contact. */
  const cxj_key* prior;     /* DETECTED, REVISED; otherwise NULL. */
  const cxj_key* old_prior; /* REVISED, RETRACTED; otherwise NULL. */
} cxj_notice;

/* The company said it would come back. */
typedef struct cxj_promise {
  uint32_t struct_size;
  cxj_bool broken; /* Past due, and not kept. Otherwise it is open. */
  cxj_key touchpoint;
  cxj_time made_us;
  cxj_time due_us;
  cxj_str agent;
  cxj_str queue;
} cxj_promise;

enum {
  CXJ_OPEN_EPISODE_HAS_LAST_SENTIMENT = 1
};

/* An episode that was left open. */
typedef struct cxj_open_episode {
  uint32_t struct_size;
  cxj_outcome last_outcome; /* Last known one. */
  uint64_t present;         /* CXJ_OPEN_EPISODE_HAS_* */
  cxj_key id;
  cxj_time start_us; /* Of the root contact. */
  cxj_time last_contact_end_us;
  const cxj_str* topics; /* Of the last contact that has any. */
  size_t topic_count;
  float last_sentiment;
  uint32_t transfers;
  cxj_str last_emotion;
  uint32_t agents;         /* Distinct ones, over all legs. */
  uint32_t contacts_total; /* All contacts of the episode. */
  const cxj_key* contacts; /* Oldest first; at most 64, the newest ones. */
  size_t contact_count;
  const cxj_promise* const* promises; /* Open and broken ones. */
  size_t promise_count;
} cxj_open_episode;

/* What became of one touchpoint, and what the store learned on the way. */
typedef struct cxj_receipt {
  uint32_t struct_size;
  cxj_record_outcome outcome;
  cxj_code code;             /* CXJ_OK unless refused. */
  cxj_bool more_changes;     /* There were more than `changes` holds. */
  cxj_str message;           /* Of a refusal. */
  const cxj_remark* remarks; /* Reasons. */
  size_t remark_count;
  cxj_key key;                   /* With the fingerprint for an id, where none was given. */
  uint64_t sequence;             /* Of the stored evidence; 0: nothing was written. */
  cxj_customer_id customer;      /* 0: unidentified. */
  const cxj_customer_id* merged; /* Primary ids that now belong to `customer`. */
  size_t merged_count;
  const cxj_key* contact;             /* Under the default policy; NULL: history only. */
  const cxj_verdict* const* verdicts; /* One for each registered policy, in their order. */
  size_t verdict_count;
  const cxj_open_episode* const* open_episodes; /* Default policy; newest first, at most 8. */
  size_t open_episode_count;
  const cxj_notice* const* changes; /* This contact's own first, then elsewhere; at most 64. */
  size_t change_count;
} cxj_receipt;

typedef struct cxj_record_options {
  uint32_t struct_size;
  cxj_durability durability; /* 0: cxj_options::durability. */
  cxj_bool all_or_nothing;   /* One refused touchpoint refuses the whole batch. */
} cxj_record_options;
#define CXJ_RECORD_OPTIONS_INIT \
  { (uint32_t)sizeof(cxj_record_options), 0, 0 }

typedef struct cxj_receipts {
  uint32_t struct_size;
  uint32_t reserved;
  const cxj_receipt* const* receipts; /* One for each touchpoint, in the order given. */
  size_t receipt_count;
} cxj_receipts;
CXJ_C_API void cxj_receipts_free(const cxj_receipts* receipts);

/* Stores `count` touchpoints (at most 10,000), in order, in one atomic commit: a crash keeps all
 * or none. The array's elements all have the struct_size of the first. A refused one harms no
 * other: the call succeeds and its receipt says why. `options` and `receipts` may be NULL; without
 * receipts nobody is told of refusals. CXJ_FAILED_PRECONDITION: a write failed before, the tracker
 * is read-only. CXJ_RESOURCE_EXHAUSTED: the disk is full; nothing of the batch is stored. Cost: one
 * sync for the batch with CXJ_DURABILITY_DURABLE, microseconds without. */
CXJ_C_API cxj_code cxj_record(cxj_tracker* tracker, const cxj_touchpoint* touchpoints, size_t count,
                              const cxj_record_options* options, const cxj_receipts** receipts,
                              cxj_error** error);

typedef uint32_t cxj_format;
enum {
  CXJ_FORMAT_PROTOBUF = 1,  /* Messages of proto/cxjourney/v1, each behind its length (varint). */
  CXJ_FORMAT_JSON_LINES = 2 /* The same messages in protobuf's JSON, one a line. */
};

/* Bytes that you own. */
typedef struct cxj_bytes {
  uint32_t struct_size;
  uint32_t reserved;
  cxj_str bytes;
} cxj_bytes;
CXJ_C_API void cxj_bytes_free(const cxj_bytes* bytes);

/* cxj_record for hot loops and for languages that cannot build structs: a batch of encoded
 * Touchpoint messages in, a batch of as many encoded Receipt messages out, in the same format
 * (`receipts` may be NULL). A message that cannot be read is refused with a receipt of its own like
 * any other; broken framing refuses the whole batch (CXJ_INVALID_ARGUMENT names the offset). At
 * most 10,000 messages and 256 MiB a call. */
CXJ_C_API cxj_code cxj_record_encoded(cxj_tracker* tracker, cxj_format format, cxj_str batch,
                                      const cxj_record_options* options, const cxj_bytes** receipts,
                                      cxj_error** error);

/* Makes everything acknowledged so far durable, whatever level it was recorded with. */
CXJ_C_API cxj_code cxj_sync(cxj_tracker* tracker, cxj_error** error);

/* Seals everything and rewrites the sealed files without what later seals have replaced, so that
 * the store takes as little room as it can; answers stay the same. Durable when it returns CXJ_OK,
 * all of it or nothing. Cost: reads and writes every sealed byte once, and needs room for as many
 * until it is done. Writers wait meanwhile, and readers of what is not in memory; the others go on.
 * CXJ_FAILED_PRECONDITION: closed, read only, or a write has failed. CXJ_RESOURCE_EXHAUSTED: no
 * room or memory; try again. */
CXJ_C_API cxj_code cxj_compact(cxj_tracker* tracker, cxj_error** error);

/* Identity ------------------------------------------------------------------------------------ */

/* The customer that holds the identifier. CXJ_NOT_FOUND: never seen, or it belongs to nobody. */
CXJ_C_API cxj_code cxj_resolve(const cxj_tracker* tracker, const cxj_identifier* identifier,
                               cxj_customer_id* customer, cxj_error** error);

enum {
  CXJ_HELD_IDENTIFIER_HAS_FIRST_SEEN_US = 1,
  CXJ_HELD_IDENTIFIER_HAS_LAST_SEEN_US = 2
};

/* An identifier as a customer holds it. */
typedef struct cxj_held_identifier {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t present; /* CXJ_HELD_IDENTIFIER_HAS_*; absent: never sighted. */
  cxj_str name_space;
  cxj_str value; /* Normalised. */
  cxj_time first_seen_us;
  cxj_time last_seen_us;
  cxj_customer_id id; /* This identifier's own id: an alias of the customer. */
} cxj_held_identifier;

typedef struct cxj_customer {
  uint32_t struct_size;
  uint32_t reserved;
  cxj_customer_id id; /* Primary id: the id of its strongest identifier. */
  const cxj_held_identifier* const* identifiers; /* Strongest first. */
  size_t identifier_count;
  uint64_t touchpoints;
} cxj_customer;

/* The customer that holds this id now, also where `id` is an older alias. CXJ_NOT_FOUND. */
CXJ_C_API cxj_code cxj_customer_of(const cxj_tracker* tracker, cxj_customer_id id,
                                   const cxj_customer** customer, cxj_error** error);
CXJ_C_API void cxj_customer_free(const cxj_customer* customer);

/* Writes the primary ids behind `after`, ascending, at most `capacity`, to `ids` and how many to
 * `count`. Start with 0, go on with the last one; 0 written: that was all. Cost: linear in the
 * customers, so ask for many. */
CXJ_C_API cxj_code cxj_list_customers(const cxj_tracker* tracker, cxj_customer_id after,
                                      cxj_customer_id* ids, size_t capacity, size_t* count,
                                      cxj_error** error);

/* Who asserts, and why. Stored for ever: no customer's data. At most 256 and 1,024 bytes. */
typedef struct cxj_assertion {
  uint32_t struct_size;
  uint32_t reserved;
  cxj_str actor;
  cxj_str reason;
} cxj_assertion;
#define CXJ_ASSERTION_INIT                               \
  {                                                      \
    (uint32_t)sizeof(cxj_assertion), 0, {0, 0}, { 0, 0 } \
  }

typedef struct cxj_assertion_receipt {
  uint32_t struct_size;
  uint32_t reserved;
  cxj_assertion_id id;
  const cxj_remark* remarks; /* For example a veto that keeps a must-link from joining. */
  size_t remark_count;
  const cxj_customer_id* customers; /* Primary ids of what it touched, as they are now. */
  size_t customer_count;
  const cxj_notice* const* changes; /* All of them, in order. */
  size_t change_count;
} cxj_assertion_receipt;
CXJ_C_API void cxj_assertion_receipt_free(const cxj_assertion_receipt* receipt);

/* In each of the following `assertion` and `receipt` may be NULL. They are durable as a record of
 * the store's default durability is.
 *
 * Asserts that all of these (two or more) are one customer. CXJ_FAILED_PRECONDITION: that would
 * put two values of a unique namespace together of which it names neither. A link that a limit or
 * a cannot-link vetoes is kept, and the receipt says so. */
CXJ_C_API cxj_code cxj_must_link(cxj_tracker* tracker, const cxj_identifier* identifiers,
                                 size_t count, const cxj_assertion* assertion,
                                 const cxj_assertion_receipt** receipt, cxj_error** error);
/* Asserts that the two are never one customer. Beats must-links. */
CXJ_C_API cxj_code cxj_unlink(cxj_tracker* tracker, const cxj_identifier* a,
                              const cxj_identifier* b, const cxj_assertion* assertion,
                              const cxj_assertion_receipt** receipt, cxj_error** error);
/* The identifier stops being evidence: it links nothing and belongs to nobody. */
CXJ_C_API cxj_code cxj_block(cxj_tracker* tracker, const cxj_identifier* identifier,
                             const cxj_assertion* assertion, const cxj_assertion_receipt** receipt,
                             cxj_error** error);
/* Undoes cxj_block; CXJ_NOT_FOUND if it is not blocked by an assertion. */
CXJ_C_API cxj_code cxj_unblock(cxj_tracker* tracker, const cxj_identifier* identifier,
                               const cxj_assertion* assertion,
                               const cxj_assertion_receipt** receipt, cxj_error** error);
/* As if the assertion had never been made. Retracting a retraction restores. */
CXJ_C_API cxj_code cxj_retract_assertion(cxj_tracker* tracker, cxj_assertion_id id,
                                         const cxj_assertion* assertion,
                                         const cxj_assertion_receipt** receipt, cxj_error** error);
/* As if no revision of the touchpoint had ever been recorded; a later copy stays retracted. */
CXJ_C_API cxj_code cxj_retract_touchpoint(cxj_tracker* tracker, const cxj_key* key,
                                          const cxj_assertion* assertion,
                                          const cxj_assertion_receipt** receipt, cxj_error** error);

enum {
  CXJ_LINK_HAS_NEWEST_US = 1
};

/* A pair of identifiers seen together, or asserted to belong together. */
typedef struct cxj_link {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t present; /* CXJ_LINK_HAS_* */
  cxj_identifier a; /* Normalised values. */
  cxj_identifier b;
  cxj_time newest_us;         /* Newest event time at which the pair was seen. */
  cxj_assertion_id must_link; /* 0: no assertion made the link. */
  const cxj_key* touchpoints; /* Newest first, at most 8. */
  size_t touchpoint_count;
} cxj_link;

/* Why a link does not join its two ends. */
typedef uint32_t cxj_veto_rule;
enum {
  CXJ_VETO_RULE_UNIQUE_NAMESPACE = 1,
  CXJ_VETO_RULE_PER_CUSTOMER_LIMIT = 2,
  CXJ_VETO_RULE_IDENTIFIERS_PER_CUSTOMER = 3,
  CXJ_VETO_RULE_CANNOT_LINK = 4
};

typedef struct cxj_veto {
  uint32_t struct_size;
  cxj_veto_rule rule;
  const cxj_link* link;
  cxj_str name_space;     /* The namespace whose limit is in the way, if one is. */
  cxj_identifier rival_a; /* The two values that must not share a customer */
  cxj_identifier rival_b; /* (UNIQUE_NAMESPACE, CANNOT_LINK). */
  cxj_assertion_id cannot_link;
} cxj_veto;

/* Why two identifiers are one customer, or are not. */
typedef struct cxj_why {
  uint32_t struct_size;
  cxj_bool same_customer;
  cxj_customer_id customer_a;
  cxj_customer_id customer_b;
  const cxj_link* const* path; /* same_customer: a shortest chain of links from a to b. */
  size_t path_count;
  const cxj_veto* const* vetoes; /* Otherwise: the vetoed links between the two customers. */
  size_t veto_count;
  /* Otherwise: whether any links connect them at all. Those of an identifier in quarantine count as
   * none, and it is not named here: receipts do (CXJ_REASON_QUARANTINED). */
  cxj_bool connected;
  uint32_t reserved;
} cxj_why;

/* CXJ_NOT_FOUND: one was never seen. */
CXJ_C_API cxj_code cxj_why_of(const cxj_tracker* tracker, const cxj_identifier* a,
                              const cxj_identifier* b, const cxj_why** why, cxj_error** error);
CXJ_C_API void cxj_why_free(const cxj_why* why);

/* History ------------------------------------------------------------------------------------- */

/* Position in a journey. Order is (event time, source, id), never arrival. */
typedef struct cxj_position {
  cxj_time time_us;
  cxj_key key;
} cxj_position;

enum {
  CXJ_HISTORY_QUERY_HAS_FROM_US = 1,
  CXJ_HISTORY_QUERY_HAS_UNTIL_US = 2,
  CXJ_HISTORY_QUERY_HAS_AS_OF_US = 4
};

typedef struct cxj_history_query {
  uint32_t struct_size;
  uint32_t limit;    /* The newest ones; 1 to 1,000,000. 0: 1,000. */
  uint64_t present;  /* CXJ_HISTORY_QUERY_HAS_* */
  cxj_time from_us;  /* Included; absent: no limit. */
  cxj_time until_us; /* Not included; absent: no limit. */
  cxj_time as_of_us; /* Touchpoints up to here, included; absent: no limit. */
  const cxj_position*
      before; /* To page back: cxj_journey::next of the page before; NULL: newest. */
} cxj_history_query;
#define CXJ_HISTORY_QUERY_INIT \
  { (uint32_t)sizeof(cxj_history_query), 0, 0, 0, 0, 0, 0 }

typedef struct cxj_journey {
  uint32_t struct_size;
  uint32_t reserved;
  cxj_customer_id customer;
  const cxj_touchpoint* const* touchpoints; /* Oldest first; event_time_us always present. */
  size_t touchpoint_count;
  const cxj_position* next; /* Not NULL: there are older ones. */
} cxj_journey;
CXJ_C_API void cxj_journey_free(const cxj_journey* journey);

/* The newest touchpoints of the customer that holds the identifier. CXJ_NOT_FOUND as cxj_resolve,
 * but touchpoints that carry the identifier and belong to nobody are found through it, too.
 * `query` may be NULL. */
CXJ_C_API cxj_code cxj_history(const cxj_tracker* tracker, const cxj_identifier* identifier,
                               const cxj_history_query* query, const cxj_journey** journey,
                               cxj_error** error);
CXJ_C_API cxj_code cxj_customer_history(const cxj_tracker* tracker, cxj_customer_id customer,
                                        const cxj_history_query* query, const cxj_journey** journey,
                                        cxj_error** error);

/* Sees one touchpoint of a history, which is lent until the function returns: the next one is
 * written over it. What a function in C++ throws ends the history and fails the call. */
typedef void (*cxj_visit_fn)(const cxj_touchpoint* touchpoint, void* user);
/* As cxj_history and cxj_customer_history, but the touchpoints are shown to `visit`, oldest first,
 * and *journey has none: for who turns them into something else at once. Takes no memory for each
 * and less time. `visit` runs on this thread, under the lock that writers wait for: it must not
 * call this tracker. `query` and `journey` may be NULL. */
CXJ_C_API cxj_code cxj_visit_history(const cxj_tracker* tracker, const cxj_identifier* identifier,
                                     const cxj_history_query* query, cxj_visit_fn visit, void* user,
                                     const cxj_journey** journey, cxj_error** error);
CXJ_C_API cxj_code cxj_visit_customer_history(const cxj_tracker* tracker, cxj_customer_id customer,
                                              const cxj_history_query* query, cxj_visit_fn visit,
                                              void* user, const cxj_journey** journey,
                                              cxj_error** error);

/* Walks back through a whole history, newest first, page by page: `limit` of the query is the size
 * of a page. Each page is a snapshot; a touchpoint recorded behind the cursor's back is seen when
 * it lies ahead in the order. */
typedef struct cxj_cursor cxj_cursor;
CXJ_C_API cxj_code cxj_history_cursor(const cxj_tracker* tracker, const cxj_identifier* identifier,
                                      const cxj_history_query* query, cxj_cursor** cursor,
                                      cxj_error** error);
CXJ_C_API cxj_code cxj_customer_history_cursor(const cxj_tracker* tracker, cxj_customer_id customer,
                                               const cxj_history_query* query, cxj_cursor** cursor,
                                               cxj_error** error);
/* Every touchpoint that counts, of every customer and of nobody, in the order of first recording;
 * pages as above, `before` and `as_of_us` must be absent. */
CXJ_C_API cxj_code cxj_scan_cursor(const cxj_tracker* tracker, const cxj_history_query* query,
                                   cxj_cursor** cursor, cxj_error** error);
/* Lends the next touchpoint until the following call on the cursor, and NULL at the end. A failure
 * may be tried again. */
CXJ_C_API cxj_code cxj_cursor_next(cxj_cursor* cursor, const cxj_touchpoint** touchpoint,
                                   cxj_error** error);
/* The customer of the touchpoint that was lent last; 0: nobody. */
CXJ_C_API cxj_customer_id cxj_cursor_customer(const cxj_cursor* cursor);
CXJ_C_API void cxj_cursor_free(cxj_cursor* cursor);

/* Context ------------------------------------------------------------------------------------- */

/* A fact on file: the newest value of an attribute marked `fact`. */
typedef struct cxj_fact {
  cxj_attribute attribute;
  cxj_time time_us;
  cxj_key touchpoint;
} cxj_fact;

/* Money of one currency and kind. */
typedef struct cxj_money_sum {
  cxj_str currency;
  cxj_value_kind kind;
  uint32_t reserved;
  int64_t amount_minor;
  uint64_t count;
} cxj_money_sum;

typedef struct cxj_timed_outcome {
  cxj_time time_us;
  cxj_outcome outcome;
  uint32_t reserved;
} cxj_timed_outcome;

typedef struct cxj_timed_sentiment {
  cxj_time time_us;
  float sentiment;
  uint32_t reserved;
} cxj_timed_sentiment;

enum {
  CXJ_CONTEXT_HAS_FIRST_SEEN_US = 1,
  CXJ_CONTEXT_HAS_LAST_CONTACT_US = 2,
  CXJ_CONTEXT_HAS_FIRST_ORDER_US = 4,
  CXJ_CONTEXT_HAS_LAST_ORDER_US = 8,
  CXJ_CONTEXT_HAS_LAST_REWARD_US = 16
};

/* What an agent must see when a contact starts. */
typedef struct cxj_context {
  uint32_t struct_size;
  cxj_outcome last_outcome; /* Last known, over all contacts. */
  uint64_t present;         /* CXJ_CONTEXT_HAS_* */
  const cxj_customer* customer;
  cxj_time now_us;        /* The watermark it was computed for. */
  cxj_time first_seen_us; /* Tenure: since when we know the customer. */
  cxj_time last_contact_us;
  const cxj_open_episode* const* open_episodes; /* Newest first; all of them. */
  size_t open_episode_count;
  const cxj_timed_outcome* recent_outcomes; /* Newest first, at most 5. */
  size_t recent_outcome_count;
  const cxj_timed_sentiment* recent_sentiments; /* Newest first, at most 5. */
  size_t recent_sentiment_count;
  cxj_str last_emotion;
  uint64_t contacts_7d; /* Contacts that start in (now - 7 x 24 h, now]. */
  uint64_t contacts_30d;
  uint64_t contacts_90d;
  uint64_t contacts; /* All. */
  uint64_t orders;   /* Purchases. */
  cxj_time first_order_us;
  cxj_time last_order_us;
  const cxj_str* last_order_ids; /* Newest first, distinct, at most 5. */
  size_t last_order_id_count;
  const cxj_money_sum* money;
  size_t money_count;
  cxj_time last_reward_us;      /* Loyalty: the last touchpoint of purpose REWARD. */
  const cxj_score* last_scores; /* Newest of each kind. */
  size_t last_score_count;
  const cxj_fact* facts; /* By key. */
  size_t fact_count;
  const cxj_touchpoint* const* recent; /* The newest 10, newest first. */
  size_t recent_count;
  cxj_bool repeated_effort; /* Had to tell the story again in the newest open episode. */
  uint32_t reserved;
} cxj_context;
CXJ_C_API void cxj_context_free(const cxj_context* context);

/* Everything an agent must see, in one call, at `*now_us` (NULL: the store's clock).
 * CXJ_NOT_FOUND as cxj_resolve. */
CXJ_C_API cxj_code cxj_context_of(const cxj_tracker* tracker, const cxj_identifier* identifier,
                                  const cxj_time* now_us, const cxj_context** context,
                                  cxj_error** error);

/* Repeats and measures ------------------------------------------------------------------------ */

enum {
  CXJ_REPEAT_CHECK_HAS_START_US = 1
};

/* A contact that starts, before anything of it is recorded. */
typedef struct cxj_repeat_check {
  uint32_t struct_size;
  cxj_channel channel;    /* Counts under policies that tell channels apart. */
  uint64_t present;       /* CXJ_REPEAT_CHECK_HAS_* */
  cxj_str registered;     /* Name of a registered policy; empty: the first one. */
  cxj_str custom_channel; /* With CXJ_CHANNEL_CUSTOM. */
  const cxj_str* topics;  /* As in cxj_touchpoint; none: not known. */
  size_t topic_count;
  cxj_time start_us; /* Absent: the store's clock. */
} cxj_repeat_check;
#define CXJ_REPEAT_CHECK_INIT \
  { (uint32_t)sizeof(cxj_repeat_check), 0, 0, {0, 0}, {0, 0}, 0, 0, 0 }

/* Of cxj_check_repeat only: a receipt's verdicts go with the receipt. */
CXJ_C_API void cxj_verdict_free(const cxj_verdict* verdict);
/* Whether a contact of the identifier's customer that starts like this is a repeat, and of what:
 * what its receipt would say of a request that is recorded on its own, in no conversation.
 * `episode` is the prior contact's, and this one is counted in it; without a prior only `policy` is
 * filled in. What starts at the same moment or later does not count. `check` may be NULL.
 * CXJ_NOT_FOUND: as cxj_resolve, or no policy of that name; CXJ_INVALID_ARGUMENT: a channel that
 * cxj_record would refuse. Cost: as cxj_resolve, and the contacts within the policy's window. */
CXJ_C_API cxj_code cxj_check_repeat(const cxj_tracker* tracker, const cxj_identifier* identifier,
                                    const cxj_repeat_check* check, const cxj_verdict** verdict,
                                    cxj_error** error);

typedef uint32_t cxj_group_by;
enum {
  CXJ_GROUP_BY_NONE = 0,
  CXJ_GROUP_BY_CHANNEL = 1,
  CXJ_GROUP_BY_TOPIC = 2,
  CXJ_GROUP_BY_QUEUE = 3
};

enum {
  CXJ_REPEAT_QUERY_HAS_FROM_US = 1,
  CXJ_REPEAT_QUERY_HAS_UNTIL_US = 2,
  CXJ_REPEAT_QUERY_HAS_WATERMARK_US = 4
};

typedef struct cxj_repeat_query {
  uint32_t struct_size;
  cxj_group_by group_by;
  uint64_t present;         /* CXJ_REPEAT_QUERY_HAS_* */
  cxj_str registered;       /* Name of a registered policy, or empty for `policy`. */
  const cxj_policy* policy; /* NULL: next_contact_7d. */
  cxj_time from_us;         /* By contact start; included. Absent: no limit. */
  cxj_time until_us;        /* Not included; absent: no limit. */
  cxj_time watermark_us;    /* When the question is asked; decides maturity. Absent: now. */
  cxj_bool list_contacts;   /* Fill cxj_repeat_report::contacts. */
  cxj_bool list_episodes;   /* Fill cxj_repeat_report::episodes. */
  /* Net measures: contacts of these topics (path prefixes), which the first level can't solve,
   * leave the base. None: no net measures. */
  const cxj_str* net_of_topics;
  size_t net_of_topic_count;
} cxj_repeat_query;
#define CXJ_REPEAT_QUERY_INIT \
  { (uint32_t)sizeof(cxj_repeat_query), 0, 0, {0, 0}, 0, 0, 0, 0, 0, 0, 0, 0 }

/* A share. A denominator of 0 has no value: show "none", never 0 or 100 %. */
typedef struct cxj_ratio {
  int64_t numerator;
  int64_t denominator;
} cxj_ratio;

/* The named measures over the contacts that start in a period. Definitions: docs/GLOSSARY.md. */
typedef struct cxj_measures {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t contacts;
  int64_t base_contacts; /* Had a chance to resolve. */
  int64_t immature_base; /* Their window is still open at the watermark. */
  int64_t episodes;      /* Whose root starts in the period. */
  int64_t immature_episodes;
  cxj_ratio identified;        /* Coverage: identified contacts / contacts. */
  cxj_ratio rcr;               /* Contacts with a prior / contacts. */
  cxj_ratio fcr_forward;       /* Mature base contacts with no return / mature base contacts. */
  cxj_ratio fcr_forward_lower; /* What it can still become. */
  cxj_ratio fcr_forward_upper;
  cxj_ratio fcr_issue; /* One-contact episodes not left open / mature episodes. */
  cxj_ratio fcr_issue_lower;
  cxj_ratio fcr_issue_upper;
  cxj_ratio fpr_issue;               /* As fcr_issue, and no transfer. */
  cxj_ratio one_and_done;            /* Contacts in one-contact episodes / of all episodes. */
  cxj_ratio resolved_strict;         /* As fcr_issue, and outcome resolved. */
  cxj_ratio fcr_survey;              /* "Resolved at first contact" answers / answers. */
  cxj_ratio bot_contained_no_return; /* Of mature base contacts handled by bots only. */
  int64_t defaulted_purposes;        /* Touchpoints whose purpose was not given. */
  int64_t longest_episode;           /* Contacts in the largest episode of the period. */
  int64_t channel_switch_repeats;    /* Repeats on another channel than their prior. */
} cxj_measures;

typedef struct cxj_count {
  cxj_str label;
  int64_t count;
} cxj_count;

typedef struct cxj_measure_group {
  uint32_t struct_size;
  uint32_t reserved;
  cxj_str label; /* Channel name, topic path or queue; "(none)" where there is none. */
  const cxj_measures* measures;
  const cxj_count* repeats_by_prior; /* Label of the prior: count. */
  size_t repeats_by_prior_count;
} cxj_measure_group;

typedef struct cxj_contact {
  uint32_t struct_size;
  cxj_channel channel; /* The first leg's. */
  cxj_key id;
  cxj_customer_id customer;
  cxj_time start_us;
  cxj_time end_us;
  cxj_str custom_channel;
  cxj_purpose purpose; /* The first leg's, defaulted. */
  cxj_outcome outcome; /* Last known. */
  const cxj_str* topics;
  size_t topic_count;
  cxj_str queue;          /* The first leg's that has one. */
  cxj_bool base;          /* Had a chance to resolve. */
  cxj_bool mature;        /* Its window is over at the watermark. */
  cxj_bool has_return;    /* Some contact has it as its prior. */
  uint32_t transfers;     /* Legs with relation TRANSFER. */
  const cxj_key* prior;   /* NULL: not a repeat. */
  cxj_duration gap_us;    /* From the prior's anchor point. */
  const cxj_key* episode; /* NULL: belongs to none. */
  const cxj_key* legs;    /* In order. */
  size_t leg_count;
  uint32_t agent_replies;     /* Outbound legs that are not automated. */
  uint32_t customer_messages; /* Inbound legs. */
} cxj_contact;

typedef struct cxj_episode {
  uint32_t struct_size;
  uint32_t reserved;
  cxj_key id;
  cxj_customer_id customer;
  const cxj_key* contacts; /* In order. */
  size_t contact_count;
  const cxj_channel* channels; /* Of the contacts. */
  size_t channel_count;
  cxj_time start_us; /* Root contact's start. */
  cxj_time end_us;   /* Last contact's end. */
} cxj_episode;

typedef struct cxj_repeat_report {
  uint32_t struct_size;
  uint32_t reserved;
  const cxj_policy* policy;
  cxj_time from_us;
  cxj_time until_us;
  cxj_time watermark_us;
  const cxj_measures* total;
  const cxj_measures* net;                /* NULL: not asked for. */
  const cxj_measure_group* const* groups; /* By descending number of contacts, then label. */
  size_t group_count;
  const cxj_contact* const* contacts; /* Of the period, by (start, id). */
  size_t contact_count;
  const cxj_episode* const* episodes; /* Whose root starts in the period, by (start, id). */
  size_t episode_count;
} cxj_repeat_report;
CXJ_C_API void cxj_repeat_report_free(const cxj_repeat_report* report);

/* Contacts, repeats and measures over the whole store. `query` may be NULL. Cost: linear in the
 * contacts. CXJ_NOT_FOUND: no registered policy of that name. */
CXJ_C_API cxj_code cxj_repeats(const cxj_tracker* tracker, const cxj_repeat_query* query,
                               const cxj_repeat_report** report, cxj_error** error);

/* How customers move ------------------------------------------------------------------------- */

/* Over the journeys of all customers; touchpoints that belong to nobody are journeys of their own,
 * conversation by conversation. What lies outside the period is as if it were not there. */
enum {
  CXJ_TRANSITION_QUERY_HAS_FROM_US = 1,
  CXJ_TRANSITION_QUERY_HAS_UNTIL_US = 2
};
typedef struct cxj_transition_query {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  uint64_t present;  /* CXJ_TRANSITION_QUERY_HAS_* */
  cxj_time from_us;  /* By event time; included. Absent: no limit. */
  cxj_time until_us; /* Not included; absent: no limit. */
} cxj_transition_query;
#define CXJ_TRANSITION_QUERY_INIT \
  { (uint32_t)sizeof(cxj_transition_query), 0, 0, 0, 0 }

enum {
  CXJ_TRANSITION_HAS_SOURCE = 1,
  CXJ_TRANSITION_HAS_TARGET = 2
};
/* How often a touchpoint on one channel comes right behind one on another. */
typedef struct cxj_transition {
  uint32_t struct_size;
  cxj_channel source; /* Absent: a journey starts. */
  uint64_t present;   /* CXJ_TRANSITION_HAS_* */
  cxj_channel target; /* Absent: a journey ends. */
  uint32_t reserved;
  int64_t count;
} cxj_transition;

/* Directly-follows counts of channels, as in process mining (van der Aalst, Process Mining, 2016,
 * 6.1). Channels with names of their own are one, CXJ_CHANNEL_CUSTOM. */
typedef struct cxj_transition_report {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t journeys;
  int64_t touchpoints;
  const cxj_transition* const* transitions; /* By descending count, then channels; none with 0. */
  size_t transition_count;
} cxj_transition_report;
CXJ_C_API void cxj_transition_report_free(const cxj_transition_report* report);

/* `query` may be NULL: everything. Cost: linear in the touchpoints. */
CXJ_C_API cxj_code cxj_transitions(const cxj_tracker* tracker, const cxj_transition_query* query,
                                   const cxj_transition_report** report, cxj_error** error);

/* What a touchpoint must be to be a step. An empty list or an absent direction allows all. */
enum {
  CXJ_FUNNEL_STEP_HAS_DIRECTION = 1
};
typedef struct cxj_funnel_step {
  uint32_t struct_size;
  cxj_direction direction;
  uint64_t present; /* CXJ_FUNNEL_STEP_HAS_* */
  const cxj_channel* channels;
  size_t channel_count;
  const cxj_purpose* purposes; /* As recorded, or what the channel says where none was given. */
  size_t purpose_count;
} cxj_funnel_step;
#define CXJ_FUNNEL_STEP_INIT \
  { (uint32_t)sizeof(cxj_funnel_step), 0, 0, 0, 0, 0, 0 }

enum {
  CXJ_FUNNEL_QUERY_HAS_WINDOW_US = 1,
  CXJ_FUNNEL_QUERY_HAS_FROM_US = 2,
  CXJ_FUNNEL_QUERY_HAS_UNTIL_US = 4
};
typedef struct cxj_funnel_query {
  uint32_t struct_size;
  uint32_t reserved;                   /* 0 */
  uint64_t present;                    /* CXJ_FUNNEL_QUERY_HAS_* */
  const cxj_funnel_step* const* steps; /* 1 to 32. */
  size_t step_count;
  cxj_duration window_us; /* From the first step, included; more than 0. Absent: no limit. */
  cxj_time from_us;       /* By event time; included. Absent: no limit. */
  cxj_time until_us;      /* Not included; absent: no limit. */
} cxj_funnel_query;
#define CXJ_FUNNEL_QUERY_INIT \
  { (uint32_t)sizeof(cxj_funnel_query), 0, 0, 0, 0, 0, 0, 0 }

/* How far journeys came: the longest prefix of the steps that different touchpoints of a journey
 * make, in order, with whatever between them, all within the window of the first. */
typedef struct cxj_funnel_report {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t journeys;
  const int64_t* reached; /* For each step the journeys that came at least so far. */
  size_t reached_count;
} cxj_funnel_report;
CXJ_C_API void cxj_funnel_report_free(const cxj_funnel_report* report);

/* CXJ_INVALID_ARGUMENT names what is wrong with the funnel. Cost: linear in the touchpoints. */
CXJ_C_API cxj_code cxj_funnel(const cxj_tracker* tracker, const cxj_funnel_query* query,
                              const cxj_funnel_report** report, cxj_error** error);

/* Columns ------------------------------------------------------------------------------------- */

/* Answers as an Arrow C stream (https://arrow.apache.org, "The Arrow C stream interface"), which
 * pandas, Polars, DuckDB and others read without copying. *stream is overwritten; release it
 * through itself, before the tracker is closed. The columns of each are in docs/C_API.md; later
 * ones are appended. */
struct ArrowArrayStream;
/* Every touchpoint of one customer, newest first, `limit` rows a batch. */
CXJ_C_API cxj_code cxj_history_arrow(const cxj_tracker* tracker, const cxj_identifier* identifier,
                                     const cxj_history_query* query,
                                     struct ArrowArrayStream* stream, cxj_error** error);
/* Every touchpoint that counts, as cxj_scan_cursor. */
CXJ_C_API cxj_code cxj_scan_arrow(const cxj_tracker* tracker, const cxj_history_query* query,
                                  struct ArrowArrayStream* stream, cxj_error** error);
/* Contacts of the period. A repeat is one whose prior_id is not null. */
CXJ_C_API cxj_code cxj_contacts_arrow(const cxj_tracker* tracker, const cxj_repeat_query* query,
                                      struct ArrowArrayStream* stream, cxj_error** error);
CXJ_C_API cxj_code cxj_episodes_arrow(const cxj_tracker* tracker, const cxj_repeat_query* query,
                                      struct ArrowArrayStream* stream, cxj_error** error);

/* Statistics and verification ------------------------------------------------------------------ */

typedef struct cxj_stats {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t touchpoints; /* Distinct keys that count. */
  uint64_t evidence;    /* Records in the log, assertions and rules included. */
  uint64_t voided;
  uint64_t retracted;
  uint64_t identifiers;
  uint64_t customers;
  uint64_t links;
  uint64_t vetoed_links;
  uint64_t unidentified_touchpoints;
  uint64_t assertions; /* Live ones. */
  uint64_t last_sequence;
  uint64_t log_bytes;       /* Used, of the segments. */
  uint64_t memory_bytes;    /* Estimate of what evidence and derived state take in memory. */
  const cxj_count* refused; /* Since open, by the name of the reason. */
  size_t refused_count;
  uint64_t sealed_bytes; /* Of the files that sealed evidence is in. */
} cxj_stats;
CXJ_C_API cxj_code cxj_stats_of(const cxj_tracker* tracker, const cxj_stats** stats,
                                cxj_error** error);
CXJ_C_API void cxj_stats_free(const cxj_stats* stats);

typedef struct cxj_verify_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t records; /* Evidence records read back. */
  uint64_t touchpoints;
  uint64_t customers;
  uint64_t contacts;       /* Over all registered policies. */
  const cxj_str* problems; /* None: everything agrees. No customer's data. */
  size_t problem_count;
} cxj_verify_report;
/* Re-derives everything from the stored evidence and compares it with what the store answers from.
 * Writers wait meanwhile. Differences are in the report; a damaged file is CXJ_DATA_LOSS. */
CXJ_C_API cxj_code cxj_verify(const cxj_tracker* tracker, const cxj_verify_report** report,
                              cxj_error** error);
CXJ_C_API void cxj_verify_report_free(const cxj_verify_report* report);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* CXJOURNEY_C_H_ */
