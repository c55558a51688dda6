"""Nothing outlives what it needs, nothing keeps what it does not, and nothing ever crashes."""

from __future__ import annotations

import ctypes
import gc
import os
import pathlib
import subprocess
import sys
import weakref
from collections.abc import Callable

import cxjourney as cxj
import pytest
from conftest import ADA, NOON, call


def test_answers_outlive_the_tracker(clock: cxj.Clock) -> None:
    tracker = cxj.Tracker("", cxj.Options(in_memory=True, clock=clock))
    tracker.record_all([call(str(number), topics=["a", "b"]) for number in range(50)])
    journey, context = tracker.history(ADA), tracker.context(ADA)
    receipts = tracker.record_all([call("x")])
    tracker.close()
    del tracker
    last = journey.touchpoints[-1]
    del journey
    gc.collect()
    assert last.id == "9" and list(last.topics) == ["a", "b"]
    assert last.identifiers[0].value == "ada@example.com"
    assert context.customer.touchpoints == 50
    assert receipts[0].key.id == "x"


def test_a_closed_tracker_says_so(shop: cxj.Tracker) -> None:
    shop.record(call("1"))
    shop.close()
    shop.close()
    assert shop.closed
    asks: list[Callable[[], object]] = [
        shop.stats, shop.verify, shop.sync, lambda: shop.history(ADA), shop.scan,
        lambda: shop.record(call("2")), lambda: shop.policies, lambda: shop.open_report,
        lambda: shop.identity_rules, lambda: shop.contacts_to_arrow().__arrow_c_stream__(),
    ]
    for ask in asks:
        with pytest.raises(cxj.FailedPreconditionError, match="closed"):
            ask()


def test_closing_a_tracker_closes_its_cursors(shop: cxj.Tracker) -> None:
    shop.record_all([call(str(number)) for number in range(10)])
    cursors = [shop.walk(ADA, page=2) for _ in range(3)]
    first = [next(cursor) for cursor in cursors]
    cursors[1].close()
    shop.close()
    for cursor in cursors:
        with pytest.raises(cxj.FailedPreconditionError, match="closed"):
            next(cursor)
        with pytest.raises(cxj.FailedPreconditionError):
            cursor.customer
        cursor.close()
    assert {item.id for item in first} == {"9"}


def test_a_cursor_keeps_its_tracker(clock: cxj.Clock) -> None:
    tracker = cxj.Tracker("", cxj.Options(in_memory=True, clock=clock))
    tracker.record_all([call(str(number)) for number in range(10)])
    cursor = iter(tracker.scan(page=3))
    with pytest.warns(ResourceWarning, match="unclosed tracker"):
        del tracker
        assert len(list(cursor)) == 10
        del cursor
        gc.collect()


def test_a_clock_lives_as_long_as_its_tracker() -> None:
    clock = cxj.Clock(NOON)
    tracker = cxj.Tracker("", cxj.Options(in_memory=True, clock=clock))
    del clock
    gc.collect()
    assert tracker.record(call("1")).customer
    assert tracker.repeats().watermark == NOON
    tracker.close()


def test_an_arrow_stream_keeps_the_tracker_open(shop: cxj.Tracker) -> None:
    shop.record_all([call(str(number)) for number in range(10)])
    capsule = shop.scan(page=4).to_arrow().__arrow_c_stream__()
    with pytest.raises(cxj.FailedPreconditionError, match="stream"):
        shop.close()
    assert shop.stats().touchpoints == 10
    del capsule
    shop.close()
    assert shop.closed


def test_cycles_are_collected() -> None:
    class Probe:
        pass

    probe = Probe()
    seen = weakref.ref(probe)
    topics: list[object] = [probe]
    touchpoint = cxj.Touchpoint(topics=topics)  # type: ignore[arg-type]
    topics.append(touchpoint)
    del probe, topics, touchpoint
    gc.collect()
    assert seen() is None


# Arrow: read by hand what the stream says, as its specification prints it -------------------------


class ArrowArray(ctypes.Structure):
    pass


ArrowArray._fields_ = [
    ("length", ctypes.c_int64), ("null_count", ctypes.c_int64), ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64), ("n_children", ctypes.c_int64), ("buffers", ctypes.c_void_p),
    ("children", ctypes.c_void_p), ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArray))),
    ("private_data", ctypes.c_void_p),
]


class ArrowStream(ctypes.Structure):
    pass


