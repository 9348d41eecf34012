"""A catalogue for the fault tests: many models that need few calls, offered in every region."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "models_registry" / "catalogue"
# Kind -> the catalogue's model to copy, and the pattern of the copies' ids.
LIKE = {
    "embedding": ("amazon.titan-embed-text-v2:0", "amazon.titan-embed-chaos-{:03}-v1:0"),
    "text": ("amazon.nova-lite-v1:0", "amazon.nova-chaos-{:03}-v1:0"),
}


def regions(count: int) -> list[str]:
    lines = (SHIPPED / "regions.jsonl").read_text().splitlines()
    return [json.loads(line)["id"] for line in lines][:count]


def models(kind: str, count: int) -> list[str]:
    return [LIKE[kind][1].format(number) for number in range(1, count + 1)]


def write(folder: Path, counts: dict[str, int]) -> None:
    """Writes catalogue files with `counts` models per kind, for load_catalogue and simulator."""
    folder.mkdir()
    for name in ("providers.jsonl", "regions.jsonl"):
        shutil.copy(SHIPPED / name, folder)
    (folder / "others.jsonl").write_text("")
    shipped = [json.loads(line) for line in (SHIPPED / "bedrock.jsonl").read_text().splitlines()]
    by_id = {model["id"]: model for model in shipped}
    everywhere = {region: ["ON_DEMAND"] for region in regions(31)}
    injected = [
        by_id[LIKE[kind][0]] | {"id": model, "name": model, "regions": everywhere}
        for kind, count in counts.items()
        for model in models(kind, count)
    ]
    (folder / "bedrock.jsonl").write_text("".join(f"{json.dumps(model)}\n" for model in injected))
