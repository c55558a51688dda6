"""Nothing is lost on the way in and out: times, ids, texts, numbers, absent values."""

import copy
import pickle
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import cxjourney as cxj
import pytest
from conftest import ADA, NOON, call

UTC = timezone.utc


def test_every_field_of_a_touchpoint_comes_back(shop: cxj.Tracker) -> None:
    given = cxj.Touchpoint(
        revision=3, source="crm", id="all", identifiers=[ADA, ("phone", "0532 111 22 33")],
        event_time=NOON - timedelta(hours=2), end_time=NOON - timedelta(hours=1),
        channel=cxj.Channel.CUSTOM, visibility=cxj.Visibility.PUBLIC, custom_channel="fax",
        channel_detail="line 7", reach=2**53 + 1, direction=cxj.Direction.IN,
        initiation=cxj.Initiation.CALLBACK, purpose=cxj.Purpose.COMPLAINT,
        outcome=cxj.Outcome.PENDING_COMPANY, topics=["order/late", "ürün/İade"],
        follow_up_due=NOON + timedelta(days=1), handled_by=cxj.HandledBy.BOT,
        relation=cxj.Relation.REPLY, conversation_id="c", parent_id="p", agent="eda",
        queue="orders", team="north", queue_ms=0, talk_ms=2, hold_ms=3, wrap_ms=4,
        first_response_ms=5, utc_offset_min=-180,
        scores=[cxj.Score(cxj.ScoreKind.CSAT, 4.5, 5, "c-1")],
        value=cxj.Money(-(2**62), "TRY", cxj.ValueKind.REFUND),
        refs=[cxj.Ref(cxj.RefType.ORDER, "A-1")],
        attributes=[
            cxj.Attribute("text", "ğüşiöç İı", personal=True),
            cxj.Attribute("number", 0.1), cxj.Attribute("integer", -(2**63)),
            cxj.Attribute("flag", True, fact=True), cxj.Attribute("bytes", b"\0\xff"),
        ],
        emotion="angry", text_digest=b"\0\1\xff", text="ıssız ada", sentiment=-0.5,
        automated=True, canned=True, consent=cxj.Consent.DENIED,
        retention_class=cxj.RetentionClass.LONG,
    )
    shop.record(given)
    stored = shop.history(ADA).touchpoints[0]
    for name, value in given.as_dict().items():
        if name in ("identifiers", "attributes", "received_time", "duration_ms"):
            continue
        assert getattr(stored, name) == value or list(getattr(stored, name)) == value, name
    assert {item.key: item for item in stored.attributes} == {
        item.key: item for item in given.attributes}
    assert stored.received_time == NOON
    assert stored.sent_time is None
    assert stored.queue_ms == 0


def test_what_was_not_given_is_absent(shop: cxj.Tracker) -> None:
    shop.record(call("1"))
    stored = shop.history(ADA).touchpoints[0]
    assert (stored.end_time, stored.queue_ms, stored.sentiment, stored.text) == (None,) * 4
    assert (stored.value, stored.utc_offset_min, stored.follow_up_due) == (None,) * 3
    assert (stored.agent, stored.reach, stored.voided) == ("", 0, False)
    assert list(stored.topics) == []
    assert stored.outcome is cxj.Outcome.UNSPECIFIED


def test_zero_that_was_given_is_not_absent(shop: cxj.Tracker) -> None:
    shop.record(call("1", sentiment=0.0, queue_ms=0, utc_offset_min=0,
                     event_time=datetime(1970, 1, 1, tzinfo=UTC)))
    stored = shop.history(ADA).touchpoints[0]
    assert (stored.sentiment, stored.queue_ms, stored.utc_offset_min) == (0.0, 0, 0)
    assert stored.event_time == datetime(1970, 1, 1, tzinfo=UTC)


def test_datetimes_keep_every_microsecond(shop: cxj.Tracker) -> None:
    numbers = random.Random(1)
    zones = [UTC, ZoneInfo("Europe/Istanbul"), ZoneInfo("America/St_Johns"),
             timezone(timedelta(hours=-9, minutes=-30, microseconds=1))]
    clock = cxj.Clock(NOON)
    for number in range(2000):
        time = datetime.fromtimestamp(numbers.randrange(-60 * 10**9, 250 * 10**9), UTC)
        time = time.replace(microsecond=numbers.randrange(10**6))
        zoned = time.astimezone(zones[number % 4])
        assert cxj.Position(zoned).time == zoned
        clock.set(zoned)
        with cxj.Tracker("", cxj.Options(in_memory=True, clock=clock)) as tracker:
            now = tracker.repeats().watermark
        assert now == time and now.tzinfo is UTC


