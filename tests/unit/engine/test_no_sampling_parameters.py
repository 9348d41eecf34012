"""No request carries a sampling parameter: newer models refuse them."""

from __future__ import annotations

from typing import Any

import pytest

from certification.engine import CHECK_IDS, Deadline, Kind, ModelSpec, certify

from .scripted import REGION, Scripted, model_that, text_model

SAMPLING = {"temperature", "topP", "top_p", "topK", "top_k"}


def test_no_request_of_a_text_check_has_a_sampling_parameter() -> None:
    transport = model_that(text_model())
    found = certify(text_model(), REGION, transport, Deadline(60), also=["needle"])
    requests = {result.id for result in found.results if result.calls}
    assert requests == {check for check in CHECK_IDS if check in {r.id for r in found.results}}
    for request in transport.requests:
        assert set(request["inferenceConfig"]) <= {"maxTokens", "stopSequences"}
        assert "additionalModelRequestFields" not in request
        # Tool results may contain a temperature.
        assert not SAMPLING & set(_keys({**request, "messages": []}))


@pytest.mark.parametrize(
    ("model_id", "kind"),
    [
        ("amazon.titan-embed-text-v2:0", Kind.EMBEDDING),
        ("amazon.nova-canvas-v1:0", Kind.IMAGE),
        ("stability.stable-image-core-v1:1", Kind.IMAGE),
        ("stability.stable-image-inpaint-v1:0", Kind.IMAGE_EDIT),
        ("cohere.rerank-v3-5:0", Kind.RERANK),
    ],
)
def test_no_body_of_another_kind_has_a_sampling_parameter(model_id: str, kind: Kind) -> None:
    transport = Scripted(invokes=lambda _body: {})
    certify(ModelSpec(model_id, kind), REGION, transport, Deadline(60))
    assert transport.requests
    assert not any(SAMPLING & set(_keys(body)) for body in transport.requests)


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for item in value.values() for key in _keys(item))]
    if isinstance(value, list):
        return [key for item in value for key in _keys(item)]
    return []
