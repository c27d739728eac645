"""The trained model as it is stored and read: numpy only."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from dispatch.triage.features import BLOCKS

_FORMAT = 1


class ModelError(ValueError):
    """The file is not a triage model of this version."""


@dataclass(frozen=True, slots=True)
class Model:
    """Multinomial logistic regression over weighted features.

    `weights` has a row for each feature and a column for each code, as whole numbers times
    `scale` (one for each code); `idf` weighs a feature within its block, `strength` the blocks.
    """

    codes: tuple[str, ...]
    vocabulary: tuple[str, ...]
    idf: NDArray[np.float32]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    strength: NDArray[np.float32]
    temperature: float
    _index: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    _block: NDArray[np.int8] = field(
        default_factory=lambda: np.zeros(0, dtype=np.int8), repr=False, compare=False
    )

    def __post_init__(self) -> None:
        self._index.update((term, row) for row, term in enumerate(self.vocabulary))
        blocks = np.array([BLOCKS.index(term[0]) for term in self.vocabulary], dtype=np.int8)
        object.__setattr__(self, "_block", blocks)

    def logits(self, found: Iterable[str]) -> NDArray[np.float64]:
        """Scores of all codes, in the order of `codes`, before the temperature."""
        known = (self._index.get(term) for term in found)
        rows = np.array(sorted(row for row in known if row is not None), dtype=np.intp)
        values = block_scaled(self.idf[rows], self._block[rows], self.strength)
        scores: NDArray[np.float64] = values @ self.weights[rows].astype(np.float64)
        return scores * self.scale + self.bias

    def probabilities(self, found: Iterable[str]) -> NDArray[np.float64]:
        """Calibrated probabilities in the order of `codes`; they sum to 1."""
        return softmax(self.logits(found) / self.temperature)


def block_scaled(
    idf: NDArray[np.float32], block: NDArray[np.int8], strength: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Values of one sentence's features: each block brought to the length of its strength."""
    squares = np.bincount(block, weights=idf.astype(np.float64) ** 2, minlength=len(BLOCKS))
    factors = strength / np.sqrt(np.maximum(squares, 1e-12))
    values: NDArray[np.float64] = idf * factors[block]
    return values


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities over the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def quantised(weights: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights as whole numbers from -127 to 127 and the scale of each column."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    return np.rint(weights / scale).astype(np.int8), scale.astype(np.float32)


def save_model(model: Model, path: Path) -> None:
    """Write the model beside `path` and move it there, so a reader never sees half of it."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        format=np.array(_FORMAT),
        codes=_packed(model.codes),
        vocabulary=_packed(model.vocabulary),
        idf=model.idf.astype(np.float16),
        weights=model.weights,
        scale=model.scale,
        bias=model.bias,
        strength=model.strength,
        temperature=np.array(model.temperature),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".new")
    scratch.write_bytes(buffer.getvalue())
    scratch.replace(path)


def load_model(path: Path) -> Model:
    """Read a model. Raises `ModelError` for another format, `OSError` for a missing file."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            if int(stored["format"]) != _FORMAT:
                raise ModelError(f"{path.name}: format {int(stored['format'])}, not {_FORMAT}")
            return Model(
                codes=_unpacked(stored["codes"]),
                vocabulary=_unpacked(stored["vocabulary"]),
                idf=stored["idf"].astype(np.float32),
                weights=stored["weights"],
                scale=stored["scale"],
                bias=stored["bias"],
                strength=stored["strength"],
                temperature=float(stored["temperature"]),
            )
    except (KeyError, ValueError, EOFError, BadZipFile) as error:
        raise ModelError(f"{path.name} is not a triage model: {error}") from error


def _packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _unpacked(stored: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(stored.tobytes().decode().split("\n"))
