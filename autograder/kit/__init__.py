"""The one door for authors of hidden graders: everything a file in autograder/graders imports from us comes from here.

A grader file has tests marked with `@points(n)`. They ask the `submission`, compare with `check` or a probe, and fail with
`CheckFailed`. Beside them stand the task's `MISCONCEPTIONS`.
"""

from autograder.judge import Answer, CheckFailed, Misconception, RemoteObject, Submission, check, check_all, points
from autograder.judge.compare import close
from autograder.judge.draw import Draw
from autograder.judge.parameter_names import names_difference

from .caching import memoize
from .embedding_mistakes import model_mistakes, train_mistakes
from .embedding_models import EmbeddingFamily
from .equation_mistakes import Equation, equation_mistakes
from .error_carried_forward import ErrorCarriedForward, run_cell_carried_forward
from .gate_mistakes import Blocks, activation_mistakes, block_mistakes
from .loop_mistakes import loop_mistakes
from .models import check_model_gradients, check_names, drawn_weights, paired_model, parameters_of, with_weights
from .optimiser_mistakes import mistakes_between_calls, optimiser_mistakes, rare_optimiser_mistakes
from .probes import CUTS_THE_GRAPH, check_cell_gradients, check_gradients, check_pure, requires_grad, saturating, with_a_zero_step
from .recover_inputs import distance_from_normal, recover_inputs
from .training import check_report, check_result, check_steps
from .training_runs import IDX2CHAR, Training
from .wrong_term import Question, check_equation, forced, switched_off, unchanged, zeros

__all__ = [
    "CUTS_THE_GRAPH", "IDX2CHAR", "Answer", "Blocks", "CheckFailed", "Draw", "EmbeddingFamily", "Equation",
    "ErrorCarriedForward", "Misconception", "Question", "RemoteObject", "Submission", "Training", "activation_mistakes",
    "block_mistakes", "check", "check_all", "check_cell_gradients", "check_equation", "check_gradients",
    "check_model_gradients", "check_names", "check_pure", "check_report", "check_result", "check_steps", "close",
    "distance_from_normal", "drawn_weights", "equation_mistakes", "forced", "loop_mistakes", "memoize",
    "mistakes_between_calls", "model_mistakes", "names_difference", "optimiser_mistakes", "paired_model", "parameters_of",
    "points", "rare_optimiser_mistakes", "recover_inputs", "requires_grad", "run_cell_carried_forward", "saturating",
    "switched_off", "train_mistakes", "unchanged", "with_a_zero_step", "with_weights", "zeros",
]  # fmt: skip
