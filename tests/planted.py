"""Faults planted in the simulator, and what the product has to make of each.

A row is one model in one region. Most have a region of their own, so that one job can hold the
whole table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bedrock_simulator.catalogue import load

LITE = "amazon.nova-lite-v1:0"
MICRO = "amazon.nova-micro-v1:0"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
FLAGSHIP = "anthropic.claude-opus-4-7"
REASONER = "openai.gpt-oss-120b-1:0"
LLAMA = "meta.llama3-1-70b-instruct-v1:0"
# Text models with tools and one route.
PLAIN = (
    "mistral.mistral-large-2402-v1:0",
    "qwen.qwen3-235b-a22b-2507-v1:0",
    "qwen.qwen3-coder-30b-a3b-v1:0",
    "mistral.devstral-2-123b",
    "nvidia.nemotron-nano-9b-v2",
    "zai.glm-4.7-flash",
    "minimax.minimax-m2.5",
    "qwen.qwen3-coder-480b-a35b-v1:0",
    "qwen.qwen3-next-80b-a3b",
    "minimax.minimax-m2.1",
)
TITAN = "amazon.titan-embed-text-v2:0"
RERANKER = "cohere.rerank-v3-5:0"
PAINTER = "stability.stable-image-core-v1:1"

CERTIFIED, WARNING, FAILED = "CERTIFIED", "QUALITY_WARNING", "FAILED"
BLOCKED, INCONCLUSIVE = "BLOCKED", "INCONCLUSIVE"

Fault = dict[str, Any]


@dataclass(frozen=True)
class Planted:
    """A fault and what is expected of its pair.

    faults:     rules for the simulator; `match` is the pair, unless it says otherwise
    model:      "" for one of PLAIN; region: "" for a free one
    status:     of the standing
    unsteady:   of a pass: whether the record names a check as unsteady; None: by chance
    route:      the kind of route that was judged; "" for the first one that the region offers
    refused:    the other routes that were refused: kind -> category
    dead:       of a pass: the abilities that the record names as dead
    attempts:   how many attempts the pair takes; 0 for any number
    seconds:    the time limit of the pair, if not the usual one
    waits:      the least time in seconds before the second attempt
    least:      the lowest score
    everywhere: the fault is not of the pair alone
    """

    name: str
    faults: tuple[Fault, ...] = ()
    status: str = CERTIFIED
    category: str = ""
    model: str = ""
    region: str = ""
    unsteady: bool | None = False
    route: str = ""
    refused: tuple[tuple[str, str], ...] = ()
    dead: tuple[str, ...] = ()
    attempts: int = 0
    seconds: float = 0
    waits: float = 0
    least: float = 0
    everywhere: bool = False

    @property
    def rules(self) -> list[Fault]:
        pair = {"model": self.model, "region": self.region}
        return [{**fault, "match": {**pair, **fault.get("match", {})}} for fault in self.faults]

    @property
    def is_alone(self) -> bool:
        """Whether it needs a deployment of its own: another time limit, or a fault that other pairs
        meet too."""
        return bool(self.seconds or self.everywhere)


def fault(
    name: str, route: str = "", operation: str = "", body: str = "", **more: Any
) -> tuple[Fault, ...]:
    wanted = {"route": route, "operation": operation, "body": body}
    match = {key: value for key, value in wanted.items() if value}
    return ({"fault": name, "match": match, **more},)


def _row(
    name: str, faults: tuple[Fault, ...], status: str, category: str = "", **more: Any
) -> Planted:
    return Planted(name, faults, status, category, **more)


RARELY = 1 / 8
ANY_OTHER_MODEL = {"model": "*", "region": "*"}
STREAM = "converse-stream"
WITH_TOOLS = '*"toolConfig"*'

ROUTES = (
    _row("the bare id is refused: use a profile", fault("needs_profile", "IN_REGION"), CERTIFIED,
         model=LITE, region="us-east-1", route="GEO", refused=(("IN_REGION", "NEEDS_PROFILE"),)),
    _row("the bare id is invalid", fault("invalid_identifier", "IN_REGION"), CERTIFIED,
         model=MICRO, region="us-east-1", route="GEO", refused=(("IN_REGION", "NOT_AVAILABLE"),)),
    _row("IAM denies the bare id, not the profile", fault("iam_denied", "IN_REGION"), CERTIFIED,
         model="amazon.nova-pro-v1:0", region="us-east-1", route="GEO",
         refused=(("IN_REGION", "POLICY"),)),
    _row("an SCP denies the geographic profile", fault("scp_denied", "GEO"), CERTIFIED,
         model=FLAGSHIP, region="us-east-1", route="GLOBAL", refused=(("GEO", "POLICY"),)),
    _row("an SCP denies the global profile", fault("scp_denied", "GLOBAL"), CERTIFIED,
         model=FLAGSHIP, region="eu-west-1", route="GEO", refused=(("GLOBAL", "POLICY"),)),
    _row("a flagship is reached only over global", (), CERTIFIED,
         model=FLAGSHIP, region="sa-east-1", route="GLOBAL", least=100),
    _row("a flagship over both profiles", (), CERTIFIED,
         model=FLAGSHIP, region="us-west-2", route="GEO", least=100),
    _row("the bare id of an embedding model is refused", fault("needs_profile", "IN_REGION"),
         CERTIFIED, model="cohere.embed-v4:0", region="us-east-1", route="GEO",
         refused=(("IN_REGION", "NEEDS_PROFILE"),)),
    _row("the geographic profile has used up its daily quota", fault("daily_quota", "GEO"),
         CERTIFIED, model=HAIKU, region="us-west-1", route="GLOBAL"),
    _row("every route wants another one", fault("needs_profile"), FAILED, "NEEDS_PROFILE",
         model=LITE, region="ap-northeast-1"),
    _row("the global profile is throttled while it is probed", fault("throttle", "GLOBAL"),
         CERTIFIED, model=HAIKU, region="us-east-2", route="GEO"),
    _row("two routes are refused, the third works",
         fault("needs_profile", "IN_REGION") + fault("scp_denied", "GEO"), CERTIFIED,
         model="anthropic.claude-opus-4-6-v1", region="eu-west-2", route="GLOBAL",
         refused=(("IN_REGION", "NEEDS_PROFILE"), ("GEO", "POLICY"))),
)  # fmt: skip

ACCOUNT = (
    _row("the Marketplace agreement is missing", fault("agreement_missing"), BLOCKED, "ACCOUNT",
         waits=300),
    _row("no valid payment instrument", fault("payment"), BLOCKED, "ACCOUNT", waits=120),
    _row("the use case form is missing", fault("use_case_missing"), BLOCKED, "ACCESS", waits=900),
    _row("the agreement is set up within the wait", fault("agreement_missing", count=1), CERTIFIED,
         attempts=2, waits=300),
    _row("the account has no access", fault("deny"), BLOCKED, "ACCESS"),
    _row("the account is not authorised", fault("account_not_authorized"), BLOCKED, "ACCESS"),
    _row("an unsupported country", fault("unsupported_country"), BLOCKED, "ACCESS"),
    _row("IAM denies", fault("iam_denied"), BLOCKED, "POLICY"),
    _row("IAM denies streaming alone", fault("iam_denied", operation=STREAM), BLOCKED,
         "POLICY"),
    _row("an SCP denies", fault("scp_denied"), BLOCKED, "POLICY"),
    _row("no permission for the action", fault("not_authorized"), BLOCKED, "POLICY"),
    _row("the data retention mode", fault("data_retention"), BLOCKED, "ACCOUNT", model=HAIKU),
    _row("operation not allowed", fault("operation_not_allowed"), BLOCKED, "ACCOUNT"),
    _row("the region is not enabled", fault("region_not_enabled"), BLOCKED, "ACCOUNT", attempts=1),
    _row("the API key is of another region", fault("api_key_invalid"), BLOCKED, "ACCOUNT"),
    _row("no region knows the keys",
         (*fault("credentials"), {"fault": "credentials", "match": ANY_OTHER_MODEL}),
         INCONCLUSIVE, "CREDENTIALS", everywhere=True),
    _row("the token expires midway", fault("expired_token", after=5), INCONCLUSIVE, "CREDENTIALS"),
    _row("an SCP denies from the fifth request on", fault("scp_denied", after=4), BLOCKED,
         "POLICY"),
    _row("the token is expired", fault("expired_token"), INCONCLUSIVE, "CREDENTIALS"),
    _row("the signature is old", fault("invalid_signature"), INCONCLUSIVE, "CREDENTIALS"),
)  # fmt: skip

QUOTAS = (
    _row("the daily token quota is used up", fault("daily_quota"), INCONCLUSIVE, "QUOTA",
         attempts=1),
    _row("the daily token quota is used up midway", fault("daily_quota", after=5), INCONCLUSIVE,
         "QUOTA", attempts=1),
    _row("throttled from the fifth request on", fault("throttle", after=4), INCONCLUSIVE,
         "THROTTLED"),
    _row("the service quota", fault("service_quota"), INCONCLUSIVE, "QUOTA", attempts=1),
    _row("throttled to the end", fault("throttle"), INCONCLUSIVE, "THROTTLED"),
    _row("too many tokens to the end", fault("throttle_tokens"), INCONCLUSIVE, "THROTTLED"),
    _row("throttled once", fault("throttle", count=1), CERTIFIED, attempts=1),
    _row("throttled now and then", fault("throttle", rate=RARELY), CERTIFIED, attempts=1),
    _row("one graded question is throttled to the end",
         fault("throttle", body="*Repeat the following line*"), CERTIFIED, attempts=1, least=100),
    _row("throttled within the stream", fault("stream_throttle"), INCONCLUSIVE, "THROTTLED"),
    _row("throttled within the first stream", fault("stream_throttle", operation=STREAM, count=1),
         CERTIFIED, attempts=2),
)  # fmt: skip

SERVICE = (
    _row("one answer in eight is cut", fault("cut_stream", rate=RARELY), CERTIFIED, unsteady=None),
    _row("one connection in eight is closed", fault("close", rate=RARELY), CERTIFIED, attempts=1),
    _row("not ready at first", fault("not_ready", count=2), CERTIFIED, attempts=1),
    _row("times out once", fault("model_timeout", count=1), CERTIFIED, attempts=2),
    _row("HTTP 424 once", fault("model_error", count=1), CERTIFIED, attempts=1),
    _row("HTTP 424 for ever", fault("model_error"), FAILED, "SERVICE"),
    _row("HTTP 500 for ever", fault("error"), FAILED, "SERVICE"),
    _row("HTTP 500 now and then", fault("error", rate=RARELY), CERTIFIED, attempts=1),
    _row("HTTP 503 for ever", fault("unavailable"), FAILED, "SERVICE"),
    _row("the first stream is unavailable",
         fault("stream_unavailable", operation=STREAM, count=1), CERTIFIED, attempts=2),
    _row("never ready", fault("not_ready"), FAILED, "NOT_READY"),
    _row("the model times out", fault("model_timeout"), FAILED, "TIMEOUT"),
    _row("past its end of life", fault("end_of_life"), FAILED, "NOT_AVAILABLE", attempts=1),
    _row("legacy, and not used lately", fault("legacy_unused"), FAILED, "NOT_AVAILABLE"),
    _row("an invalid identifier on every route", fault("invalid_identifier"), FAILED,
         "NOT_AVAILABLE"),
    _row("the window is smaller than declared", fault("input_too_long"), FAILED, "CONTEXT"),
    _row("streams break with a model error", fault("stream_model_error"), FAILED, "STREAM_BROKEN"),
    _row("the first stream breaks", fault("stream_model_error", operation=STREAM, count=1),
         CERTIFIED, unsteady=True),
    _row("streams are cut", fault("cut_stream", operation=STREAM), FAILED,
         "STREAM_BROKEN"),
    _row("the first stream is cut", fault("cut_stream", operation=STREAM, count=1),
         CERTIFIED, unsteady=None),
    _row("connections are closed", fault("close"), FAILED, "SERVICE"),
    _row("the first connection is closed", fault("close", count=1), CERTIFIED, attempts=1),
    _row("no answer at all", fault("hang"), FAILED, "DEADLINE", seconds=2),
    _row("answers drip", fault("drip"), FAILED, "DEADLINE", seconds=2),
    _row("streams never end", fault("endless_stream", operation=STREAM), FAILED,
         "ANSWER_TOO_LARGE"),
    _row("answers never end", fault("endless_stream", operation="converse"), FAILED,
         "ANSWER_TOO_LARGE"),
)  # fmt: skip

GATEWAYS = (
    *(
        _row(f"a gateway answers {status}", fault(f"gateway_{status}"), FAILED, "PROTOCOL")
        for status in (302, 403, 404, 407, 413)
    ),
    *(
        _row(f"a gateway answers {kind}", fault(name), FAILED, "PROTOCOL")
        for kind, name in (
            ("403 with JSON", "gateway_json"),
            ("403 with nothing", "gateway_empty"),
            ("403 with XML", "gateway_xml"),
            ("403 as Amazon API Gateway", "gateway_aws"),
            ("200 in another protocol", "gateway_openai"),
        )
    ),
    _row("a gateway answers 502", fault("gateway_502"), FAILED, "SERVICE"),
    _row("a sign-in page with 200", fault("wrong_content_type"), FAILED, "PROTOCOL"),
    _row("bytes of no protocol", fault("garbage"), FAILED, "PROTOCOL"),
    _row("a gateway answers 403 once", fault("gateway_403", count=1), CERTIFIED, unsteady=True),
    _row("a gateway answers streams with 403", fault("gateway_403", operation=STREAM),
         FAILED, "PROTOCOL"),
)  # fmt: skip

FILTERS = (
    _row("a guardrail intervenes", fault("guardrail_intervened"), INCONCLUSIVE, "FILTERED"),
    _row("a filter empties the answers", fault("content_filtered"), INCONCLUSIVE, "FILTERED"),
    _row("a filter refuses the output", fault("output_blocked"), INCONCLUSIVE, "FILTERED"),
    _row("a filter stops the streams", fault("stream_output_blocked"), INCONCLUSIVE, "FILTERED"),
    _row("a guardrail intervenes once", fault("guardrail_intervened", count=1), CERTIFIED,
         unsteady=True),
    _row("a filter blocks the picture", fault("filters_image"), INCONCLUSIVE, "FILTERED",
         model=PAINTER),
)  # fmt: skip

FALSE_PASSES = (
    *(
        _row(name, fault(quirk, after=more.pop("after", 0)), FAILED, "CHECK_FAILED", **more)
        for name, quirk, more in (
            ("says only banana", "banana", {}),
            ("says only banana, and thinks", "banana", {"model": REASONER}),
            ("echoes", "echo", {}),
            ("random words", "random_words", {}),
            ("says Paris to everything", "parrot", {}),
            ("declines everything", "refuses_all", {}),
            ("always blank", "silent", {}),
            ("blank, but for its thoughts", "silent", {"model": REASONER}),
            ("blank from the fourth reply on", "silent", {"after": 3}),
            ("every answer is truncated", "truncated", {}),
            ("half dead: knows one answer", "half_dead", {}),
            ("does what is required, and nothing else", "only_required", {}),
            ("output malformed", "malformed_model_output", {}),
            ("white space alone", "blank_text", {}),
            ("vectors are all alike", "constant_vector", {"model": TITAN}),
            ("vectors are random", "random_vector", {"model": TITAN}),
            ("every document ranks alike", "equal_scores", {"model": RERANKER}),
            ("the worst ranks first", "ranks_badly", {"model": RERANKER}),
            ("vectors are zero", "zero_vector", {"model": TITAN}),
            ("vectors have another dimension", "wrong_dimension", {"model": TITAN}),
            ("pictures are broken", "broken_image", {"model": "stability.sd3-5-large-v1:0"}),
        )
    ),
)

UNSTEADY = (
    _row("blank once in eight", fault("silent", rate=RARELY), CERTIFIED, unsteady=True),
    _row("blank once in eight at random", fault("silent", rate=RARELY, seed=20), CERTIFIED,
         unsteady=True),
    _row("white space once in eight", fault("blank_text", rate=RARELY), CERTIFIED, unsteady=True),
    _row("blank at first", fault("silent", count=1), CERTIFIED, unsteady=True, least=100),
    _row("banana at first", fault("banana", count=1), CERTIFIED, unsteady=True, least=100),
    _row("truncated at first, and whole with more room", fault("truncated", count=1), CERTIFIED),
    _row("one malformed tool call", fault("malformed_tool_use", body=WITH_TOOLS, count=1),
         CERTIFIED, unsteady=True),
    _row("breaks on the first tools", fault("breaks_on_tools", body=WITH_TOOLS, count=1),
         CERTIFIED, unsteady=True),
)  # fmt: skip

THOUGHTS = (
    *(
        _row(name, fault(quirk), CERTIFIED, least=100, model=model)
        for name, quirk, model in (
            ("thoughts in <think>", "thinks_in_think", ""),
            ("thoughts in <thinking>", "thinks_in_thinking", LITE),
            ("thoughts in <reasoning>", "thinks_in_reasoning", ""),
            ("thoughts without the opening tag", "thinks_without_opening", ""),
            ("several thoughts", "thinks_twice", ""),
            ("thoughts and words before a tool call", "talks_before_tools", ""),
            ("a thought tag is quoted", "quotes_thought_tag", ""),
            ("thought and text in one block", "mixes_blocks", REASONER),
        )
    ),
)

ABILITIES = (
    _row("calls no tools", fault("ignores_tools"), WARNING, dead=("tools",)),
    _row("refuses tools", fault("refuses_tools"), WARNING, dead=("tools",)),
    _row("tool calls are malformed", fault("malformed_tool_use"), WARNING, dead=("tools",)),
    _row("breaks on tools", fault("breaks_on_tools"), WARNING, dead=("tools",)),
    _row("sees no pictures", fault("ignores_images"), WARNING, model=HAIKU, dead=("image_input",)),
    _row("refuses pictures", fault("refuses_images"), WARNING, model=LITE, dead=("image_input",)),
    _row("reads no documents", fault("ignores_documents"), WARNING, model=LITE,
         dead=("document_input",)),
    _row("refuses documents", fault("refuses_documents"), WARNING, model=LITE,
         dead=("document_input",)),
    # Each region of a route has a cache of its own, so this may be chance.
    _row("writes a cache and never reads it", fault("forgets_cache"), CERTIFIED, model=LITE,
         least=90),
    _row("caches nothing", fault("ignores_cache"), WARNING, model=LITE, dead=("prompt_caching",)),
    _row("refuses a cache", fault("refuses_cache"), WARNING, model=LITE,
         dead=("prompt_caching",)),
    _row("ignores the tool choice", fault("ignores_choice"), WARNING, model=LITE,
         dead=("tool_choice",)),
    _row("keeps no schema", fault("ignores_schema"), WARNING, model=HAIKU, dead=("json_schema",)),
    _row("refuses a schema", fault("refuses_schema"), WARNING, model=HAIKU, dead=("json_schema",)),
    _row("undeclared tools while streaming are refused", fault("refuses_tools_streamed"),
         CERTIFIED, least=100),
    _row("tools while streaming, declared missing, are refused", fault("refuses_tools_streamed"),
         CERTIFIED, model=LLAMA, least=100),
    _row("pictures show something else", fault("blank_image"), WARNING,
         model="stability.stable-image-ultra-v1:1"),
    _row("refuses stop sequences", fault("refuses_stop"), CERTIFIED, least=85),
)  # fmt: skip

HEALTHY = (
    _row("a healthy text model", (), CERTIFIED, least=100, attempts=1),
    _row("a healthy model with pictures and documents", (), CERTIFIED, model=LITE, least=100),
    _row("a healthy reasoner", (), CERTIFIED, model=REASONER, least=100),
    # As 25 s a call are to the usual five minutes.
    _row("a healthy, slow reasoner", fault("slow", latency_ms=250), CERTIFIED, model=REASONER,
         seconds=3, least=100),
    _row("healthy, and chatty", fault("chatty"), CERTIFIED, least=80),
    _row("healthy, with odd characters", fault("odd_characters"), CERTIFIED, least=100),
    _row("a healthy embedding model", (), CERTIFIED, model=TITAN, least=100),
    _row("a healthy reranker", (), CERTIFIED, model=RERANKER, region="us-east-1", least=100),
)  # fmt: skip


def _placed(rows: tuple[Planted, ...]) -> Iterator[Planted]:
    """Gives each row a pair of its own: the regions take turns."""
    offered = {name: list(model.regions) for name, model in load().items()}
    taken = {(row.model, row.region) for row in rows if row.region}
    used = Counter(region for _model, region in taken)
    for row in rows:
        if row.region:
            yield row
            continue
        free = [
            (model, region)
            for model in ((row.model,) if row.model else PLAIN)
            for region in offered[model]
            if (model, region) not in taken
        ]
        model, region = min(free, key=lambda pair: used[pair[1]])
        taken.add((model, region))
        used[region] += 1
        yield replace(row, model=model, region=region)


PLANTED = tuple(
    _placed(
        (
            *ROUTES,
            *ACCOUNT,
            *QUOTAS,
            *SERVICE,
            *GATEWAYS,
            *FILTERS,
            *FALSE_PASSES,
            *UNSTEADY,
            *THOUGHTS,
            *ABILITIES,
            *HEALTHY,
        )
    )
)


def differences(row: Planted, found: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Returns what differs: name -> expected and got. `found` is a standing of the API."""
    others = [one for one in found["routes"] if one["outcome"] == "REFUSED"]
    pairs: dict[str, tuple[Any, Any]] = {
        "status": (row.status, found["status"]),
        "category": (row.category or None, found["errorCategory"]),
    }
    if row.status in (CERTIFIED, WARNING):
        if row.unsteady is not None:
            pairs["unsteady"] = (row.unsteady, found["unsteadyCount"] > 0)
        pairs["dead"] = (list(row.dead), found["deadCapabilities"])
    if row.route:
        pairs["route"] = (row.route, found["route"]["kind"])
        refused = tuple((one["kind"], one["category"]) for one in others)
        pairs["refused"] = (row.refused, refused)
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if row.least and (found["score"] or 0) < row.least:
        differing["score"] = (row.least, found["score"])
    return differing


