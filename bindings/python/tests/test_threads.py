"""Threads: others run while one is in the library, and nothing breaks."""

import pathlib
import threading
import time

import cxjourney as cxj
import pytest
from conftest import ADA, call


def test_another_thread_runs_while_one_waits_in_the_library(tmp_path: pathlib.Path) -> None:
    """Opening a store that is held by somebody waits in the library, for a second."""
    with cxj.Tracker(tmp_path / "store"):
        done = threading.Event()
        failures: list[BaseException] = []

        def wait() -> None:
            try:
                cxj.Tracker(tmp_path / "store", cxj.Options(lock_wait_ms=1000))
            except cxj.UnavailableError as error:
                failures.append(error)
            done.set()

        thread = threading.Thread(target=wait)
        thread.start()
        turns = 0
        start = time.monotonic()
        while not done.is_set():
            turns += 1
            time.sleep(0.001)
        waited = time.monotonic() - start
        thread.join()
    assert len(failures) == 1
    assert waited > 0.5 and turns > 100


def test_a_thread_counts_while_another_records_durably(tmp_path: pathlib.Path) -> None:
    """Syncs are waited for without the interpreter's lock: counting goes on meanwhile.

    With the lock held, the counter would stand still in every call, so it would turn only in the
    moments between two calls.
    """
    with cxj.Tracker(tmp_path / "store") as tracker:
        turns = 0
        stop = False

        def count() -> None:
            nonlocal turns
            while not stop:
                turns += 1

        thread = threading.Thread(target=count)
        thread.start()
        inside = 0.0
        for number in range(100):
            touchpoint = call(str(number))
            start = time.perf_counter()
            tracker.record(touchpoint, durability=cxj.Durability.DURABLE)
            inside += time.perf_counter() - start
        counted, stop = turns, True
        thread.join()
    assert counted > 1000 * 100 * inside


def test_many_threads_at_once(shop: cxj.Tracker) -> None:
    failures: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for number in range(100):
                shop.record(call(f"{worker}-{number}"))
                journey = shop.history(ADA, limit=10)
                assert all(item.source == "crm" for item in journey.touchpoints)
                shop.context(ADA)
                assert shop.resolve(ADA) == journey.customer
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert shop.stats().touchpoints == 800


def test_one_touchpoint_changed_while_others_record_it(shop: cxj.Tracker) -> None:
    """Its texts may be dropped while a call runs: the call has its own copies."""
    touchpoint = call("0", topics=["a"])
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            touchpoint.agent = "x" * (number % 200)
            touchpoint.topics = ["t" * (number % 50)] * (number % 7)

    thread = threading.Thread(target=change)
    thread.start()
    for number in range(3000):
        touchpoint.id = str(number)
        touchpoint.identifiers = [cxj.Identifier("email", f"ada{number}@example.com")]
        shop.record_all([touchpoint, touchpoint])
    stop.set()
    thread.join()
    assert shop.stats().touchpoints == 3000


def test_closing_while_a_call_runs_is_an_error(tmp_path: pathlib.Path) -> None:
    tracker = cxj.Tracker(tmp_path / "store")
    tracker.record_all([call(str(number), identifiers=[("email", f"ada{number}@example.com")])
                        for number in range(10_000)])
    started = threading.Event()

    def verify() -> None:
        started.set()
        tracker.verify()

    thread = threading.Thread(target=verify)
    thread.start()
    started.wait()
    refused = 0
    while thread.is_alive() and not tracker.closed:
        try:
            tracker.close()
        except cxj.FailedPreconditionError as error:
            assert "another thread" in error.message
            refused += 1
    thread.join()
    tracker.close()
    assert refused > 0


def test_a_cursor_is_for_one_thread_at_a_time(shop: cxj.Tracker) -> None:
    shop.record_all([call(str(number)) for number in range(2000)])
    seen: list[str] = []
    refused = 0
    lock = threading.Lock()

    def read(cursor: cxj.Cursor) -> None:
        nonlocal refused
        while True:
            try:
                touchpoint = next(cursor)
            except StopIteration:
                return
            except cxj.FailedPreconditionError:
                with lock:
                    refused += 1
                continue
            with lock:
                seen.append(touchpoint.id)

    with shop.walk(ADA, page=10) as cursor:
        threads = [threading.Thread(target=read, args=(cursor,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == len(set(seen)) == 2000


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_a_cursor_walks_a_whole_history_back(shop: cxj.Tracker, page: int) -> None:
    shop.record_all([call(f"{number:03}") for number in range(50)])
    shop.record(call("other", identifiers=[("email", "other@example.com")]))
    with shop.walk(ADA, page=page) as cursor:
        assert next(cursor).id == "049"
        assert cursor.customer == shop.resolve(ADA)
        assert [item.id for item in cursor] == [f"{number:03}" for number in range(48, -1, -1)]
        assert cursor.customer is None
    with shop.walk(shop.resolve(ADA), page=page) as cursor:
        assert len(list(cursor)) == 50
    with shop.scan(page=page) as cursor:
        assert [item.id for item in cursor][-1] == "other"
