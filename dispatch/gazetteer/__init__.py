"""Addresses: which courtyard a written address, a sentence or a location pin means."""

from dispatch.gazetteer.gazetteer import Gazetteer, Match
from dispatch.gazetteer.tree import Doorway

__all__ = ["Doorway", "Gazetteer", "Match"]
