"""Owns what speaks for and against that a message leaves somebody something to do; weighs nothing.

A duty is a pair of message and person: the sender of "I'll bring it", whom "Sam, can you" names,
the other one of a direct chat, who says "ok" to a request. What is noticed of a pair has a name
and a value; `inference.todos` weighs them by a table fitted to the corpus.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from inference.cleaning import flatten_text
from inference.cues import find_cues, is_assent, is_small_talk
from inference.injection import find_orders
from inference.interface import Chat
from inference.quantities import has_link
from inference.words import find_terms, has_hangul, list_words, stem_word

REPLY_MESSAGES = 3
"""A reply comes at most so many messages after what it replies to."""

_LONG_CHARS = 120
_MERE_ASSENT_CHARS = 9
"""As in "네 알겠습니다"; what is longer tells something of its own."""
_LONGEST_CHAT_MESSAGES = 40
_MOST_PEOPLE = 6
_MOST_PROMISES = 4
_CHAT_CUES = ("request", "promise", "date", "question")
_PLACEHOLDER = re.compile(r"\([^()]{1,12}\)")
"""What exports write in place of a picture or a file."""

_TITLES = list_words(
    """mr mrs ms dr prof fr sir coach boss manager nurse uncle aunt auntie team lead chef captain
    the of and"""
)
_NAME_WORD = re.compile(r"[^\W_]+")
_FULL_NAME_KO = re.compile(r"[가-힣]{3}")
_TOKEN = re.compile(r"<[pn]>[가-힣]*|[a-z]+(?:'[a-z]+)?|\d+|[가-힣]+|[ㄱ-ㅎㅏ-ㅣ]+|[^\s\w.,;\"']")
_ASKS_ANYONE = re.compile(
    r"\bwho\b|anyone|someone|누가|누구|하실 분|계신|있으신|사람", re.IGNORECASE
)
_OWN_DUTY = re.compile(r"\bi (?:have|need|must|got) |\b나는|\b저는|\b제가|\b내가")
"""The sender speaks of what the sender has to do: no request, whatever words it shares with one."""

_SECOND_PERSON = re.compile(r"\b(?:you|u|your)\b")


@dataclass(frozen=True, slots=True)
class Duty:
    """A person who may have to do something by a message, and what is noticed about it."""

    position: int
    """Of the message in the chat."""

    who: str
    """As the person appears in the chat."""

    said_at: int
    """Position of the message that says what is to be done: another where this only accepts."""

    features: dict[str, float]
    """By name; what is absent is 0. Words are under `own | word` and `asked | word`."""

    is_done: bool
    """Whether the person says afterwards that it is done."""

    @property
    def positions(self) -> tuple[int, ...]:
        """Of all messages behind it, in chat order."""
        return tuple(sorted({self.position, self.said_at}))


@dataclass(frozen=True, slots=True)
class _Pair:
    """A message and a person to whom it may leave something to do."""

    position: int
    who: str
    role: str
    """How the person stands to the message: own, named, direct or replying."""

    text: str
    """The message in lower case with names marked."""


class _Thread:
    """A chat's messages with what is asked of each more than once."""

    def __init__(self, chat: Chat) -> None:
        self.me = chat.me
        self.senders = [chat.me if m.is_me and chat.me else m.sender for m in chat.messages]
        self.people = tuple(dict.fromkeys(who for who in (*self.senders, chat.me) if who))
        self.is_pair = chat.kind == "direct" and len(self.people) == 2
        self.texts = [
            flatten_text(m.text) if m.kind == "text" and not _PLACEHOLDER.fullmatch(m.text) else ""
            for m in chat.messages
        ]
        self.plain = [text.casefold().replace("’", "'") for text in self.texts]
        self.cues = [_find_all_cues(text) for text in self.texts]
        self.terms = [find_terms(text) for text in self.texts]
        self.corrections = self._list_positions("correction")
        self.reports = self._list_positions("done")
        self.last_warning = max(self._list_positions("warning"), default=-1)
        self.orders = find_orders(chat.messages)
        self.habits = _notice_chat(self.senders, self.cues)
        self._callings = _compile_callings(self.people)
        self._called = [
            [who for who, calling in self._callings.items() if calling.search(text)]
            for text in self.plain
        ]

    def _list_positions(self, cue: str) -> list[int]:
        return [position for position, cues in enumerate(self.cues) if cue in cues]

    def mark_names(self, position: int, who: str) -> str:
        """A message in lower case with `<p>` for the person's name and `<n>` for the others'."""
        text = self.plain[position]
        for person in sorted(self._called[position], key=lambda person: person != who):
            text = self._callings[person].sub(" <p>" if person == who else " <n>", text)
        return text

    def is_mere_assent(self, position: int) -> bool:
        """Whether a message tells nothing but that its sender agrees."""
        text = self.texts[position]
        is_short = is_assent(text) and len(text) <= _MERE_ASSENT_CHARS
        return is_short or is_small_talk(text) or not self.terms[position]

    def list_reports(self, pair: _Pair) -> list[int]:
        """The person's later messages that tell of something done."""
        return [i for i in self.reports if i > pair.position and self.senders[i] == pair.who]

    def find_next(self, position: int, who: str) -> int | None:
        """The person's first message soon after."""
        reach = range(position + 1, min(len(self.senders), position + 1 + REPLY_MESSAGES))
        return next((i for i in reach if self.senders[i] == who), None)

    def find_before(self, position: int, *, by: str = "", but_by: str = "") -> int | None:
        """The newest of the two messages before it that `by` sent, or that `but_by` did not."""
        reach = range(position - 1, max(-1, position - 3), -1)
        return next(
            (i for i in reach if (self.senders[i] == by if by else self.senders[i] != but_by)), None
        )


