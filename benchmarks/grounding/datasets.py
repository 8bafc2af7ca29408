"""The labelled sets, read from the shared data beside the checkout."""

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
_PASSAGE = re.compile(r"(?m)^passage \d+:")


@dataclass(frozen=True)
class Example:
    """An answer with its sources and its label.

    Attributes:
        group: Examples of one group share their source.
        spans: Offsets of what the annotators marked in the answer.
        wrong: Whether the answer is unsupported.
    """

    group: str
    question: str
    sources: list[str]
    answer: str
    spans: list[tuple[int, int]]
    wrong: bool


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read gzipped JSON lines; empty when the file is absent."""
    if not path.exists():
        return []
    return [json.loads(line) for line in gzip.open(path, "rt").read().split("\n") if line]


def read_examples(name: str) -> list[Example]:
    """Read one grounding set: `ragtruth_qa_train`, `summedits_dev`, `begin_wow_dev`."""
    return [
        Example(
            group=row["source_id"],
            question=row.get("question") or "",
            sources=[part for part in _PASSAGE.split(row["source"]) if part.strip()],
            answer=row["response"],
            spans=[(span["start"], span["end"]) for span in row["spans"]],
            wrong=row["hallucinated"],
        )
        for row in read_lines(SHARED / "grounding" / f"{name}.jsonl.gz")
    ]
