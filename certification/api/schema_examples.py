"""Examples of request bodies, by operation, for the OpenAPI document."""

from __future__ import annotations

from typing import Final

_MODEL, _REGION = "amazon.nova-lite-v1:0", "us-east-1"
_UUID = "691b1f2f-908b-4005-9d0d-46a49a6f4b33"
_ONE = {"modelId": _MODEL, "region": _REGION}

BODIES: Final = {
    "login": {"email": "ana@example.com", "password": "correct horse battery staple"},
    "createToken": {"user": "ci@example.com", "days": 90},
    "certify": _ONE,
    "certifyModel": _ONE,
    "certifyMultiple": {
        "modelIds": [_MODEL, "amazon.nova-pro-v1:0"],
        "regions": [_REGION, "sa-east-1"],
    },
    "certifyAll": {"regions": [_REGION, "eu-west-1"]},
    "recertify": {"olderThanDays": 30, "statuses": ["FAILED", "STALE"]},
    "retryFailed": {"certificationIds": [_UUID]},
    "requeueDeadLetters": {"deadLetterIds": [_UUID]},
    "dismissDeadLetters": {"deadLetterIds": [_UUID]},
    "setLimit": {"limit": 4},
    "setBadgeVisibility": {"public": True},
}
