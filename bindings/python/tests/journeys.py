"""Plays the texts in tests/scenarios, which the C++ runner and the Node binding play, too."""

from __future__ import annotations

import json
import pathlib
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

import cxjourney as cxj

Json = Any

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
ENUMS: Mapping[tuple[str, str], type[IntEnum]] = {
    ("Score", "kind"): cxj.ScoreKind,
    ("Money", "kind"): cxj.ValueKind,
    ("Ref", "type"): cxj.RefType,
    ("NamespaceRule", "tier"): cxj.Tier,
    ("NamespaceRule", "normalizer"): cxj.Normalizer,
}
# Ids and texts that are None where scenarios have 0.
ZERO_IDS = {"customer", "customer_a", "customer_b", "must_link", "cannot_link"}


class Mistake(Exception):
    """What is wrong with a scenario's text, or with what came of it."""


def time_of(text: str | None) -> datetime | None:
    return None if text in (None, "min", "max") else datetime.fromisoformat(text or "")


def text_of(time: datetime) -> str:
    text = time.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{time.microsecond:06}Z" if time.microsecond else text + "Z"


def identifier_of(value: Json) -> cxj.Identifier:
    if isinstance(value, str):
        namespace, _, rest = value.partition(":")
        return cxj.Identifier(namespace, rest)
    return cxj.Identifier(
        value["namespace"], value["value"], cxj.Role[value.get("role", "UNSPECIFIED")]
    )


def seconds_of(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)


def record_of(kind: type[Any], value: Json) -> Any:
    """An object of the scenario as a record of the package, field by field."""
    fields: dict[str, Any] = {}
    for name, given in value.items():
        enum = ENUMS.get((kind.__name__, name))
        word = "".join(part.capitalize() for part in name.split("_"))
        if given is None:
            continue
        if name == "identifiers":
            fields[name] = [identifier_of(item) for item in given]
        elif name in LISTS:
            fields[name] = [record_of(LISTS[name], item) for item in given]
        elif kind is cxj.Touchpoint and name == "value":
            fields[name] = record_of(cxj.Money, given)
        elif enum is not None:
            fields[name] = enum[given]
        elif isinstance(getattr(cxj, word, None), type(cxj.Channel)):
            fields[name] = getattr(cxj, word)[given]
        elif name.removesuffix("_") in TIMES:
            fields[TIMES[name]] = time_of(given)
        elif name in DURATIONS:
            fields[name] = seconds_of(given)
        elif name == "text_digest":
            fields[name] = given.encode()
        else:
            fields[name] = given
    return kind(**fields)


LISTS: Mapping[str, type[Any]] = {
    "scores": cxj.Score,
    "refs": cxj.Ref,
    "attributes": cxj.Attribute,
}
TIMES = {
    name: name + ("_" if name == "from" else "")
    for name in ("event_time", "end_time", "sent_time", "follow_up_due", "from", "until", "as_of",
                 "watermark")
}
DURATIONS = {"ttl", "open_episode_max_age"}


def rules_of(value: Json) -> cxj.IdentityRules:
    """The default rules with these changes."""
    rules = cxj.default_identity_rules()
    changes = dict(value)
    namespaces = {rule.name: rule for rule in rules.namespaces}
    for change in changes.pop("namespaces", []):
        fresh = record_of(cxj.NamespaceRule, change)
        known = namespaces.get(fresh.name)
        given = {name: getattr(fresh, name) for name in change}
        namespaces[fresh.name] = fresh if known is None else known.replace(**given)
    return rules.replace(namespaces=list(namespaces.values()), **changes)


def options_of(value: Json, clock: cxj.Clock) -> cxj.Options:
    fields = dict(value)
    fields.setdefault("in_memory", True)
    if "policies" in fields:
        fields["policies"] = [cxj.parse_policy(text) for text in fields["policies"]]
    if "identity_rules" in fields:
        fields["identity_rules"] = rules_of(fields["identity_rules"])
    options: cxj.Options = record_of(cxj.Options, fields)
    options.clock = clock
    options.store_key = b"\1" * 32
    return options


def shown(value: Json) -> Json:
    """An answer as scenarios write it."""
    if isinstance(value, cxj.Attribute):
        return shown_attribute(value)
    if hasattr(value, "as_dict"):
        return {shown_name(name): shown_field(name, field)
                for name, field in value.as_dict().items()}
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, datetime):
        return text_of(value)
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds == int(seconds) else seconds
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return [shown(item) for item in value]


def shown_name(name: str) -> str:
    return name.removesuffix("_")


def shown_field(name: str, value: Json) -> Json:
    if value is None and name in ZERO_IDS:
        return 0
    if value is None and name == "from_":
        return "min"
    if value is None and name == "until":
        return "max"
    return shown(value)