@pytest.mark.parametrize("time", [datetime.min, datetime.max])
def test_the_first_and_last_datetime(time: datetime) -> None:
    time = time.replace(tzinfo=UTC)
    with cxj.Tracker("", cxj.Options(in_memory=True, clock=cxj.Clock(time))) as tracker:
        assert tracker.repeats().watermark == time


def test_a_naive_datetime_is_refused(shop: cxj.Tracker) -> None:
    with pytest.raises(ValueError, match="naive"):
        shop.record(call("1", event_time=datetime(2026, 3, 1)))
    assert shop.stats().touchpoints == 0


def test_durations(shop: cxj.Tracker) -> None:
    policy = cxj.parse_policy("next_contact_7d,window=3d")
    assert policy.window == timedelta(days=3)
    changed = policy.replace(window=timedelta(days=2, microseconds=1), name="mine")
    options = cxj.Options(in_memory=True, policies=[changed])
    with cxj.Tracker("", options) as tracker:
        assert tracker.policies[0].window == timedelta(days=2, microseconds=1)
        assert tracker.policies[0] == changed


def test_ids_have_64_bits(shop: cxj.Tracker) -> None:
    for number in range(200):
        shop.record(call(str(number), identifiers=[("email", f"ada{number}@example.com")]))
    ids = list(shop.customers(page=7))
    assert len(ids) == 200 and ids == sorted(set(ids))
    assert sum(id >= 2**63 for id in ids) > 50
    for id in ids:
        held = shop.customer(id).identifiers[0]
        assert shop.resolve((held.namespace, held.value)) == id
        assert shop.customer_history(id).customer == id
    with pytest.raises(OverflowError):
        shop.customer(cxj.CustomerId(2**64))


