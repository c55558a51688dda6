"""One exception for each code."""

import pathlib
from collections.abc import Callable

import cxjourney as cxj
import pytest
from conftest import ADA, call


def test_each_code_has_its_class() -> None:
    classes = [cxj.InvalidArgumentError, cxj.NotFoundError, cxj.AlreadyExistsError,
               cxj.ResourceExhaustedError, cxj.FailedPreconditionError, cxj.InternalError,
               cxj.UnavailableError, cxj.DataLossError]
    assert {kind.code for kind in classes} == set(cxj.Code) - {cxj.Code.OK}
    assert all(issubclass(kind, cxj.Error) for kind in classes)


def test_not_found_is_raised_never_none(shop: cxj.Tracker) -> None:
    asks: list[Callable[[cxj.IdentifierLike], object]] = [
        shop.resolve, shop.history, shop.context
    ]
    for ask in asks:
        with pytest.raises(cxj.NotFoundError, match="no customer") as caught:
            ask(("email", "nobody@example.com"))
        assert caught.value.code is cxj.Code.NOT_FOUND
        assert "nobody@" not in caught.value.message
        assert isinstance(caught.value, LookupError)


def test_a_refusal_carries_its_receipt(shop: cxj.Tracker) -> None:
    with pytest.raises(cxj.InvalidArgumentError, match="neither an id") as caught:
        shop.record(cxj.Touchpoint(source="crm"))
    assert isinstance(caught.value, ValueError)
    assert caught.value.receipt is not None
    assert caught.value.receipt.remarks[0].reason is cxj.Reason.NO_ID_NOR_TIME
    shop.record(call("1"))
    with pytest.raises(cxj.AlreadyExistsError) as again:
        shop.record(call("1", agent="eda"))
    assert again.value.receipt is not None
    assert again.value.receipt.code is cxj.Code.ALREADY_EXISTS


def test_opening(tmp_path: pathlib.Path) -> None:
    store = tmp_path / "store"
    with pytest.raises(cxj.NotFoundError):
        cxj.Tracker(store, cxj.Options(must_exist=True))
    with cxj.Tracker(store) as tracker:
        assert tracker.open_report.created
        tracker.record(call("1"))
        with pytest.raises(cxj.UnavailableError):
            cxj.Tracker(store, cxj.Options(lock_wait_ms=0))
    with cxj.Tracker(str(store)) as tracker:
        assert tracker.open_report.sealed and not tracker.open_report.created
        assert tracker.resolve(ADA)
    with pytest.raises(cxj.FailedPreconditionError):
        cxj.Tracker(store, cxj.Options(store_key=b"\1" * 32))


def test_the_key_comes_from_a_function(tmp_path: pathlib.Path) -> None:
    asked: list[bytes] = []

    def key(store_id: bytes) -> bytes:
        asked.append(store_id)
        return b"\2" * 32

    for _ in range(2):
        cxj.Tracker(tmp_path / "store", cxj.Options(store_key_fn=key)).close()
    assert len(set(asked)) == 1 and len(asked[0]) == 16

    def broken(store_id: bytes) -> bytes:
        raise RuntimeError("no key today")

    with pytest.raises(RuntimeError, match="no key today"):
        cxj.Tracker(tmp_path / "store", cxj.Options(store_key_fn=broken))
    with pytest.raises(ValueError, match="32 bytes"):
        cxj.Tracker(tmp_path / "store", cxj.Options(store_key_fn=lambda _: b"short"))


def test_rules_that_contradict_themselves() -> None:
    rules = cxj.default_identity_rules()
    cxj.check_identity_rules(rules)
    with pytest.raises(cxj.InvalidArgumentError, match="email"):
        cxj.check_identity_rules(rules.replace(namespaces=[*rules.namespaces, *(
            rule for rule in rules.namespaces if rule.name == "email")]))
    with pytest.raises(cxj.InvalidArgumentError, match="colour"):
        cxj.parse_policy("next_contact_7d,colour=red")
    assert "same_topic_7d" in cxj.policy_presets()
    assert cxj.reason_name(cxj.Reason.BAD_UTF8) == "bad_utf8"


def test_record_encoded(shop: cxj.Tracker) -> None:
    line = b'{"source":"crm","id":"%d","channel":"CHANNEL_PHONE"}\n'
    receipts = shop.record_encoded(line % 1 + line % 2, format=cxj.Format.JSON_LINES)
    assert receipts.count(b"\n") == 2
    assert shop.stats().touchpoints == 2
    with pytest.raises(cxj.InvalidArgumentError):
        shop.record_encoded(b"\xff\xff\xff\xff")