# What the hostile mode draws -> the only statuses that a pair with it may get. A model that is
# blank now and then, and what lies in one answer, must not fail; what only seems to answer, or
# does not let the account in, must not pass.
HOSTILE = {
    **dict.fromkeys(
        ("", "throttle", "model_error", "error", "unavailable", "stream_throttle",
         "thinks_in_think", "thinks_in_reasoning", "thinks_twice", "quotes_thought_tag",
         "mixes_blocks", "refuses_tools_streamed", "ignores_tools", "silent now and then"),
        "PASSED",
    ),
    **dict.fromkeys(
        ("agreement_missing", "use_case_missing", "iam_denied", "scp_denied", "payment",
         "data_retention", "operation_not_allowed"),
        BLOCKED,
    ),
    **dict.fromkeys(("daily_quota", "guardrail_intervened", "content_filtered"), INCONCLUSIVE),
    **dict.fromkeys(
        ("gateway_403", "gateway_302", "banana", "echo", "random_words", "truncated",
         "half_dead", "only_required", "silent", "end_of_life"),
        FAILED,
    ),
}  # fmt: skip


def expected_of(rule: Mapping[str, Any] | None) -> str:
    """Returns the status of a pair for which the hostile mode drew this rule."""
    if rule is None:
        return HOSTILE[""]
    rarely = rule["rate"] < 1 and rule["fault"] == "silent"
    return HOSTILE["silent now and then" if rarely else rule["fault"]]
