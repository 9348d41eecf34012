"""Follows a JSON schema in the request's `outputConfig`."""

from __future__ import annotations

import json

from ..check import Check, Outcome
from ..subject import Subject
from ..wording import gettext_noop as _
from .json_format import SCHEMA, graded, order_for

STRUCTURE = {"jsonSchema": {"name": "order", "schema": json.dumps(SCHEMA)}}


def run(subject: Subject) -> Outcome:
    order = order_for(subject)
    prompt = f"Give the facts of this order. Order: {order}"
    return graded(subject.converse(prompt, schema=STRUCTURE, room=192).text, order)


CHECK = Check(
    id="structured_output",
    title=_("Keeps a JSON schema"),
    run=run,
    needs=("json_schema",),
    depends_on=("answers",),
    weight=1,
    proves="json_schema",
)