ArrowStream._fields_ = [
    ("get_schema", ctypes.c_void_p),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ArrowStream),
                                  ctypes.POINTER(ArrowArray))),
    ("get_last_error", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowStream))),
    ("private_data", ctypes.c_void_p),
]


def batch_lengths(source: cxj.ArrowStream) -> list[int]:
    """What a consumer does: moves the stream out of the capsule, reads it, releases it."""
    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsule = source.__arrow_c_stream__()
    theirs = ArrowStream.from_address(address(capsule, b"arrow_array_stream"))
    stream = ArrowStream()
    ctypes.memmove(ctypes.byref(stream), ctypes.byref(theirs), ctypes.sizeof(stream))
    ctypes.memset(ctypes.byref(theirs, ArrowStream.release.offset), 0, 8)
    del capsule, theirs
    gc.collect()
    lengths: list[int] = []
    while True:
        array = ArrowArray()
        assert stream.get_next(stream, array) == 0
        if not array.release:
            break
        lengths.append(array.length)
        array.release(array)
    stream.release(stream)
    return lengths


def test_arrow_streams_are_read_by_others(shop: cxj.Tracker) -> None:
    shop.record_all([call(str(number)) for number in range(10)])
    assert batch_lengths(shop.scan(page=4).to_arrow()) == [4, 4, 2]
    walk = shop.walk(ADA).to_arrow()
    assert batch_lengths(walk) == [10]
    assert batch_lengths(walk) == [10]
    assert batch_lengths(shop.walk(shop.resolve(ADA)).to_arrow()) == [10]
    assert sum(batch_lengths(shop.contacts_to_arrow())) == 10
    assert sum(batch_lengths(shop.episodes_to_arrow())) == 1
    shop.close()


# Leaks --------------------------------------------------------------------------------------------


def resident_kib() -> int:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def every_door(tracker: cxj.Tracker, number: int) -> None:
    touchpoint = call("same", agent="eda", topics=["a/b"], attributes=[cxj.Attribute("k", number)],
                      revision=0)
    tracker.record_all([touchpoint])
    journey = tracker.history(ADA, limit=5)
    for item in journey.touchpoints:
        item.as_dict()
    tracker.context(ADA).as_dict()
    list(tracker.scan(page=2))
    repr(tracker.stats())
    tracker.why(ADA, ("phone", "05321112233")).as_dict()
    tracker.scan().to_arrow().__arrow_c_stream__()
    refused: list[Callable[[], object]] = [
        lambda: tracker.resolve(("email", "x@y.z")),
        lambda: tracker.record(cxj.Touchpoint(source="crm")),
        lambda: tracker.record(cxj.Touchpoint(source=1)),  # type: ignore[arg-type]
    ]
    for wrong in refused:
        with pytest.raises((cxj.Error, TypeError)):
            wrong()


def test_memory_does_not_grow() -> None:
    """CXJ_LEAK_CALLS calls (10^5 unless it says otherwise), a dozen doors each round."""
    rounds = int(os.environ.get("CXJ_LEAK_CALLS", "100000")) // 12
    with cxj.Tracker("", cxj.Options(in_memory=True, clock=cxj.Clock(NOON))) as tracker:
        tracker.record_all([call("same", agent="eda", topics=["a/b"]), call("2"), call("3")])
        tracker.record(call("4", identifiers=[ADA, ("phone", "05321112233")]))
        for number in range(rounds // 4):
            every_door(tracker, number)
        gc.collect()
        before = resident_kib()
        for number in range(rounds):
            every_door(tracker, number)
        gc.collect()
        grown = resident_kib() - before
    assert grown < 2048, f"{grown} KiB more after {rounds * 12} calls"


def test_an_exit_with_everything_open_is_clean(tmp_path: pathlib.Path) -> None:
    program = """
import cxjourney as cxj, sys
tracker = cxj.Tracker(sys.argv[1])
tracker.record_all([cxj.Touchpoint(source="crm", id=str(n), channel=cxj.Channel.PHONE,
                    identifiers=[("email", "a@example.com")]) for n in range(100)])
cursor = iter(tracker.scan(page=3)); next(cursor)
capsule = tracker.scan().to_arrow().__arrow_c_stream__()
history = tracker.history(("email", "a@example.com"))
cxj.keep = [tracker, cursor, capsule, history]
"""
    result = subprocess.run([sys.executable, "-c", program, str(tmp_path / "store")],
                            capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