def shown_attribute(attribute: cxj.Attribute) -> Json:
    value = attribute.value
    kinds = {str: "STRING", bool: "BOOLEAN", int: "INTEGER", float: "NUMBER", bytes: "BYTES"}
    return {
        "key": attribute.key, "personal": attribute.personal, "fact": attribute.fact,
        "type": kinds[type(value)], "text": shown(value) if isinstance(value, (str, bytes)) else "",
        "integer": int(value) if isinstance(value, int) else 0,
        "number": value if isinstance(value, float) else 0.0,
    }


class Names(dict[str, Json]):
    """What the names of a scenario ("$ada") stand for."""

    def put_into(self, value: Json) -> Json:
        if isinstance(value, str) and value.startswith("$"):
            if value not in self:
                raise Mistake(f"nothing was named {value}")
            return self[value]
        if isinstance(value, list):
            return [self.put_into(item) for item in value]
        if isinstance(value, dict):
            return {name: self.put_into(item) for name, item in value.items()}
        return value

    def compare(self, expected: Json, answer: Json, path: str = "answer") -> None:
        if isinstance(expected, str) and expected.startswith("$"):
            self._bind(expected, answer, path)
        elif isinstance(expected, dict):
            if not isinstance(answer, dict):
                raise Mistake(f"{path} is {answer!r}, expected an object")
            for name, value in expected.items():
                if name not in answer:
                    raise Mistake(f"{path} has no field {name}")
                self.compare(value, answer[name], f"{path}.{name}")
        elif isinstance(expected, list):
            if not isinstance(answer, list) or len(answer) != len(expected):
                raise Mistake(f"{path} is {answer!r}, expected {expected!r}")
            for number, value in enumerate(expected):
                self.compare(value, answer[number], f"{path}[{number}]")
        elif isinstance(expected, float) or isinstance(answer, float):
            if not isinstance(answer, (int, float)) or abs(expected - answer) > 1e-6:
                raise Mistake(f"{path} is {answer!r}, expected {expected!r}")
        elif type(expected) is not type(answer) or expected != answer:
            raise Mistake(f"{path} is {answer!r}, expected {expected!r}")

    def _bind(self, name: str, answer: Json, path: str) -> None:
        if answer in (None, 0):
            raise Mistake(f"{path} is {answer}: no {name}")
        if name in self:
            if self[name] != answer:
                raise Mistake(f"{path} is {answer!r}, expected {self[name]!r} ({name})")
            return
        for other, value in self.items():
            if value == answer:
                raise Mistake(f"{path} is {other}, expected another one, {name}")
        self[name] = answer


