"""The policies in docs/aws give workers and webs the rights that they use, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

POLICIES = Path(__file__).resolve().parents[3] / "docs" / "aws"


def allowed(name: str) -> dict[str, list[str]]:
    """Returns the resources of each action that a policy allows."""
    policy: dict[str, Any] = json.loads((POLICIES / name).read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        resources = statement["Resource"]
        for action in statement["Action"]:
            found[action] = [resources] if isinstance(resources, str) else resources
    return found


def test_a_worker_may_call_models_profiles_and_the_project_that_profile_calls_need() -> None:
    actions = allowed("worker.json")

    for action in ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"):
        assert actions[action] == [
            "arn:aws:bedrock:*::foundation-model/*",
            "arn:aws:bedrock:*:*:inference-profile/*",
            "arn:aws:bedrock:*:*:project/default",
        ]


def test_nobody_may_subscribe_to_models() -> None:
    for name in ("worker.json", "web.json"):
        assert {action.partition(":")[0] for action in allowed(name)} == {"bedrock"}
    assert not any("Invoke" in action for action in allowed("web.json"))