def test_half_a_surrogate_pair_harms_its_own_touchpoint_only(shop: cxj.Tracker) -> None:
    receipts = shop.record_all([call("1"), call("2", agent="\ud800"), call("3")])
    assert [receipt.outcome.name for receipt in receipts] == ["RECORDED", "REFUSED", "RECORDED"]
    assert receipts[1].remarks[0].reason is cxj.Reason.BAD_UTF8


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"source": 1}, TypeError), ({"topics": "order"}, TypeError), ({"topics": [1]}, TypeError),
        ({"channel": "PHONE"}, TypeError), ({"channel": 2**32}, OverflowError),
        ({"revision": -1}, OverflowError), ({"reach": 2**64}, OverflowError),
        ({"voided": 1}, TypeError), ({"sentiment": "0"}, TypeError), ({"source": None}, TypeError),
        ({"identifiers": [1]}, TypeError), ({"identifiers": 5}, TypeError),
        ({"event_time": "2026-03-01"}, TypeError), ({"colour": 1}, TypeError),
        ({"attributes": [("key", object())]}, TypeError), ({"value": (1, 2, 3, 4)}, TypeError),
    ],
)
def test_wrong_types_are_refused_before_anything_is_stored(
    shop: cxj.Tracker, fields: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        shop.record_all([call("1"), call("2", **fields)])
    assert shop.stats().evidence == shop.open_report.records + 2 or shop.stats().touchpoints == 0


def test_records_compare_copy_and_pickle(shop: cxj.Tracker) -> None:
    shop.record(call("1", topics=["a"]))
    journey = shop.history(ADA)
    for twin in (copy.copy(journey), copy.deepcopy(journey), pickle.loads(pickle.dumps(journey))):
        assert twin == journey and twin is not journey
    assert hash(cxj.Key("crm", "1")) == hash(shop.record(call("2")).key.replace(id="1"))
    assert {cxj.Key("a", "b"): 1}[cxj.Key("a", "b")] == 1
    with pytest.raises(TypeError):
        hash(journey)
    assert cxj.Key("a", "b") != cxj.Key("a", "c")
    other: object = ("a", "b")
    assert cxj.Key("a", "b") != other
    match cxj.Key("a", "b"):
        case cxj.Key(source, id):
            assert (source, id) == ("a", "b")


def test_answers_do_not_change(shop: cxj.Tracker) -> None:
    receipt = shop.record(call("1"))
    with pytest.raises(AttributeError, match="cannot be changed"):
        receipt.message = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot be changed"):
        receipt.key.id = "x"  # type: ignore[misc]
    touchpoint = shop.history(ADA).touchpoints[0]
    with pytest.raises(AttributeError):
        touchpoint.agent = "x"
    changed = touchpoint.replace(id="2", agent="x")
    changed.agent = "y"
    assert shop.record(changed).outcome is cxj.RecordOutcome.RECORDED
    assert shop.record(touchpoint).outcome is cxj.RecordOutcome.DUPLICATE


def test_lists_in_answers_are_sequences(shop: cxj.Tracker) -> None:
    shop.record_all([call(str(number)) for number in range(5)])
    touchpoints = shop.history(ADA).touchpoints
    assert [item.id for item in touchpoints] == ["0", "1", "2", "3", "4"]
    assert touchpoints[-1].id == "4" and [item.id for item in touchpoints[1:3]] == ["1", "2"]
    assert touchpoints[2] in touchpoints and touchpoints.index(touchpoints[2]) == 2
    assert touchpoints == list(touchpoints) and touchpoints != []
    assert [item.id for item in reversed(touchpoints)] == ["4", "3", "2", "1", "0"]
    for wrong in (5, -6):
        with pytest.raises(IndexError):
            touchpoints[wrong]


def test_representations_hide_what_is_a_customers_own() -> None:
    touchpoint = call("1", text="my secret", attributes=[cxj.Attribute("iban", "TR33")])
    shown = repr(touchpoint)
    assert "crm" in shown and "email" in shown and "iban" in shown
    for secret in ("ada@", "secret", "TR33"):
        assert secret not in shown


def test_to_dict(shop: cxj.Tracker) -> None:
    shop.record(call("1"))
    answer = cxj.to_dict(shop.history(ADA).touchpoints)
    assert isinstance(answer, list) and answer[0]["identifiers"][0]["namespace"] == "email"


def test_whether_a_contact_is_a_repeat_and_how_customers_move(shop: cxj.Tracker) -> None:
    shop.record(call("1", event_time=NOON - timedelta(days=3), topics=["order/late"]))
    shop.record(call("2", event_time=NOON - timedelta(days=2), channel=cxj.Channel.EMAIL))
    verdict = shop.check_repeat(ADA, cxj.RepeatCheck(topics=["order/late"], start=NOON))
    assert verdict.repeat_of is not None and verdict.repeat_of.id == "2"
    assert (verdict.gap, verdict.contacts_in_episode) == (timedelta(days=2), 3)
    assert shop.check_repeat(ADA).repeat_of == verdict.repeat_of
    before = cxj.RepeatCheck(start=NOON - timedelta(days=9))
    assert shop.check_repeat(ADA, before).repeat_of is None
    moves = shop.transitions()
    assert (moves.journeys, moves.touchpoints) == (1, 2)
    assert {(move.source, move.target): move.count for move in moves.transitions} == {
        (None, cxj.Channel.PHONE): 1, (cxj.Channel.PHONE, cxj.Channel.EMAIL): 1,
        (cxj.Channel.EMAIL, None): 1}
    steps = [cxj.FunnelStep(channels=[channel]) for channel in
             (cxj.Channel.PHONE, cxj.Channel.EMAIL)]
    assert list(shop.funnel(cxj.FunnelQuery(steps=steps)).reached) == [1, 1]
    assert list(shop.funnel(cxj.FunnelQuery(steps=steps[::-1])).reached) == [1, 0]
    with pytest.raises(cxj.InvalidArgumentError, match="steps"):
        shop.funnel(cxj.FunnelQuery())


def test_no_display_values(clock: cxj.Clock) -> None:
    options = cxj.Options(in_memory=True, clock=clock, no_display_values=True)
    with cxj.Tracker("", options) as shop:
        shop.record(call("1"))
        stored = shop.history(ADA).touchpoints[0]
        assert [(i.namespace, i.value) for i in stored.identifiers] == [("email", "")]
