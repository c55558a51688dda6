"""The cost of the door: the work of bindings/bench/baseline.cc through Python, beside it.

    python bench.py BASELINE NOTHING    the built bindings/bench/baseline.cc and nothing.c

Prints CPU microseconds (process time, all threads) of each side and what Python costs over C. The
sides run in turn, five times; the best of each is compared, because on a machine that others use,
too, the rest is theirs. "Door alone" is the same work with a library that does nothing: the
binding's own cost, free of what the library's work does to the caches. Exits with 1 where a bar is
missed there.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import cxjourney as cxj

TOUCHPOINTS = 20_000
CUSTOMERS = 5_000
HISTORY_CUSTOMERS = 100
HISTORIES = 2_000
BATCH = 1_000
ROUNDS = 5
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
# Microseconds over the baseline: for each call, and for a touchpoint of a batch.
RECORD_BAR, HISTORY_BAR, BATCH_BAR = 5.0, 5.0, 1.0


def phone_of(customer: int) -> str:
    return f"+90532{1_000_000 + customer:07}"


def texts(number: int, customers: int) -> tuple[str, str, str, str, str, datetime]:
    """What a program has at hand before it makes a touchpoint of it."""
    customer = number % customers
    return (f"call-{number}", phone_of(customer), f"customer{customer}@example.com",
            f"conversation-{number}", f"agent-{number % 50}", START + timedelta(minutes=number))


def touchpoint_of(row: tuple[str, str, str, str, str, datetime]) -> cxj.Touchpoint:
    id, phone, email, conversation, agent, event_time = row
    return cxj.Touchpoint(
        source="crm", id=id,
        identifiers=[cxj.Identifier("phone", phone), cxj.Identifier("email", email)],
        event_time=event_time, channel=cxj.Channel.PHONE, purpose=cxj.Purpose.REQUEST,
        outcome=cxj.Outcome.RESOLVED, topics=["order/late"], conversation_id=conversation,
        agent=agent, queue="orders",
    )


def open_store() -> cxj.Tracker:
    return cxj.Tracker("", cxj.Options(in_memory=True, durability=cxj.Durability.OS))


def cpu_micros(work: Callable[[], None]) -> float:
    gc.collect()
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e3


ROWS = [texts(number, CUSTOMERS) for number in range(TOUCHPOINTS)]
READY = [touchpoint_of(row) for row in ROWS]


def record_ready() -> float:
    with open_store() as tracker:
        def work() -> None:
            for touchpoint in READY:
                tracker.record(touchpoint)
        return cpu_micros(work) / TOUCHPOINTS


def record_made() -> float:
    with open_store() as tracker:
        def work() -> None:
            for row in ROWS:
                tracker.record(touchpoint_of(row))
        return cpu_micros(work) / TOUCHPOINTS


def batch_ready() -> float:
    with open_store() as tracker:
        def work() -> None:
            for first in range(0, TOUCHPOINTS, BATCH):
                tracker.record_all(READY[first:first + BATCH])
        return cpu_micros(work) / TOUCHPOINTS


def batch_made() -> float:
    with open_store() as tracker:
        def work() -> None:
            for first in range(0, TOUCHPOINTS, BATCH):
                tracker.record_all([touchpoint_of(row) for row in ROWS[first:first + BATCH]])
        return cpu_micros(work) / TOUCHPOINTS


class Histories:
    def __init__(self) -> None:
        self.tracker = open_store()
        all_of_them = [touchpoint_of(texts(number, HISTORY_CUSTOMERS))
                       for number in range(TOUCHPOINTS)]
        self.tracker.record_all(all_of_them[:TOUCHPOINTS // 2])
        self.tracker.record_all(all_of_them[TOUCHPOINTS // 2:])
        self.phones = [phone_of(number) for number in range(HISTORY_CUSTOMERS)]

    def lazy(self) -> float:
        def work() -> None:
            for number in range(HISTORIES):
                phone = self.phones[number % HISTORY_CUSTOMERS]
                journey = self.tracker.history(("phone", phone), limit=50)
                assert len(journey.touchpoints) == 50
        return cpu_micros(work) / HISTORIES

    def read(self) -> float:
        """What a screen shows of each: when, where, why, how it ended, about what."""
        def work() -> None:
            for number in range(HISTORIES):
                phone = self.phones[number % HISTORY_CUSTOMERS]
                for item in self.tracker.history(("phone", phone), limit=50).touchpoints:
                    _ = (item.event_time, item.channel, item.purpose, item.outcome, item.topics)
        return cpu_micros(work) / HISTORIES

    def all_fields(self) -> float:
        def work() -> None:
            for number in range(HISTORIES // 10):
                phone = self.phones[number % HISTORY_CUSTOMERS]
                for item in self.tracker.history(("phone", phone), limit=50).touchpoints:
                    cxj.to_dict(item)
        return cpu_micros(work) / (HISTORIES // 10)


def works() -> dict[str, tuple[str, Callable[[], float], float | None]]:
    """Name: what of the baseline it is compared with, the work, the bar."""
    histories = Histories()
    return {
        "record, objects ready": ("record_us", record_ready, RECORD_BAR),
        "record, objects made": ("record_us", record_made, RECORD_BAR),
        "batch of 1,000, objects ready": ("batch_us", batch_ready, BATCH_BAR),
        "batch of 1,000, objects made": ("batch_us", batch_made, None),
        "newest 50, none touched": ("history_us", histories.lazy, HISTORY_BAR),
        "newest 50, five fields of each": ("history_us", histories.read, None),
        "newest 50, every field, as dicts": ("history_us", histories.all_fields, None),
    }


def answer_of(command: list[str], preload: str = "") -> dict[str, float]:
    environment = {**os.environ, **({"LD_PRELOAD": preload} if preload else {})}
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    micros: dict[str, float] = json.loads(answer.stdout)
    return micros


def compare(baseline: str, nothing: str) -> int:
    me = [sys.executable, __file__, "--once"]
    rounds = [(answer_of([baseline]), answer_of(me), answer_of(me, os.path.abspath(nothing)))
              for _ in range(ROUNDS)]
    c, python, door = ({name: min(answer[name] for answer in answers) for name in answers[0]}
                       for answers in zip(*rounds, strict=True))
    print(f"{'CPU microseconds':<34}{'C':>9}{'Python':>9}{'over C':>9}{'door alone':>12}{'bar':>6}")
    missed = 0
    for name, (counterpart, _, bar) in works().items():
        over = python[name] - c[counterpart]
        missed += bar is not None and door[name] > bar
        shown = "" if bar is None else f"{bar:.0f}"
        print(f"{name:<34}{c[counterpart]:>9.2f}{python[name]:>9.2f}{over:>9.2f}"
              f"{door[name]:>12.2f}{shown:>6}")
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--once"]:
        print(json.dumps({name: work() for name, (_, work, _) in works().items()}))
    else:
        sys.exit(compare(*sys.argv[1:]))
