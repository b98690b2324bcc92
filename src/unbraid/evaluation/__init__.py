"""How good codes are: the scores, run together on one representation."""

from unbraid.evaluation.evaluate import evaluate as evaluate
from unbraid.evaluation.evaluate import evaluate_representation as evaluate_representation
from unbraid.evaluation.evaluate import select as select

__all__ = ["evaluate", "evaluate_representation", "select"]
