"""A call-centre screen and a web hook over one store of customer journeys.

    flask --app app run        then open http://127.0.0.1:5000/

Settings come from the environment: JOURNEYS (folder of the store; default: journeys),
HOOK_SECRET (shared with whoever sends touchpoints), OWN_REGION (of national phone numbers).
"""

from __future__ import annotations

import atexit
import hmac
import os
from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from typing import Any

import cxjourney as cxj
from flask import Flask, Response, abort, jsonify, render_template, request

NAMESPACES = {"phone": "Phone", "email": "E-mail", "customer_id": "Customer number",
              "order_id": "Order", "social_id": "Social network"}
# The fields a hook may set, by what they are.
WORDS: Mapping[str, type[IntEnum]] = {
    "channel": cxj.Channel, "direction": cxj.Direction, "purpose": cxj.Purpose,
    "outcome": cxj.Outcome, "handled_by": cxj.HandledBy, "relation": cxj.Relation,
}
TIMES = {"event_time", "end_time", "sent_time", "follow_up_due"}
TEXTS = {"source", "id", "conversation_id", "parent_id", "agent", "queue", "team", "emotion",
         "channel_detail"}


class BadTouchpoint(ValueError):
    """What is wrong with the body of a hook; holds names of fields, never their values."""


def open_store(path: str, region: str, clock: cxj.Clock | None = None) -> cxj.Tracker:
    rules = cxj.default_identity_rules().replace(default_region=region)
    return cxj.Tracker(path, cxj.Options(identity_rules=rules, clock=clock))


def field_of(name: str, value: Any) -> Any:
    if name in WORDS:
        return WORDS[name][value]
    if name in TIMES:
        return datetime.fromisoformat(value)
    if name == "identifiers":
        return [cxj.Identifier(item["namespace"], item["value"]) for item in value]
    if name == "refs":
        return [cxj.Ref(cxj.RefType[item["type"]], item["id"]) for item in value]
    if name == "facts":
        return [cxj.Attribute(key, text, personal=True, fact=True) for key, text in value.items()]
    if name == "topics":
        return [str(topic) for topic in value]
    if name == "sentiment":
        return float(value)
    if name in TEXTS and isinstance(value, str):
        return value
    raise KeyError(name)


def touchpoint_of(body: Any) -> cxj.Touchpoint:
    if not isinstance(body, dict):
        raise BadTouchpoint("the body is no JSON object")
    fields: dict[str, Any] = {}
    for name, value in body.items():
        try:
            fields["attributes" if name == "facts" else name] = field_of(name, value)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadTouchpoint(f"bad field: {name}") from error
    return cxj.Touchpoint(**fields)


def words(value: IntEnum) -> str:
    """"Pending company" of PENDING_COMPANY."""
    return value.name.replace("_", " ").capitalize()


def since(time: datetime, now: datetime) -> str:
    """How long ago, as one says it."""
    minutes = int((now - time).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def money(amount_minor: int, currency: str) -> str:
    return f"{amount_minor / 100:,.2f} {currency}"


def create_app(tracker: cxj.Tracker, secret: str) -> Flask:
    app = Flask(__name__)
    app.jinja_env.filters.update(words=words, money=money)
    app.jinja_env.globals.update(since=since, namespaces=NAMESPACES)

    @app.get("/")
    def empty_screen() -> str:
        return render_template("screen.html", namespace="phone", value="")

    @app.post("/")
    def screen() -> tuple[str, int]:
        """By POST: an address with a phone number in it would end up in logs and histories."""
        namespace = request.form.get("namespace", "phone")
        value = request.form.get("value", "").strip()
        shown: dict[str, Any] = {"namespace": namespace, "value": value}
        try:
            shown["context"] = tracker.context((namespace, value))
        except cxj.NotFoundError:
            return render_template("screen.html", unknown=True, **shown), 404
        except cxj.InvalidArgumentError as error:
            return render_template("screen.html", problem=error.message, **shown), 400
        return render_template("screen.html", **shown), 200

    @app.post("/hooks/touchpoints")
    def hook() -> tuple[Response, int]:
        sent = request.headers.get("X-Signature", "")
        wanted = hmac.new(secret.encode(), request.get_data(), "sha256").hexdigest()
        if not hmac.compare_digest(sent.encode(), wanted.encode()):
            abort(403)
        try:
            receipt = tracker.record(touchpoint_of(request.get_json(force=True)))
        except BadTouchpoint as error:
            return jsonify(error=str(error)), 400
        except (cxj.InvalidArgumentError, cxj.AlreadyExistsError) as error:
            remarks = error.receipt.remarks if error.receipt else ()
            reasons = [cxj.reason_name(remark.reason) for remark in remarks]
            return jsonify(error=error.message, reasons=reasons), 422
        except cxj.UnavailableError as error:
            return jsonify(error=error.message), 503
        verdict = receipt.verdicts[0]
        return jsonify(
            outcome=receipt.outcome.name,
            # As text: not every JSON reader keeps 64 bits.
            customer=None if receipt.customer is None else str(receipt.customer),
            repeat_of=None if verdict.repeat_of is None else verdict.repeat_of.id,
            contacts_in_episode=verdict.contacts_in_episode,
            open_episodes=len(receipt.open_episodes),
        ), 200

    return app


def app_from_environment() -> Flask:
    secret = os.environ.get("HOOK_SECRET", "")
    if not secret:
        raise SystemExit("HOOK_SECRET is not set: whoever knows it may record touchpoints")
    tracker = open_store(os.environ.get("JOURNEYS", "journeys"), os.environ.get("OWN_REGION", "TR"))
    atexit.register(tracker.close)
    return create_app(tracker, secret)


if __name__ != "__main__" and os.environ.get("FLASK_RUN_FROM_CLI"):
    app = app_from_environment()
