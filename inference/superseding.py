"""Owns telling whether a later message took back a time that a sentence states."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inference.cues import find_cues
from inference.quantities import find_clocks, find_weekdays

_REACH_MESSAGES = 5
"""A correction comes at most so many messages after what it corrects."""

# A sentence with one of these tells of the change, and may name the old time.
_TELLS_OF_CHANGE = re.compile(
    r"\b(?:instead|moved?|not|from|rather|changed?|no longer|after|previously|earlier|cancel\w*|but"
    r"|until|or)\b|바뀌|바꾸|변경|대신|에서|아니|않|취소|미뤄|당겨|옮|연기|못|하나",
    re.IGNORECASE,
)


class Timeline:
    """The times of day and the weekdays of one chat, message by message."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._corrects = ["correction" in find_cues(text) for text in texts]
        self._times = [
            (find_clocks(text, loosely=True), find_weekdays(text, loosely=True)) for text in texts
        ]

    def is_superseded(self, sentence: str) -> bool:
        """Whether a time in `sentence` was replaced soon after it was last said.

        That is: a message with a word of correction names another time of the same kind, and
        the sentence neither has that one nor tells of a change.
        """
        if _TELLS_OF_CHANGE.search(sentence):
            return False
        stated = (find_clocks(sentence), find_weekdays(sentence))
        return any(
            self._is_replaced(time, kind, stated[kind]) for kind in (0, 1) for time in stated[kind]
        )

    def _is_replaced(self, time: object, kind: int, stated: frozenset[object]) -> bool:
        said = [i for i, times in enumerate(self._times) if time in times[kind]]
        if not said:
            return False
        later = range(said[-1] + 1, min(len(self._times), said[-1] + 1 + _REACH_MESSAGES))
        return any(
            self._corrects[i] and self._times[i][kind] and not self._times[i][kind] & stated
            for i in later
        )
