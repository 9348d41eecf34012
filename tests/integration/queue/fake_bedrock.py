from __future__ import annotations

from dataclasses import dataclass, field

from certification.engine.errors import CallError, Category
from certification.engine.transport import Json, Reply, StreamReply


@dataclass
class Reranker:
    """A Bedrock with rerank models that rank well, unless it is told to fail: with each of
    `errors` once, or `always`, until it is None again."""

    errors: list[CallError] = field(default_factory=list)
    always: Category | None = None
    called: list[tuple[str, str]] = field(default_factory=list)

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
        self.called.append((region, model_id))
        if self.errors:
            raise self.errors.pop(0)
        if self.always:
            raise CallError(self.always, "told to fail")
        order = [1, 0, 2, 3]
        results = [{"index": n, "relevance_score": 1 - place / 10} for place, n in enumerate(order)]
        return Reply({"results": results}, simulated=True)

    def converse(self, region: str, request: Json, seconds: float) -> Reply:
        raise AssertionError("a reranker does not converse")

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply:
        raise AssertionError("a reranker does not stream")
