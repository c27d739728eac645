"""Conversations of staff: duty, queue, ticket cards and their actions, desk, posts.

`CONVERSATIONS` go into the switchboard; `LOOSE` belongs before the residents' handlers in the
catch-all; `show_again` repeats the question of an action that was left open.
"""

from handlers.staff import actions, behalf, card, desk, dialogue, duty, loose, posts, queue
from handlers.turn import Turn

CONVERSATIONS = (
    duty.ROUTES,
    queue.ROUTES,
    card.ROUTES,
    actions.ROUTES,
    desk.ROUTES,
    behalf.ROUTES,
    posts.ROUTES,
)
LOOSE = loose.router


async def show_again(turn: Turn) -> bool:
    """Repeat the open question, if a staff conversation has one; False otherwise."""
    return await behalf.show_again(turn) or await dialogue.show_again(turn)
