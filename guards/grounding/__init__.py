"""Grounding: are arguments, answers and claimed actions backed by what the run has seen?"""

from .actions import ClaimedAction, unexecuted_claims
from .answers import ground
from .arguments import Policy, UngroundedArgument, ground_arguments, values_of
from .prompt import grounded_prompt
from .result import Claim, Evidence, Grounding
from .scorers import Scorer, Scores, claims_of, run_scorer
from .seen import Seen

__all__ = [
    "Claim",
    "ClaimedAction",
    "Evidence",
    "Grounding",
    "Policy",
    "Scorer",
    "Scores",
    "Seen",
    "UngroundedArgument",
    "claims_of",
    "ground",
    "ground_arguments",
    "grounded_prompt",
    "run_scorer",
    "unexecuted_claims",
    "values_of",
]
