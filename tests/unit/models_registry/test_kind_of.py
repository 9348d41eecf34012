from __future__ import annotations

import pytest

from models_registry.aws import kind_of
from models_registry.models import Kind, ModelProposal


# As AWS lists them (2026-08-21 and 2026-09-20).
@pytest.mark.parametrize(
    ("api_model_id", "inputs", "outputs", "kind"),
    [
        ("amazon.nova-sonic-v1:0", "SPEECH", "SPEECH TEXT", Kind.SPEECH),
        ("amazon.nova-2-sonic-v1:0", "SPEECH", "SPEECH TEXT", Kind.SPEECH),
        ("amazon.nova-reel-v1:1", "TEXT IMAGE", "VIDEO", Kind.VIDEO),
        ("luma.ray-v2:0", "TEXT", "VIDEO", Kind.VIDEO),
        ("twelvelabs.pegasus-1-2-v1:0", "TEXT VIDEO", "TEXT", Kind.VIDEO),
        (
            "twelvelabs.marengo-embed-3-0-v1:0",
            "TEXT IMAGE SPEECH VIDEO",
            "EMBEDDING",
            Kind.EMBEDDING,
        ),
        ("amazon.nova-2-lite-v1:0", "TEXT IMAGE VIDEO", "TEXT", Kind.TEXT),
        ("mistral.voxtral-mini-3b-2507", "SPEECH TEXT", "TEXT", Kind.TEXT),
        ("anthropic.claude-opus-5", "TEXT IMAGE", "TEXT", Kind.TEXT),
        ("cohere.rerank-v3-5:0", "TEXT", "TEXT", Kind.RERANK),
        ("stability.sd3-5-large-v1:0", "TEXT IMAGE", "IMAGE", Kind.IMAGE),
        ("vendor.voice", "TEXT", "AUDIO", Kind.SPEECH),
        ("vendor.scribe", "SPEECH", "TEXT", Kind.SPEECH),
        ("vendor.eye", "IMAGE", "IMAGE", Kind.IMAGE_EDIT),
        ("vendor.only-a-profile-names-it", "", "TEXT", Kind.TEXT),
        ("vendor.smell", "TEXT", "SMELL", None),
    ],
)
def test_a_proposal_is_of_the_kind_that_its_modalities_say(
    api_model_id: str, inputs: str, outputs: str, kind: Kind | None
) -> None:
    proposal = ModelProposal(
        api_model_id=api_model_id,
        input_modalities=inputs.split(),
        output_modalities=outputs.split(),
    )

    assert kind_of(proposal) is kind