class Player:
    def __init__(self) -> None:
        self.clock = cxj.Clock(START)
        self.now = START
        self.folder = tempfile.TemporaryDirectory()
        self.options = options_of({}, self.clock)
        self.tracker: cxj.Tracker | None = None
        self.names = Names()
        self.answer: Json = None
        self.failure: cxj.Error | None = None
        self.awaited = False

    def open(self) -> cxj.Tracker:
        if self.tracker is None:
            self.tracker = cxj.Tracker(pathlib.Path(self.folder.name) / "store", self.options)
        return self.tracker

    def play(self, verb: str, argument: str) -> None:
        if verb == "at":
            now = time_of(argument)
            assert now is not None
            self.now = now
            self.clock.set(now)
        elif verb == "error":
            got = cxj.Code.OK if self.failure is None else self.failure.code
            if got.name != argument or self.failure is None:
                raise Mistake(f"the call ended with {got.name}, expected {argument}")
            self.awaited = False
        elif self.awaited:
            raise Mistake(f"the call before failed with {self.failure!r}")
        elif verb == "expect":
            self.names.compare(json.loads(argument), self.answer)
        elif verb == "open":
            if self.tracker is not None:
                raise Mistake("open must be the first directive")
            self.options = options_of(json.loads(argument), self.clock)
            self.open()
        else:
            self.call(verb, self.names.put_into(json.loads(argument)))

    def call(self, verb: str, argument: Json) -> None:
        handler = getattr(self, "do_" + verb, None)
        if handler is None:
            raise Mistake(f"no such verb: {verb}")
        self.answer = None
        self.failure = None
        try:
            self.answer = shown(handler(self.open(), argument))
        except cxj.Error as error:
            self.failure = error
            self.awaited = True

    def end(self) -> None:
        if self.awaited:
            raise Mistake(f"the last call failed with {self.failure!r}")
        if self.tracker is None:
            raise Mistake("nothing was called")
        if self.tracker.verify().problems:
            raise Mistake("verify reports problems")

    def close(self) -> None:
        if self.tracker is not None:
            self.tracker.close()
        self.folder.cleanup()

    # Verbs ---------------------------------------------------------------------------------------

    def do_record(self, tracker: cxj.Tracker, argument: Json) -> object:
        return tracker.record_all([record_of(cxj.Touchpoint, argument)])[0]

    def do_record_all(self, tracker: cxj.Tracker, argument: Json) -> object:
        touchpoints = [record_of(cxj.Touchpoint, item) for item in argument["touchpoints"]]
        all_or_nothing = argument.get("all_or_nothing", False)
        return Answer(receipts=tracker.record_all(touchpoints, all_or_nothing=all_or_nothing))

    def do_resolve(self, tracker: cxj.Tracker, argument: Json) -> object:
        return Answer(customer=tracker.resolve(identifier_of(argument["identifier"])))

    def do_customer(self, tracker: cxj.Tracker, argument: Json) -> object:
        return tracker.customer(argument["id"])

    def do_history(self, tracker: cxj.Tracker, argument: Json) -> object:
        query = {TIMES.get(name, name): time_of(value) if name in TIMES else value
                 for name, value in argument.items()}
        if "before" in query:
            key = query["before"]["key"]
            time = time_of(query["before"]["time"])
            assert time is not None
            query["before"] = cxj.Position(time, cxj.Key(key["source"], key["id"]))
        if "customer" in query:
            return tracker.customer_history(query.pop("customer"), **query)
        return tracker.history(identifier_of(query.pop("identifier")), **query)

    def do_scan(self, tracker: cxj.Tracker, argument: Json) -> object:
        query = {TIMES.get(name, name): time_of(value) if name in TIMES else value
                 for name, value in argument.items()}
        if "limit" in query:
            query["page"] = query.pop("limit")
        with tracker.scan(**query) as cursor:
            return Answer(touchpoints=list(cursor))

    def do_context(self, tracker: cxj.Tracker, argument: Json) -> object:
        return tracker.context(identifier_of(argument["identifier"]), time_of(argument.get("now")))

    def do_why(self, tracker: cxj.Tracker, argument: Json) -> object:
        return tracker.why(identifier_of(argument["a"]), identifier_of(argument["b"]))

    def do_link(self, tracker: cxj.Tracker, argument: Json) -> object:
        identifiers = [identifier_of(item) for item in argument.pop("identifiers")]
        return tracker.must_link(identifiers, **argument)

    def do_unlink(self, tracker: cxj.Tracker, argument: Json) -> object:
        a, b = identifier_of(argument.pop("a")), identifier_of(argument.pop("b"))
        return tracker.unlink(a, b, **argument)

    def do_block(self, tracker: cxj.Tracker, argument: Json) -> object:
        return tracker.block(identifier_of(argument.pop("identifier")), **argument)

    def do_unblock(self, tracker: cxj.Tracker, argument: Json) -> object:
        return tracker.unblock(identifier_of(argument.pop("identifier")), **argument)

    def do_retract(self, tracker: cxj.Tracker, argument: Json) -> object:
        if "key" in argument:
            key = argument.pop("key")
            return tracker.retract_touchpoint((key["source"], key["id"]), **argument)
        return tracker.retract_assertion(argument.pop("assertion"), **argument)

    def do_repeats(self, tracker: cxj.Tracker, argument: Json) -> object:
        fields = dict(argument)
        if "policy" in fields:
            fields["policy"] = cxj.parse_policy(fields["policy"])
        return tracker.repeats(record_of(cxj.RepeatQuery, fields))

    def do_stats(self, tracker: cxj.Tracker, argument: Json) -> object:
        return tracker.stats()

    def do_verify(self, tracker: cxj.Tracker, argument: Json) -> object:
        return tracker.verify()

    def do_reopen(self, tracker: cxj.Tracker, argument: Json) -> object:
        if self.options.in_memory:
            raise Mistake("reopen needs a store in a folder")
        tracker.close()
        self.tracker = None
        self.open()
        return Answer()


class Answer:
    """Fields that are no struct of their own."""

    def __init__(self, **fields: object) -> None:
        self._fields = fields

    def as_dict(self) -> dict[str, object]:
        return self._fields


def play_lines(lines: list[str]) -> str:
    """What went wrong at which line; empty when nothing did."""
    player = Player()
    number = 0
    try:
        for line in lines:
            number += 1
            if line and not line.startswith("#"):
                verb, _, argument = line.partition(" ")
                player.play(verb, argument)
        player.end()
    except (Mistake, KeyError, TypeError, ValueError) as mistake:
        return f"line {number}: {mistake}"
    finally:
        player.close()
    return ""
