"""A shop at a fixed time, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import cxjourney as cxj
import pytest

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ADA = cxj.Identifier("email", "ada@example.com")


@pytest.fixture
def clock() -> cxj.Clock:
    return cxj.Clock(NOON)


@pytest.fixture
def shop(clock: cxj.Clock) -> Iterator[cxj.Tracker]:
    with cxj.Tracker("", cxj.Options(in_memory=True, clock=clock, keep_text=True)) as tracker:
        yield tracker
        if not tracker.closed:
            tracker.compact()
            assert list(tracker.verify().problems) == []


def call(id: str, **fields: Any) -> cxj.Touchpoint:
    """A request of Ada's by phone: what a test changes is what it is about."""
    given: dict[str, Any] = {
        "source": "crm", "id": id, "channel": cxj.Channel.PHONE, "purpose": cxj.Purpose.REQUEST,
        "event_time": NOON, "identifiers": [ADA], **fields,
    }
    return cxj.Touchpoint(**given)
