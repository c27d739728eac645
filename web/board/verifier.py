"""The page that checks a ballot box: the very file of docs/, which works without any server."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from models.errors import NotFound

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verify.html"
_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def verifier_page(path: Path = PAGE) -> tuple[str, str]:
    """The page and its content security policy.

    Only the scripts that are in the file run, and they may reach nothing: what somebody checks
    never leaves their browser.

    Raises NotFound when the file was not installed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise NotFound("the verifier is not installed") from None
    scripts = [f"'sha256-{_digest(script)}'" for script in _SCRIPT.findall(text)]
    allowed = " ".join(scripts or ["'none'"])
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text, policy


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
