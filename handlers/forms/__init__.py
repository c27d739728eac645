"""Forms: one question at a time, each answered with a button or in words.

`form` registers one, `begin` asks its first question. A form that is open survives commands and
restarts: `show_again` repeats its question.
"""

from handlers.forms import router as _router
from handlers.forms.engine import begin, show_again, unfinished
from handlers.forms.model import Field, Form, Option, Values, form
from handlers.forms.quick import dates_ahead, moments_ahead

CONVERSATIONS = (_router.ROUTES,)

__all__ = [
    "CONVERSATIONS",
    "Field",
    "Form",
    "Option",
    "Values",
    "begin",
    "dates_ahead",
    "form",
    "moments_ahead",
    "show_again",
    "unfinished",
]
