"""The friendly side of the native calls: names, defaults, context managers, iterators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import TypeAlias, Union, cast

from cxjourney import _native
from cxjourney._enums import Durability, Format, Role
from cxjourney._ids import AssertionId, CustomerId
from cxjourney._native import (
    Assertion,
    AssertionReceipt,
    Context,
    Customer,
    FunnelQuery,
    FunnelReport,
    HistoryQuery,
    Identifier,
    IdentityRules,
    Journey,
    Key,
    OpenReport,
    Options,
    Policy,
    Position,
    Receipt,
    RecordOptions,
    RepeatCheck,
    RepeatQuery,
    RepeatReport,
    Stats,
    Touchpoint,
    TransitionQuery,
    TransitionReport,
    Verdict,
    VerifyReport,
    Why,
)

# One element of each is what a caller may write in the place of the class: ("email", "a@b.c").
IdentifierLike: TypeAlias = Union[Identifier, tuple[str, str], tuple[str, str, Role]]
KeyLike: TypeAlias = Union[Key, tuple[str, str]]

_LIMIT = 1000


def _query(
    limit: int,
    from_: datetime | None,
    until: datetime | None,
    as_of: datetime | None,
    before: Position | None,
) -> HistoryQuery | None:
    if from_ is None and until is None and as_of is None and before is None and limit == _LIMIT:
        return None
    return HistoryQuery(limit=limit, from_=from_, until=until, as_of=as_of, before=before)


def _assertion(actor: str, reason: str) -> Assertion | None:
    return Assertion(actor, reason) if actor or reason else None


class ArrowStream:
    """Rows as an Arrow C stream: hand it to pyarrow.table, polars.from_arrow, DuckDB and others.

    Every consumer gets a stream of its own, made when it asks. The tracker can be closed when all
    of them are read or dropped.
    """

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._make()


class Cursor:
    """Touchpoints one after another, page by page; also a context manager.

    Closing the tracker closes it. One thread at a time may use it.
    """

    def __init__(self, native: _native.Cursor, arrow: Callable[[], object]) -> None:
        self._native = native
        self._arrow = arrow

    def __iter__(self) -> Iterator[Touchpoint]:
        return self._native

    def __next__(self) -> Touchpoint:
        return next(self._native)

    @property
    def customer(self) -> CustomerId | None:
        """The customer of the touchpoint that came last; None: nobody."""
        return self._native.customer

    def to_arrow(self) -> ArrowStream:
        """All rows of the same query, from the first one, whatever was read here."""
        return ArrowStream(self._arrow)

    def close(self) -> None:
        self._native.close()

    def __enter__(self) -> Cursor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Tracker:
    """The store of customer journeys in one folder, made when it is missing.

    Use it from any thread: no call holds the interpreter's lock while it is in the library. Close
    it, or use it as a context manager. Answers are snapshots of their own and outlive it.
    """

    def __init__(self, path: str | PathLike[str], options: Options | None = None) -> None:
        self._native = _native.Tracker(path, options)

    def close(self) -> None:
        """Syncs, seals, and gives the folder free. Cursors are closed.

        FailedPreconditionError while another thread is in a call, or an Arrow stream is not
        dropped yet; the tracker stays open then.
        """
        self._native.close()

    @property
    def closed(self) -> bool:
        return self._native.closed

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Recording -----------------------------------------------------------------------------------

    def record(
        self, touchpoint: Touchpoint, *, durability: Durability = Durability.DEFAULT
    ) -> Receipt:
        """Stores one touchpoint and says what it means.

        A refused one raises InvalidArgumentError or AlreadyExistsError with the receipt, whose
        remarks say why; nothing is stored then.
        """
        return self._native.record(touchpoint, durability)

    def record_all(
        self,
        touchpoints: Iterable[Touchpoint],
        *,
        durability: Durability = Durability.DEFAULT,
        all_or_nothing: bool = False,
    ) -> Sequence[Receipt]:
        """Stores many (at most 10,000) in one atomic commit; a receipt for each, in order.

        A refused one raises nothing and harms no other: its receipt says so.
        """
        if not durability and not all_or_nothing:
            return self._native.record_all(touchpoints, None)
        options = RecordOptions(durability=durability, all_or_nothing=all_or_nothing)
        return self._native.record_all(touchpoints, options)

    def record_encoded(
        self,
        batch: bytes | bytearray | memoryview,
        *,
        format: Format = Format.PROTOBUF,
        durability: Durability = Durability.DEFAULT,
        all_or_nothing: bool = False,
    ) -> bytes:
        """Stores encoded touchpoints; as many encoded receipts in the same format."""
        options = RecordOptions(durability=durability, all_or_nothing=all_or_nothing)
        return self._native.record_encoded(format, batch, options)

    def sync(self) -> None:
        """Makes everything acknowledged so far durable."""
        self._native.sync()

    def compact(self) -> None:
        """Rewrites the sealed files so that the store takes as little room as it can.

        Reads and writes every sealed byte once. Writers wait meanwhile; answers stay the same.
        """
        self._native.compact()

    # Identity ------------------------------------------------------------------------------------

    def resolve(self, identifier: IdentifierLike) -> CustomerId:
        """The customer that holds the identifier. NotFoundError: never seen, or nobody's."""
        return self._native.resolve(identifier)

    def customer(self, customer: CustomerId) -> Customer:
        """The customer that holds this id now, also where it is an older alias."""
        return self._native.customer_of(customer)

    def customers(self, *, page: int = 10_000) -> Iterator[CustomerId]:
        """Primary ids of all customers, ascending. Each page costs a walk over them: take many."""
        after = 0
        while ids := self._native.list_customers(after, page):
            yield from ids
            after = ids[-1]

    def must_link(
        self, identifiers: Iterable[IdentifierLike], *, actor: str = "", reason: str = ""
    ) -> AssertionReceipt:
        """Asserts that all of these are one customer."""
        return self._native.must_link(identifiers, _assertion(actor, reason))

    def unlink(
        self, a: IdentifierLike, b: IdentifierLike, *, actor: str = "", reason: str = ""
    ) -> AssertionReceipt:
        """Asserts that the two are never one customer. Beats must-links."""
        return self._native.unlink(a, b, _assertion(actor, reason))

    def block(
        self, identifier: IdentifierLike, *, actor: str = "", reason: str = ""
    ) -> AssertionReceipt:
        """The identifier stops being evidence: it links nothing and belongs to nobody."""
        return self._native.block(identifier, _assertion(actor, reason))

    def unblock(
        self, identifier: IdentifierLike, *, actor: str = "", reason: str = ""
    ) -> AssertionReceipt:
        return self._native.unblock(identifier, _assertion(actor, reason))

    def retract_assertion(
        self, assertion: AssertionId, *, actor: str = "", reason: str = ""
    ) -> AssertionReceipt:
        """As if the assertion had never been made."""
        return self._native.retract_assertion(assertion, _assertion(actor, reason))

    def retract_touchpoint(
        self, key: KeyLike, *, actor: str = "", reason: str = ""
    ) -> AssertionReceipt:
        """As if no revision of the touchpoint had ever been recorded."""
        return self._native.retract_touchpoint(key, _assertion(actor, reason))

    def why(self, a: IdentifierLike, b: IdentifierLike) -> Why:
        """Why the two are one customer, or are not."""
        return self._native.why_of(a, b)

    # Answers -------------------------------------------------------------------------------------

    def history(
        self,
        identifier: IdentifierLike,
        *,
        limit: int = _LIMIT,
        from_: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        before: Position | None = None,
    ) -> Journey:
        """The newest touchpoints of the customer that holds the identifier, oldest first.

        Its touchpoints become objects when they are touched; keeping one keeps the answer.
        """
        return self._native.history(identifier, _query(limit, from_, until, as_of, before))

    def customer_history(
        self,
        customer: CustomerId,
        *,
        limit: int = _LIMIT,
        from_: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        before: Position | None = None,
    ) -> Journey:
        query = _query(limit, from_, until, as_of, before)
        return self._native.customer_history(customer, query)

    def walk(
        self,
        whose: IdentifierLike | CustomerId,
        *,
        from_: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        page: int = _LIMIT,
    ) -> Cursor:
        """A whole history, newest first, whatever its length."""
        query = _query(page, from_, until, as_of, None)
        native = self._native
        if not isinstance(whose, int):
            identifier = whose
            return Cursor(native.history_cursor(identifier, query),
                          lambda: native.history_arrow(identifier, query))
        held = native.customer_of(CustomerId(whose)).identifiers[0]
        strongest = Identifier(held.namespace, held.value)
        return Cursor(native.customer_history_cursor(CustomerId(whose), query),
                      lambda: native.history_arrow(strongest, query))

    def scan(
        self, *, from_: datetime | None = None, until: datetime | None = None, page: int = _LIMIT
    ) -> Cursor:
        """Every touchpoint that counts, in the order of first recording."""
        query = _query(page, from_, until, None, None)
        native = self._native
        return Cursor(native.scan_cursor(query), lambda: native.scan_arrow(query))

    def context(self, identifier: IdentifierLike, now: datetime | None = None) -> Context:
        """Everything an agent must see when a contact starts, in one call."""
        return self._native.context_of(identifier, now)

    def check_repeat(
        self, identifier: IdentifierLike, check: RepeatCheck | None = None
    ) -> Verdict:
        """Whether a contact that starts like this is a repeat, and of what; records nothing."""
        return self._native.check_repeat(identifier, check)

    def repeats(self, query: RepeatQuery | None = None) -> RepeatReport:
        """Contacts, repeats and measures over the whole store."""
        return self._native.repeats(query)

    def transitions(self, query: TransitionQuery | None = None) -> TransitionReport:
        """Which channel follows which, over all journeys."""
        return self._native.transitions(query)

    def funnel(self, query: FunnelQuery) -> FunnelReport:
        """How far customers come through the steps, over all journeys."""
        return self._native.funnel(query)

    def contacts_to_arrow(self, query: RepeatQuery | None = None) -> ArrowStream:
        """Contacts of the period as columns; a repeat is one whose prior_id is not null."""
        return ArrowStream(lambda: self._native.contacts_arrow(query))

    def episodes_to_arrow(self, query: RepeatQuery | None = None) -> ArrowStream:
        return ArrowStream(lambda: self._native.episodes_arrow(query))

    # The store -----------------------------------------------------------------------------------

    @property
    def open_report(self) -> OpenReport:
        """What opening found and did."""
        return self._native.open_report()

    @property
    def identity_rules(self) -> IdentityRules:
        return self._native.identity_rules()

    @property
    def policies(self) -> list[Policy]:
        """The registered ones; the first is the default one."""
        return self._native.policies()

    def stats(self) -> Stats:
        return self._native.stats_of()

    def verify(self) -> VerifyReport:
        """Re-derives everything from the stored evidence. Writers wait meanwhile."""
        return self._native.verify()


def to_dict(value: object) -> object:
    """A record of this package, and everything in it, as dicts and lists.

    Times and enumerations stay what they are. For a list of records: a list of dicts.
    """
    as_dict = getattr(value, "as_dict", None)
    if as_dict is not None:
        fields = cast("dict[str, object]", as_dict())
        return {name: to_dict(field) for name, field in fields.items()}
    if isinstance(value, (tuple, list, _native.View)):
        return [to_dict(item) for item in value]
    return value