def find_duties(chat: Chat) -> list[Duty]:
    """Every pair of unread message and person worth weighing, in chat order.

    None by a message that gives orders to a summariser.
    """
    thread = _Thread(chat)
    return [
        duty
        for position, message in enumerate(chat.messages)
        if not message.is_context and thread.texts[position] and position not in thread.orders
        for duty in _duties_by(thread, position)
    ]


def list_words_noticed(text: str) -> Iterator[str]:
    """The words, pairs of words and endings of a text in which names are marked, some twice."""
    words = ["0" if token.isdigit() else token for token in _TOKEN.findall(text)]
    if not words:
        return
    yield from words
    yield f"^ {words[0]}"
    yield f"{words[-1]} $"
    yield from (f"{a} {b}" for a, b in pairwise(words))
    yield from (f"stem {stem_word(word)}" for word in words if word.isascii() and word.isalpha())
    korean = [word for word in words if has_hangul(word)]
    for word in korean:
        yield from (f"~{word[-n:]}" for n in (1, 2, 3) if len(word) > n)
        if len(word) > 2:
            yield f"{word[:2]}~"
    if korean:
        yield from (f"~{korean[-1][-n:]} $" for n in (1, 2, 3))


def _duties_by(thread: _Thread, position: int) -> Iterator[Duty]:
    for who in thread.people:
        text = thread.mark_names(position, who)
        role = _find_role(thread, position, who, text)
        if role:
            pair = _Pair(position, who, role, text)
            said_at = _find_saying(thread, pair)
            if said_at is None:
                continue
            side = "own" if role == "own" else "asked"
            noticed = {
                f"role {role}": 1.0,
                **_notice_message(thread, pair),
                **(_notice_own if role == "own" else _notice_asked)(thread, pair),
                **_notice_later(thread, pair),
                **thread.habits[who],
            }
            features = {f"{side}: {name}": float(value) for name, value in noticed.items() if value}
            features |= {f"{side} | {word}": 1.0 for word in list_words_noticed(text)}
            yield Duty(position, who, said_at, features, _is_done(thread, pair))


def _find_role(thread: _Thread, position: int, who: str, text: str) -> str:
    """As `_Pair.role`; "" where nothing can be left to the person by the message."""
    if thread.senders[position] == who:
        return "own"
    if "<p>" in text:
        return "named"
    if thread.is_pair and (_SECOND_PERSON.search(text) or not _OWN_DUTY.search(text)):
        return "direct"
    reply = thread.find_next(position, who)
    if reply is not None and reply <= position + 2 and thread.cues[reply] & {"assent", "promise"}:
        return "replying"
    return ""


def _find_saying(thread: _Thread, pair: _Pair) -> int | None:
    """As `Duty.said_at`; None where nothing is said, and where somebody is only greeted."""
    if not thread.is_mere_assent(pair.position):
        return pair.position
    said_at = thread.find_before(pair.position, but_by=pair.who) if pair.role == "own" else None
    # "nice" to somebody else's promise takes nothing on.
    return None if said_at is not None and "promise" in thread.cues[said_at] else said_at


def _is_done(thread: _Thread, pair: _Pair) -> bool:
    """The person reports, in reply or about the same thing, and promises nothing with it."""
    reply = thread.find_next(pair.position, pair.who)
    return any(
        (i == reply or thread.terms[i] & thread.terms[pair.position])
        and not thread.cues[i] & {"promise", "question"}
        for i in thread.list_reports(pair)
    )


def _notice_message(thread: _Thread, pair: _Pair) -> dict[str, float]:
    message = thread.texts[pair.position]
    return {
        **dict.fromkeys(thread.cues[pair.position], 1.0),
        "small talk": is_small_talk(message),
        "length": min(len(message), _LONG_CHARS) / _LONG_CHARS,
        "number": any(char.isdigit() for char in message),
        "link": has_link(message),
        "others named": "<n>" in pair.text,
        "group": len(thread.people) > 2,
        "position": pair.position / max(len(thread.senders) - 1, 1),
        "first": pair.position == 0,
        "last": pair.position == len(thread.senders) - 1,
    }


