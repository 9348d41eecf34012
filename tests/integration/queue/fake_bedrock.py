from __future__ import annotations

from dataclasses import dataclass, field

from certification.engine.errors import CallError, Category
from certification.engine.transport import Json, Reply, StreamReply


@dataclass
class Reranker:
    """A transport for rerank models that rank well.

    errors: raised one after the other, one for each call
    always: if set, every call fails with this category, but for the first `answers_first`
    """

    endpoint = ""

    errors: list[CallError] = field(default_factory=list)
    always: Category | None = None
    answers_first: int = 0
    called: list[tuple[str, str]] = field(default_factory=list)

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
        self.called.append((region, model_id))
        if self.errors:
            raise self.errors.pop(0)
        if self.always and len(self.called) > self.answers_first:
            raise CallError(self.always, "set to fail")
        order = [1, 0, 2, 3]
        results = [{"index": n, "relevance_score": 1 - rank / 10} for rank, n in enumerate(order)]
        return Reply({"results": results}, simulated=True)

    def converse(self, region: str, request: Json, seconds: float) -> Reply:
        raise AssertionError("a reranker does not converse")

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply:
        raise AssertionError("a reranker does not stream")

    def count_tokens(self, region: str, request: Json, seconds: float) -> Reply:
        raise AssertionError("a reranker counts no tokens")
