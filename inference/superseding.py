"""Owns telling what a later message took back: a time in a sentence, a quantity in a message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from inference.cues import find_cues
from inference.injection import gives_orders
from inference.quantities import find_clocks, find_weekdays
from inference.words import find_terms, list_words

_REACH_MESSAGES = 5
"""A correction comes at most so many messages after what it corrects."""

_REACH_ON_TOPIC_MESSAGES = 12
"""The same, where both messages share a word or the correction repeats what it takes back."""

_HALF_DAY_MIN = 12 * 60
_AMOUNT = re.compile(
    r"(?P<sign>[£$€])?(?<![\d.,:/])(?P<number>\d+(?:[.,]\d+)*)(?![\d:/])"
    r"\s?(?P<unit>%|k\b|kg\b|kr\b|quid\b|euros?\b|만|천|원|유로|달러)?",
    re.IGNORECASE,
)
_BARE_CLOCK = re.compile(
    r"\b(?:at|by|from|till|until) (?P<hour>1[0-2]|[1-9])(?:\.(?P<minute>[0-5]\d))?"
    r"(?![\d:./]|\s?[%k])",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,2}/\d{1,2}(?!\d)|(?<!\d)\d{1,2}(?=일(?!\w)|st\b|nd\b|rd\b|th\b)")
_NOT_A_DAY = re.compile(r"\d\s?[월일]|(?<=[가-힣])(?<!요)[월화수목금토일](?!요일|욜)")
"""What a loose reading takes for a weekday: "12일", "3월", 지금."""

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DENIED = re.compile(
    r"\b(?:not|instead of|rather than|no longer) (?:at |on |the )?(?P<after>\S{1,20})"
    r"|(?P<before>\S{1,20}?)\s?(?:말고|아니고|아니라|아님|대신)",
    re.IGNORECASE,
)
_UNITS = list_words("am pm k kg kr quid euro 시 분 월 일 만 천 원 유로 달러 오전 오후")
"""Terms that two messages share without being about the same."""

# A sentence with one of these tells of the change, and may name the old time.
_TELLS_OF_CHANGE = re.compile(
    r"\b(?:instead|moved?|not|from|rather|changed?|no longer|after|previously|earlier|cancel\w*|but"
    r"|until|or)\b|바뀌|바꾸|변경|대신|에서|아니|않|취소|미뤄|당겨|옮|연기|못|하나",
    re.IGNORECASE,
)


class Timeline:
    """The times, days and sums of one chat, message by message."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = tuple(texts)
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

    def find_correction(self, position: int) -> int | None:
        """Position of the first later message that takes back a quantity of this one, or None.

        Quantities are times of day, weekdays, dates and sums. A correction is a message that
        denies the quantity ("not 75"), or one with a word of correction and another quantity of
        the kind, about the same, going by a shared word or, for times, by following at once.
        """
        last = position + _REACH_ON_TOPIC_MESSAGES
        found = (i for i in self._corrections if position < i <= last)
        return next((i for i in found if self._takes_back(i, position)), None)

    @cached_property
    def _corrections(self) -> dict[int, frozenset[object]]:
        """Positions of the messages that take something back, with what they deny, in order."""
        found = {}
        for i, (text, corrects) in enumerate(zip(self._texts, self._corrects, strict=True)):
            denied = _find_denied(text)
            is_asked_or_ordered = text.rstrip().endswith("?") or gives_orders(text)
            if (denied or corrects) and not is_asked_or_ordered:
                found[i] = denied
        return found

    def _takes_back(self, later: int, earlier: int) -> bool:
        new, old = self._texts[later], self._texts[earlier]
        if denied := self._corrections[later]:
            said = _find_values(old)
            # Who has both named a choice; only one of them was taken back, maybe by one person.
            has_both = bool(_find_values(new) - denied) and _find_values(new) <= said
            return not denied.isdisjoint(said) and not has_both
        kinds = _find_changed_kinds(_find_quantities(old), _find_quantities(new))
        follows = later == earlier + 1 and "clock" in kinds
        return bool(kinds) and (follows or bool(_find_topic(old) & _find_topic(new)))


def _find_quantities(text: str) -> dict[str, set[object]]:
    """Times, days, dates and sums by kind; a sum's kind is its unit."""
    bare = [
        (int(match["hour"]) * 60 + int(match["minute"] or 0)) % _HALF_DAY_MIN
        for match in _BARE_CLOCK.finditer(text)
    ]
    found: dict[str, set[object]] = {
        "clock": {*find_clocks(text), *bare},
        "day": set(find_weekdays(_NOT_A_DAY.sub(" ", text), loosely=True)),
        "date": set(_DATE.findall(text)),
    }
    for match in _AMOUNT.finditer(text.lower()):
        if unit := match["sign"] or match["unit"]:
            found.setdefault(unit, set()).add(match["number"])
    return found


def _find_changed_kinds(
    old: Mapping[str, set[object]], new: Mapping[str, set[object]]
) -> frozenset[str]:
    """Of the kinds that both have, those in which each has what the other lacks."""
    return frozenset(
        kind for kind in old.keys() & new.keys() if old[kind] - new[kind] and new[kind] - old[kind]
    )


def _find_denied(text: str) -> frozenset[object]:
    """The numbers and weekdays that a text says no longer hold."""
    denied = [match["after"] or match["before"] for match in _DENIED.finditer(text)]
    return _find_values(" ".join(denied))


def _find_values(text: str) -> frozenset[object]:
    days = find_weekdays(_NOT_A_DAY.sub(" ", text), loosely=True)
    return frozenset(_NUMBER.findall(text)) | days


def _find_topic(text: str) -> frozenset[str]:
    return frozenset(t for t in find_terms(text) if not t[0].isdigit()) - _UNITS
