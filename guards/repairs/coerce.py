"""Fit a plain JSON value to a JSON Schema, changing as little as possible.

Meaning is not invented: a missing required field is an error, and so is a value that could be
read in two ways. Of a union the cheapest branch is taken, the first among equals. The cost of an
edit is its distance from what the model wrote; see `Fit`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from .fit import Fit, cheapest, wrong
from .leaves import LEAVES, fit_choice
from .report import Path, RepairError
from .targets import NAMES

Extra = Literal["drop", "refuse"]
"""What to do with keys that the schema forbids."""

STEPS = 2_000_000
"""Parts looked at before a value is given up: some unions branch without end. Chosen."""


class Coercion:
    """One coercion of one value.

    Args:
        schema: The JSON Schema of the whole; references lead into it.
        extra: What to do with keys that the schema forbids.
        partial: The value is still being written: what is missing may come.
    """

    def __init__(
        self, schema: Mapping[str, Any], *, extra: Extra = "drop", partial: bool = False
    ) -> None:
        self.schema = schema
        self.extra = extra
        self.partial = partial
        self.steps = 0
        self.memo: dict[tuple[int, int, Path], tuple[Any, Any, Fit]] = {}

    def fit(self, value: Any, shape: Any, path: Path = ()) -> Fit:
        """Return the cheapest reading of a value under a part of the schema.

        Raises:
            RepairError: There are too many readings, or it is nested too deep.
        """
        shape = self.resolve(shape)
        if not isinstance(shape, Mapping) or not shape:
            return wrong(value, "not allowed here", path) if shape is False else Fit(value)
        if isinstance(value, str | int | float | bool | None):
            return self._fit(value, shape, path)
        # The key holds ids; the entry keeps both objects alive, so that no id is used again.
        key = (id(value), id(shape), path)
        if key not in self.memo:
            self.memo[key] = (value, shape, self._fit(value, shape, path))
        return self.memo[key][2]

    def resolve(self, shape: Any) -> Any:
        """Follow references inside the schema; one that leads nowhere accepts anything."""
        for _ in range(50):
            reference = shape.get("$ref") if isinstance(shape, Mapping) else None
            if not isinstance(reference, str) or not reference.startswith("#"):
                return shape
            found: Any = self.schema
            for part in reference[1:].split("/")[1:]:
                part = part.replace("~1", "/").replace("~0", "~")
                found = found.get(part, {}) if isinstance(found, Mapping) else {}
            shape = found
        return shape

    def _fit(self, value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
        self.steps += 1
        if self.steps > STEPS:
            raise RepairError("off_schema", "the schema can be read in too many ways; simplify it")
        if "const" in shape or "enum" in shape:
            return self._choice(value, shape, path)
        branches = shape.get("anyOf") or shape.get("oneOf")
        if branches:
            return self._union(value, branches, path)
        if "allOf" in shape:
            return self._all(value, shape, path)
        kind = shape.get("type") or _implied(shape)
        if isinstance(kind, list):
            return self._union(value, [{**shape, "type": one} for one in kind], path)
        return self.kind(value, kind, shape, path)

    def kind(self, value: Any, kind: Any, shape: Mapping[str, Any], path: Path) -> Fit:
        """Return the cheapest reading of a value as one of JSON's seven types."""
        # Containers read values through this class, so that they are imported when it is complete.
        from .containers import fit_list, fit_object

        if kind == "object":
            return fit_object(self, value, shape, path)
        if kind == "array":
            return fit_list(self, value, shape, path)
        leaf: Callable[[Any, Mapping[str, Any], Path], Fit] | None = LEAVES.get(kind)
        if leaf is None:
            return Fit(value)
        return self._only(value, leaf(value, shape, path), shape, path)

    def _choice(self, value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
        return self._only(value, fit_choice(value, shape, path), shape, path)

    def _only(self, value: Any, fit: Fit, shape: Mapping[str, Any], path: Path) -> Fit:
        """Where one scalar is wanted, a list of one is that one."""
        if not fit.errors or not isinstance(value, list) or len(value) != 1:
            return fit
        inner = self.fit(value[0], shape, path)
        return fit if inner.errors else inner.after("list of one value read as the value", path, 3)

    def _union(self, value: Any, branches: list[Any], path: Path) -> Fit:
        fits = []
        for branch in _choices_as_one([self.resolve(branch) for branch in branches]):
            fit = self.fit(value, branch, path)
            if fit.cost == 0 and not isinstance(value, dict):
                return fit
            fits.append(fit)
        best = cheapest(fits)
        if best.errors and not isinstance(value, dict | list):
            wanted = ", ".join(_named(self.resolve(branch)) for branch in branches)
            return wrong(value, f"must be one of: {wanted}", path)
        return best

    def _all(self, value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
        """Fit to one part after the other; the validator checks that they agree."""
        rest = {key: part for key, part in shape.items() if key != "allOf"}
        fit = Fit(value)
        for part in [*shape["allOf"], *([rest] if "properties" in rest else [])]:
            after = self.fit(fit.value, part, path)
            edits, errors = fit.edits + after.edits, fit.errors + after.errors
            fit = Fit(after.value, fit.cost + after.cost, edits, errors)
        return fit


def _choices_as_one(branches: list[Any]) -> list[Any]:
    """Make one choice of several: a text that names two of them is not to be read as the first."""
    is_choice = [isinstance(one, Mapping) and ("const" in one or "enum" in one) for one in branches]
    if sum(is_choice) < 2:
        return branches
    choices = [one for one, chosen in zip(branches, is_choice, strict=True) if chosen]
    names = {name: value for one in choices for name, value in one.get(NAMES, {}).items()}
    values = [value for one in choices for value in one.get("enum", [one.get("const")])]
    others = [one for one, chosen in zip(branches, is_choice, strict=True) if not chosen]
    return [{"enum": values, NAMES: names}, *others]


def _implied(shape: Mapping[str, Any]) -> str | None:
    if "properties" in shape or "additionalProperties" in shape:
        return "object"
    return "array" if "items" in shape or "prefixItems" in shape else None


def _named(shape: Any) -> str:
    if not isinstance(shape, Mapping):
        return "anything"
    if "const" in shape or "enum" in shape:
        return " | ".join(map(repr, shape.get("enum", [shape.get("const")])))
    return str(shape.get("title") or shape.get("type") or "anything")
