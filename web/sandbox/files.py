"""Files of the sandbox: kept whole, served only by names that cannot be guessed."""

from __future__ import annotations

import contextlib
import mimetypes
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from web.sandbox.errors import bad_request
from web.sandbox.store import Store

MAX_DOWNLOAD = 20 * 1024 * 1024  # bytes a bot may download: Bot API, getFile
_PREFIX = {
    "photo": "AgACAgUAAxkB",
    "voice": "AwACAgUAAxkB",
    "document": "BQACAgUAAxkB",
    "video": "BAACAgUAAxkB",
    "sticker": "CAACAgUAAxkB",
    "audio": "CQACAgUAAxkB",
}
_FOLDER = {"photo": "photos", "voice": "voice", "video": "videos", "sticker": "stickers"}


@dataclass(slots=True)
class StoredFile:
    """What is known of one file; its bytes are kept apart."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    mime: str
    size: int
    facts: dict[str, Any] = field(default_factory=dict)  # width, height, duration…

    @property
    def path(self) -> str:
        """The `file_path` of getFile: as hard to guess as the file_id."""
        suffix = mimetypes.guess_extension(self.mime) or Path(self.name).suffix or ".bin"
        if self.mime == "audio/ogg":
            suffix = ".oga"
        folder = _FOLDER.get(self.kind, "documents")
        return f"{folder}/file_{self.file_id[len(_PREFIX['photo']) :]}{suffix}"

    def object(self) -> dict[str, Any]:
        """Return the fields that every Bot API file object has."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }


class FileStore:
    """All files, by file_id and by path; bytes in a folder, or in memory."""

    def __init__(self, store: Store, folder: Path | None) -> None:
        self._store = store
        self._folder = folder
        self._files: dict[str, StoredFile] = {}
        self._paths: dict[str, StoredFile] = {}
        self._photos: dict[str, list[StoredFile]] = {}
        self._memory: dict[str, bytes] = {}

    def load(self) -> None:
        """Read the catalogue of files from the store."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        for (body,) in self._store.read("SELECT body FROM files"):
            self._remember(StoredFile(**orjson.loads(body)))

    def _remember(self, file: StoredFile) -> None:
        self._files[file.file_id] = file
        self._paths[file.path] = file
        if photo := file.facts.get("photo"):
            self._photos.setdefault(photo, []).append(file)

    def photo(self, file: StoredFile) -> list[StoredFile]:
        """Return all sizes of the photo that this file is one of, smallest first."""
        return self._photos[file.facts["photo"]]

    def add(self, kind: str, data: bytes, name: str, mime: str, **facts: Any) -> StoredFile:
        """Keep a file and return what is known of it."""
        file = StoredFile(
            file_id=_PREFIX[kind] + secrets.token_urlsafe(30),
            unique_id="AQAD" + secrets.token_urlsafe(9),
            kind=kind,
            name=name,
            mime=mime,
            size=len(data),
            facts=facts,
        )
        if self._folder is None:
            self._memory[file.file_id] = data
        else:
            (self._folder / file.file_id).write_bytes(data)
        self._remember(file)
        self._store.write(
            "INSERT INTO files VALUES (?, ?)", (file.file_id, orjson.dumps(asdict(file)))
        )
        return file

    def get(self, file_id: str) -> StoredFile:
        """Return a file by its id.

        Raises:
            ApiError: 400 as Telegram answers to an id it never gave.
        """
        try:
            return self._files[file_id]
        except KeyError:
            raise bad_request(
                "failed to get HTTP URL content"  # the sandbox fetches no address
                if file_id.startswith(("http://", "https://"))
                else "wrong remote file identifier specified: Wrong string length"
            ) from None

    def by_path(self, path: str) -> StoredFile | None:
        """Return the file that getFile gave this path, if any."""
        return self._paths.get(path)

    def read(self, file: StoredFile) -> bytes:
        """Return the bytes of a file."""
        if self._folder is None:
            return self._memory[file.file_id]
        return (self._folder / file.file_id).read_bytes()

    def clear(self) -> None:
        """Forget all files and delete their bytes."""
        if self._folder is not None:
            for file_id in self._files:
                with contextlib.suppress(FileNotFoundError):
                    (self._folder / file_id).unlink()
        self._files.clear()
        self._paths.clear()
        self._photos.clear()
        self._memory.clear()
