"""Where the program's own files are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds config.toml, data/, templates/ and migrations/."""

TRIAGE_MODEL = ROOT / "data" / "triage" / "model.npz"
"""The trained triage model that ships with the program."""
