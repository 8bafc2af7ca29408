"""The datasets of the stub of LangSmith: made, found by name, filled."""

import json
from typing import Any
from uuid import NAMESPACE_OID, uuid5


class Datasets:
    """Datasets by name, and the examples that were put into them, by id."""

    def __init__(self) -> None:
        self.by_name: dict[str, dict[str, Any]] = {}
        self.examples: dict[str, dict[str, Any]] = {}

    def knows(self, path: str) -> bool:
        """Return whether a path is about datasets."""
        return path in ("/datasets", "/examples/bulk")

    def answer(self, method: str, path: str, name: str, body: bytes) -> tuple[int, Any]:
        """Return status and JSON for a request; `name` is the dataset asked for, or empty."""
        if method == "GET":
            return 200, [each for each in self.by_name.values() if name in ("", each["name"])]
        said = json.loads(body)
        if path == "/datasets":
            id_ = str(uuid5(NAMESPACE_OID, said["name"]))
            times = {"created_at": "2026-01-01T00:00:00+00:00"}
            self.by_name[said["name"]] = {**said, **times, "id": id_}
            return 200, self.by_name[said["name"]]
        for example in said:
            self.examples[example["id"]] = example
        return 200, [{"id": example["id"]} for example in said]
