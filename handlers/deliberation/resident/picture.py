"""The picture of the opinion groups, with plain sentences."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from aiogram.types import BufferedInputFile

from handlers.deliberation.resident.parts import board, short
from handlers.deliberation.views import screen
from handlers.keyboards import discuss as buttons
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from opinions.picture import MIN_GROUPED, Picture
from workflows.deliberation.board.opinions import read_opinions
from workflows.deliberation.pictures import picture_of
from workflows.deliberation.summary import summary_of

SENTENCES = 3
"""At most so many opinions are named for each thing that is said."""
WORDS = 90


@screen("picture")
async def picture(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The drawing as a photo of its own; below it which groups there are and where they meet."""
    row = await picture_of(turn.work, deliberation.key)
    summary = await summary_of(turn.work, turn.person, deliberation)
    said, _lines = await read_opinions(turn.work, deliberation)
    found = Picture.from_json(row.data) if row is not None and row.data else None
    if row is not None and row.png:
        await turn.unbutton()
        name = turn.t.label("discuss.picture_file", number=deliberation.number)
        await turn.bot.send_photo(
            turn.person.id, BufferedInputFile(base64.b64decode(row.png), filename=name)
        )
    await turn.show(
        turn.t(
            "discuss/picture",
            d=deliberation,
            voices=said.voices,
            needed=MIN_GROUPED,
            facts=facts(found, said.texts) if found is not None else None,
            mine=summary.group,
            board=board(turn, deliberation),
        ),
        buttons.only_back(turn.t, deliberation.key),
    )


def facts(picture: Picture, texts: Mapping[int, str]) -> dict[str, Any]:
    """What the sentences need: groups with what is typical of each, what unites, what divides."""
    groups = [
        {
            "label": group.label,
            "size": group.size,
            "typical": [
                {
                    "text": short(texts[one.opinion], WORDS),
                    "agrees": one.agrees,
                    "percent": round(100 * one.share),
                }
                for one in group.representative
                if one.opinion in texts
            ][:SENTENCES],
        }
        for group in picture.groups
    ]
    shared = [
        {"text": short(texts[one.opinion], WORDS), "agree": one.agree}
        for one in picture.consensus
        if one.opinion in texts
    ]
    return {
        "verdict": picture.verdict,
        "participants": picture.participants,
        "groups": groups,
        "shared": shared[:SENTENCES],
        "divisive": [short(texts[i], WORDS) for i in picture.divisive if i in texts][:SENTENCES],
    }
