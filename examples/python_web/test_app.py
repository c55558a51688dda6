"""What a shop would try first: a hook records, the screen shows it, a stranger gets nothing."""

from __future__ import annotations

import hmac
import json
import pathlib
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import cxjourney as cxj
import pytest
from app import create_app, open_store
from flask.testing import FlaskClient

SECRET = "only for this test"


@pytest.fixture
def tracker(tmp_path: pathlib.Path) -> Iterator[cxj.Tracker]:
    clock = cxj.Clock(datetime(2026, 3, 3, tzinfo=timezone.utc))
    with open_store(str(tmp_path / "journeys"), "TR", clock) as store:
        yield store


@pytest.fixture
def client(tracker: cxj.Tracker) -> FlaskClient:
    return create_app(tracker, SECRET).test_client()


def send(client: FlaskClient, body: object, secret: str = SECRET) -> tuple[int, Any]:
    data = json.dumps(body, ensure_ascii=False).encode()
    signature = hmac.new(secret.encode(), data, "sha256").hexdigest()
    response = client.post("/hooks/touchpoints", data=data, headers={"X-Signature": signature})
    return response.status_code, response.get_json(silent=True)


def ask(client: FlaskClient, value: str, namespace: str = "phone") -> tuple[int, str]:
    response = client.post("/", data={"namespace": namespace, "value": value})
    return response.status_code, response.get_data(as_text=True)


CALL: dict[str, Any] = {
    "source": "çağrı merkezi", "id": "c-1", "channel": "PHONE", "direction": "IN",
    "purpose": "COMPLAINT", "topics": ["sipariş/gecikme"], "outcome": "PENDING_COMPANY",
    "event_time": "2026-03-01T13:00:00+03:00", "follow_up_due": "2026-03-02T10:00:00+03:00",
    "agent": "Şule Öğüt", "emotion": "kızgın", "sentiment": -0.75,
    "identifiers": [{"namespace": "phone", "value": "0532 111 22 33"},
                    {"namespace": "email", "value": "IŞIK@example.com"}],
    "facts": {"teslimat adresi": "Kadıköy, İstanbul"},
}


def test_a_hook_records_and_the_screen_shows_it(client: FlaskClient) -> None:
    status, answer = send(client, CALL)
    assert (status, answer["outcome"], answer["repeat_of"]) == (200, "RECORDED", None)
    assert int(answer["customer"]) > 0
    status, page = ask(client, "+90 (532) 111-22-33")
    assert status == 200
    for text in ("Şule Öğüt", "sipariş/gecikme", "Kadıköy, İstanbul", "kızgın", "Broken promise"):
        assert text in page
    assert "has told the story before" not in page
    status, answer = send(client, {**CALL, "id": "c-2", "event_time": "2026-03-02T09:00:00Z"})
    assert (answer["repeat_of"], answer["contacts_in_episode"]) == ("c-1", 2)
    assert "has told the story before" in ask(client, "0532 111 22 33")[1]
    assert send(client, CALL)[1]["outcome"] == "DUPLICATE"


def test_what_is_not_known_or_not_understood(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200
    assert ask(client, "0532 999 88 77")[0] == 404
    assert ask(client, "x", "shoe_size")[0] == 400


def test_hooks_that_are_refused(client: FlaskClient, tracker: cxj.Tracker) -> None:
    assert send(client, CALL, secret="guessed")[0] == 403
    assert client.post("/hooks/touchpoints", data=b"{}").status_code == 403
    for body in ([], {"source": 1}, {"channel": "FAX"}, {"colour": "red"},
                 {"identifiers": [{"value": "1"}]}, {"event_time": "yesterday"}):
        assert send(client, body)[0] == 400, body
    status, answer = send(client, {"source": "crm"})
    assert (status, answer["reasons"]) == (422, ["no_id_nor_time"])
    assert tracker.stats().touchpoints == 0


def test_what_a_customer_writes_is_text_not_html(client: FlaskClient) -> None:
    send(client, {**CALL, "agent": "<script>alert(1)</script>"})
    page = ask(client, "0532 111 22 33")[1]
    assert "<script>" not in page and "&lt;script&gt;" in page
