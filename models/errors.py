"""Domain errors. One place (`handlers.errors`) maps each to a friendly template by its `key`."""

from __future__ import annotations


class DomainError(Exception):
    """Something a person may not or cannot do. `key` names the template; the detail is logged."""

    key = "unexpected"

    def __init__(self, detail: str = "", **context: object) -> None:
        super().__init__(detail)
        self.context = context


class NotFound(DomainError):
    """No such thing, or none that this person may see: both read the same."""

    key = "not_found"


class ActionNotAllowed(DomainError):
    """The person may not do this; reads like `NotFound` so that existence is not revealed."""

    key = "not_found"


class ActionNotPossible(DomainError):
    """Allowed in general, but not as the ticket stands now."""

    key = "not_possible_now"

    def __init__(self, action: str, state: str) -> None:
        super().__init__(f"{action} from {state}", action=action, state=state)


class AlreadyTaken(DomainError):
    """Somebody else accepted first; `name` and `title` tell who."""

    key = "already_taken"


class StaleButton(DomainError):
    """The ticket moved on since the button was drawn."""

    key = "stale_button"


class TooSoon(DomainError):
    """A limit on how often; `again_at` (UTC) tells when it is possible again."""

    key = "too_soon"


class TooLate(DomainError):
    """A window (to reopen, to rate) has closed."""

    key = "too_late"


class InvalidInput(DomainError):
    """Something typed or sent does not fit; `reason` names the template of the hint."""

    key = "invalid_input"


class NotReady(DomainError):
    """A deliberation cannot move on yet; `reason` names what is missing."""

    key = "not_ready"


class NotEligible(DomainError):
    """The person may not take part in this part of a deliberation; `reason` tells why."""

    key = "not_eligible"


class StaleWrite(Exception):
    """A lease was lost or a row changed underneath: the transaction must be rolled back."""