def _notice_own(thread: _Thread, pair: _Pair) -> dict[str, float]:
    cues = thread.cues[pair.position]
    found: dict[str, float] = {
        "owner": pair.who == thread.me,
        "promise with date": {"promise", "date"} <= cues,
        "promise with question": {"promise", "question"} <= cues,
    }
    before = thread.find_before(pair.position, but_by=pair.who)
    if before is not None:
        for cue in ("request", "question", "promise", "date"):
            found[f"after {cue}"] = cue in thread.cues[before]
        found["after being named"] = "<p>" in thread.mark_names(before, pair.who)
        found["after asking anyone"] = bool(_ASKS_ANYONE.search(thread.plain[before]))
    reach = range(pair.position + 1, min(len(thread.senders), pair.position + REPLY_MESSAGES))
    reply = next((i for i in reach if thread.senders[i] != pair.who), None)
    if reply is not None:
        for cue in ("assent", "refusal", "thanks", "cancel", "question"):
            found[f"then {cue}"] = cue in thread.cues[reply]
    return found


def _notice_asked(thread: _Thread, pair: _Pair) -> dict[str, float]:
    cues = thread.cues[pair.position]
    found: dict[str, float] = {
        **{f"{pair.role} {cue}": 1.0 for cue in cues},
        "owner": pair.who == thread.me,
        "you": bool(_SECOND_PERSON.search(pair.text)),
        "begins with name": bool(re.match(r"\W*<p>", pair.text)),
    }
    reply = thread.find_next(pair.position, pair.who)
    if reply is not None:
        found["replied"] = 1.0
        found["assent at once"] = reply == pair.position + 1 and "assent" in thread.cues[reply]
        found["request with assent"] = "request" in cues and "assent" in thread.cues[reply]
        for cue in ("assent", "promise", "refusal", "question"):
            found[f"then {cue}"] = cue in thread.cues[reply]
    before = thread.find_before(pair.position, by=pair.who)
    if before is not None:
        found["after speaking"] = 1.0
        for cue in ("promise", "question"):
            found[f"after {cue}"] = cue in thread.cues[before]
    next_senders = thread.senders[pair.position + 1 : pair.position + 2]
    found["somebody else replies"] = bool(
        {*next_senders} - {pair.who, thread.senders[pair.position]}
    )
    return found


def _notice_later(thread: _Thread, pair: _Pair) -> dict[str, float]:
    terms = thread.terms[pair.position]
    reports = thread.list_reports(pair)
    reach = range(pair.position + 1, pair.position + 1 + REPLY_MESSAGES)
    return {
        "done soon": thread.find_next(pair.position, pair.who) in reports,
        "done later": any(thread.terms[i] & terms for i in reports),
        "corrected": any(i > pair.position and thread.terms[i] & terms for i in thread.corrections),
        "cancelled": any("cancel" in cues for cues in thread.cues[reach.start : reach.stop]),
        "warned of": pair.position < thread.last_warning,
    }


def _notice_chat(
    senders: Sequence[str], cues: Sequence[frozenset[str]]
) -> defaultdict[str, dict[str, float]]:
    """What is the same for all duties of a person, by person; also of one who wrote nothing."""
    n_messages = max(len(senders), 1)
    n_written = Counter(senders)
    promises = Counter(who for who, found in zip(senders, cues, strict=True) if "promise" in found)
    common = {
        **{f"chat {cue}": sum(cue in found for found in cues) / n_messages for cue in _CHAT_CUES},
        "chat length": min(len(senders), _LONGEST_CHAT_MESSAGES) / _LONGEST_CHAT_MESSAGES,
        "people": min(len(n_written), _MOST_PEOPLE) / _MOST_PEOPLE,
    }
    habits: defaultdict[str, dict[str, float]] = defaultdict(common.copy)
    for who, n_own in n_written.items():
        habits[who] |= {
            "share of the chat": n_own / n_messages,
            "promises of the person": min(promises[who], _MOST_PROMISES) / _MOST_PROMISES,
        }
    return habits


def _find_all_cues(text: str) -> frozenset[str]:
    return find_cues(text) | ({"assent"} if is_assent(text) else set())


def _compile_callings(people: Sequence[str]) -> dict[str, re.Pattern[str]]:
    """What each person is called by, without what fits several; a person may have nothing."""
    found = {person: set(_list_callings(person)) for person in people}
    counts = Counter(calling for callings in found.values() for calling in callings)
    patterns = {}
    for person, callings in found.items():
        own = sorted((c for c in callings if counts[c] == 1), key=lambda c: (-len(c), c))
        if own:
            forms = (re.escape(c) if has_hangul(c) else rf"\b{re.escape(c)}\b" for c in own)
            patterns[person] = re.compile("|".join(forms))
    return patterns


def _list_callings(person: str) -> Iterator[str]:
    """The whole name, its words that are no titles, and a Korean name without the family's."""
    for calling in (person.casefold(), *_NAME_WORD.findall(person.casefold())):
        if len(calling) > 1 and calling not in _TITLES:
            yield calling
        if _FULL_NAME_KO.fullmatch(calling):
            yield calling[1:]
