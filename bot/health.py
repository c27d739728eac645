"""Whether the process can take a message."""

from __future__ import annotations


class Health:
    """A list of parts that must be ready; each reports when it is."""

    def __init__(self, *parts: str) -> None:
        self._missing = dict.fromkeys(parts)

    def ready(self, part: str) -> None:
        """Note that a part is ready. Raises KeyError for one that nobody waits for twice."""
        self._missing.pop(part, None)

    def missing(self) -> list[str]:
        """Parts that are not ready yet."""
        return list(self._missing)
