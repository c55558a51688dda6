"""cxjourney: an embeddable store of customer journeys.

    with cxjourney.Tracker("/var/lib/shop/journeys") as tracker:
        receipt = tracker.record(cxjourney.Touchpoint(source="crm", id="c-1", ...))

The classes are the structs of cxjourney/c.h: times are datetimes with a zone, durations are
timedeltas, what may be absent is None. Failures are exceptions, one class for each code; what is
not stored is NotFoundError, never None.
"""

from cxjourney import _native
from cxjourney._exports import *
from cxjourney._exports import IdentityRules, Policy, Reason
from cxjourney._exports import __all__ as _generated
from cxjourney._ids import AssertionId, CustomerId
from cxjourney._tracker import ArrowStream, Cursor, IdentifierLike, KeyLike, Tracker, to_dict

__version__ = _native.version()
"""That of the loaded library."""


def parse_policy(text: str) -> Policy:
    """Reads "same_topic_7d", "next_contact_7d,window=3d,topic=prefix:1" or "calendar_days(45)"."""
    return _native.policy_parse(text)


def policy_presets() -> list[str]:
    return _native.policy_presets()


def default_identity_rules() -> IdentityRules:
    """The default rules; ``replace()`` makes changed ones."""
    return _native.identity_rules_default()


def check_identity_rules(rules: IdentityRules) -> None:
    """InvalidArgumentError: they contradict themselves; the message names the namespace."""
    _native.identity_rules_check(rules)


def reason_name(reason: Reason) -> str:
    """Lower-case name, "revision_conflict"."""
    return _native.reason_name(reason)


__all__ = [
    *_generated,
    "ArrowStream",
    "AssertionId",
    "Cursor",
    "CustomerId",
    "IdentifierLike",
    "KeyLike",
    "Tracker",
    "check_identity_rules",
    "default_identity_rules",
    "parse_policy",
    "policy_presets",
    "reason_name",
    "to_dict",
]
