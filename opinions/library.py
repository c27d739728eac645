"""The parts of red-dwarf that are used, imported in one place.

Its data models (which we do not use) declare a field in a way pydantic warns of; only that
warning, and only during the import, is silenced. Importing this takes seconds and about 200 MB.
"""

import warnings

from pydantic.warnings import UnsupportedFieldAttributeWarning

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)
    from reddwarf.utils import stats
    from reddwarf.utils.reducer.base import run_reducer

__all__ = ["run_reducer", "stats"]
