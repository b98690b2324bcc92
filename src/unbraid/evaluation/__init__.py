"""How good codes are: the scores, with floor, ceiling and interval, and comparisons."""

from unbraid.evaluation.comparison import Comparison as Comparison
from unbraid.evaluation.comparison import compare as compare
from unbraid.evaluation.encoding import represent as represent
from unbraid.evaluation.evaluate import evaluate as evaluate
from unbraid.evaluation.evaluate import evaluate_representation as evaluate_representation
from unbraid.evaluation.sets import SETS as SETS
from unbraid.evaluation.sets import STUDY as STUDY
from unbraid.evaluation.sets import select as select
from unbraid.evaluation.verdicts import Verdict as Verdict

__all__ = [
    "SETS",
    "STUDY",
    "Comparison",
    "Verdict",
    "compare",
    "evaluate",
    "evaluate_representation",
    "represent",
    "select",
]
