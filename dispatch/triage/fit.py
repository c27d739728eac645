"""The fitting itself: features to matrix, logistic regression, temperature.

scikit-learn and SciPy are imported inside the functions: the process that answers residents
never loads them.
"""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.triage.features import BLOCKS, features, keyword_index
from dispatch.triage.model import Model, block_scaled, quantised, softmax
from dispatch.triage.rules import NONE, TriageRules

STRENGTH = (1.0, 1.0, 0.2)
"""How much words, character runs and keywords weigh against one another."""
INVERSE_PENALTY = 12.0
"""C of the logistic regression, found by cross-validation on the training part."""
RAREST = 2
"""A word or run must occur in as many examples to become a feature."""
BAYES_SHARE = 2.0
"""How much complement naive Bayes adds to the regression: it is better with rare words."""
BAYES_SMOOTHING = 0.3

_FOLDS = 4


class Example(NamedTuple):
    """A text, its category and how much it counts.

    `is_keyword`: the text is a keyword of the catalogue, from which the model must not learn
    that keyword hits are always right.
    """

    text: str
    code: str
    weight: float
    is_keyword: bool = False


def fit(examples: Sequence[Example], rules: TriageRules, seed: int) -> Model:
    """A calibrated model of all codes of `rules` and "none"; deterministic with `seed`."""
    codes = (*rules.codes, NONE)
    index = keyword_index(rules.keywords)
    found = [
        {term for term in features(example.text, index) if not example.is_keyword or term[0] != "k"}
        for example in examples
    ]
    targets = np.array([codes.index(example.code) for example in examples])
    weights = np.array([example.weight for example in examples])
    space = _Space(found)
    matrix = space.matrix(found)
    temperature = _temperature(matrix, targets, weights, len(codes), seed)
    coefficients, bias = _regression(matrix, targets, weights, len(codes), seed)
    whole, scale = quantised(coefficients)
    return Model(
        codes=codes,
        vocabulary=space.vocabulary,
        idf=space.idf,
        weights=whole,
        scale=scale,
        bias=bias.astype(np.float32),
        strength=space.strength,
        temperature=temperature,
    )


class _Space:
    """The vocabulary, and sentences as rows over it."""

    def __init__(self, found: Sequence[set[str]]) -> None:
        counts = Counter(term for terms in found for term in terms)
        self.vocabulary = tuple(sorted(t for t, n in counts.items() if n >= RAREST))
        frequency = np.array([counts[term] for term in self.vocabulary], dtype=np.float64)
        # Half precision is what is stored; fit with the same figures.
        idf = np.log((1 + len(found)) / (1 + frequency)) + 1
        self.idf = idf.astype(np.float16).astype(np.float32)
        self.strength = np.array(STRENGTH, dtype=np.float32)
        self._row = {term: row for row, term in enumerate(self.vocabulary)}
        self._block = np.array([BLOCKS.index(t[0]) for t in self.vocabulary], dtype=np.int8)

    def matrix(self, found: Sequence[set[str]]) -> Any:
        """A sparse matrix, one row for each sentence."""
        from scipy.sparse import csr_matrix  # noqa: PLC0415

        values: list[NDArray[np.float64]] = []
        columns: list[NDArray[np.intp]] = []
        starts = [0]
        for terms in found:
            rows = np.array(sorted(self._row[t] for t in terms if t in self._row), dtype=np.intp)
            columns.append(rows)
            values.append(block_scaled(self.idf[rows], self._block[rows], self.strength))
            starts.append(starts[-1] + len(rows))
        shape = (len(found), len(self.vocabulary))
        return csr_matrix((np.concatenate(values), np.concatenate(columns), starts), shape=shape)


def _regression(
    matrix: Any, targets: NDArray[np.intp], weights: NDArray[np.float64], classes: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients (features x classes) and bias; a class without examples is never chosen."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.naive_bayes import ComplementNB  # noqa: PLC0415

    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=400, tol=1e-4, random_state=seed)
    regression.fit(matrix, targets, sample_weight=weights)
    bayes = ComplementNB(alpha=BAYES_SMOOTHING).fit(matrix, targets, sample_weight=weights)
    evidence = bayes.feature_log_prob_.T
    evidence = evidence - evidence.mean(axis=1, keepdims=True)
    coefficients = np.zeros((matrix.shape[1], classes))
    bias = np.full(classes, -20.0)
    coefficients[:, regression.classes_] = regression.coef_.T + BAYES_SHARE * evidence
    bias[regression.classes_] = regression.intercept_
    return coefficients, bias


def _temperature(
    matrix: Any, targets: NDArray[np.intp], weights: NDArray[np.float64], classes: int, seed: int
) -> float:
    """The temperature under which sentences left out of fitting get honest probabilities."""
    order = list(range(matrix.shape[0]))
    random.Random(seed).shuffle(order)  # noqa: S311 - folds, not secrets
    whole = weights >= 1.0
    scores = np.zeros((matrix.shape[0], classes))
    for fold in range(_FOLDS):
        out = np.array(order[fold::_FOLDS])
        kept = np.setdiff1d(np.arange(matrix.shape[0]), out)
        coefficients, bias = _regression(matrix[kept], targets[kept], weights[kept], classes, seed)
        scores[out] = matrix[out] @ coefficients + bias
    grid = np.linspace(0.3, 2.0, 69)
    losses = [_loss(scores[whole] / t, targets[whole]) for t in grid]
    return float(grid[int(np.argmin(losses))])


def _loss(scores: NDArray[np.float64], targets: NDArray[np.intp]) -> float:
    chosen = softmax(scores)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())
