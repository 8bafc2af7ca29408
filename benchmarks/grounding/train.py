"""Learn the grounding model from the RAGTruth QA training split and write it as Python.

Run with `python benchmarks/grounding/train.py`; takes about a minute. Source of the data:
RAGTruth (Niu et al., ACL 2024, MIT licence), question answering, training split only.
"""

import re
import sys
from pathlib import Path

from datasets import read_examples
from fit import fit, prepare
from holdfast.guards.grounding.model import Model

TARGET = Path(__file__).resolve().parents[2] / "guards" / "grounding" / "coefficients.py"
HEADER = '''"""The grounding model's numbers. Written by benchmarks/grounding/train.py.

Learned from the question answering training split of RAGTruth (MIT licence).
"""

# fmt: off
from .model import Model

MODEL = Model(
'''


def write(model: Model) -> str:
    """Return the module's text."""
    names = ("words", "base", "trees", "weights", "intercept", "threshold", "claim_threshold")
    lines = "".join(f"{name}={_text(getattr(model, name))},\n" for name in names)
    return f"{HEADER}{lines})\n"


def _text(value: object) -> str:
    if isinstance(value, dict):
        value = {word: value[word] for word in sorted(value)}
    plain = repr(value).replace(", ", ",").replace(": ", ":")
    return re.sub(r"(.{60,94}?,)", r"\1\n", plain)


if __name__ == "__main__":
    examples = read_examples("ragtruth_qa_train")
    if not examples:
        sys.exit("the shared data is absent: nothing to learn from")
    TARGET.write_text(write(fit(prepare(examples))))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
