"""Owns what in a chat is a secret, and masks it before anything is summarised; it keeps nothing.

The forms lie in `secrets.toml`, each with its reason and examples. What is told of a chat is
made from the masked chat alone: neither the model nor a quotation can tell what it never had.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, Self

from inference.interface import Chat

SECRETS_FILE = "secrets.toml"

MASK = "••••"
"""Of the same length for every secret: not even that is told."""

_LEAST_REPEATED = 4
"""Shorter secrets are masked where they were told as such, and not wherever they stand."""

_LEAST_BITS = 4.0
"""Shannon entropy of a letter in random tokens; English words joined by hyphens have less."""

_LEAST_ODD = 20
"""Characters of a random token that are in no word or number of their own between its joints."""

_DIGIT = re.compile(r"\d")
_JOINTS = re.compile(r"[-_+/=]+")
_WORD = re.compile(r"[A-Za-z]?[a-z]*|[A-Z]+|\d+")

_FIGURES = re.compile(
    r"""
    \+?\d{1,3}[\ -]\d{1,4}[\ -]\d{3,4}(?:[\ -]\d{3,4})?  # phones
    | \+?\d{9,15} | 0\d{1,2}-?\d{3,4}-?\d{4} | 1[5-9]\d{2}-?\d{4}
    | \d{1,2}[:.]\d{2}(?:[ap]m)? | \d{1,2}[-~]\d{1,2} | [$€£₩]?\d{1,3}(?:,\d{3})+\S{0,3} | [$€£₩]\S+
    | (?:\d{2,4}[./-])?\d{1,2}[./-]\d{1,2}\.?               # days
    | (?:https?://|www\.)\S+ | \S+@\S+\.\S+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PHONE = re.compile(r"0\d{1,2}[ -]?\d{3,4}[ -]?\d{4}|1[5-9]\d{2}[ -]?\d{4}")
_DAY = re.compile(r"(?:19|20)\d{2}[ -](?:0?[1-9]|1[0-2])[ -](?:0?[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a text holds one."""

    pattern: str
    """The name of what found it: a pattern's, "answer" or "repeated"."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of secret: how it is written, and why it is masked."""

    name: str
    reason: str
    forms: tuple[re.Pattern[str], ...]
    passes: Callable[[str, int, int], bool]
    """Of a text and the place of what a form found in it: whether that is one indeed."""

    needs_digit: bool
    """True: a text without a digit holds none."""

    masks: tuple[str, ...]
    """Examples that hold one."""

    leaves: tuple[str, ...]
    """Examples that look alike and hold none."""

    def find(self, text: str) -> Iterator[Secret]:
        """In no order."""
        if self.needs_digit and not _DIGIT.search(text):
            return
        for form in self.forms:
            for match in form.finditer(text):
                start, end = match.span("secret")
                if self.passes(text, start, end):
                    yield Secret(self.name, start, end)


@dataclass(frozen=True, slots=True)
class Answers:
    """How people ask for a secret and how the bare answer looks."""

    name: str
    reason: str
    reach_messages: int
    asked: re.Pattern[str]
    answer: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is masked."""

    patterns: tuple[Pattern, ...]
    answers: Answers

    @classmethod
    def parse(cls, text: str) -> Self:
        """What a TOML document of the shape of `secrets.toml` describes."""
        tables = tomllib.loads(text)
        answers = tables["answers"]
        return cls(
            tuple(_parse_pattern(table) for table in tables["patterns"]),
            Answers(
                answers["name"],
                answers["reason"],
                answers["reach_messages"],
                _compile(answers["asked"]),
                _compile(answers["answer"]),
            ),
        )

    def find_in_text(self, text: str) -> tuple[Secret, ...]:
        """The secrets of a text that stands alone, in order, none in another."""
        found: list[Secret] = []
        for pattern in self.patterns:
            for secret in pattern.find(text):
                if not any(secret.start < f.end and f.start < secret.end for f in found):
                    found.append(secret)
        return tuple(sorted(found, key=lambda secret: secret.start))

    def find_in_chat(self, texts: Sequence[str]) -> list[tuple[Secret, ...]]:
        """The secrets of each text of a chat: also bare answers, and whatever repeats one.

        A secret without a digit is masked only where it was told as such: it may be a word.
        """
        found: list[tuple[Secret, ...]] = []
        left = 0
        for text in texts:
            secrets = self.find_in_text(text)
            if left and not secrets:
                secrets = self._find_answer(text)
            is_open = bool(secrets) or self.answers.asked.search(text)
            left = self.answers.reach_messages if is_open else max(left - 1, 0)
            found.append(secrets)
        repeated = _find_repeatable(texts, found)
        if repeated is None:
            return found
        return [
            _add_repeated(text, secrets, repeated)
            for text, secrets in zip(texts, found, strict=True)
        ]

    def _find_answer(self, text: str) -> tuple[Secret, ...]:
        """The secret that is all of a text, when it follows a question for one."""
        match = self.answers.answer.search(text)
        if match is None or not _is_no_figure(text, *match.span("secret")):
            return ()
        return (Secret(self.answers.name, *match.span("secret")),)


def mask_text(text: str) -> str:
    """A text that stands alone, its secrets masked."""
    return _mask(text, load_secrets().find_in_text(text))


def mask_chat(chat: Chat) -> Chat:
    """The chat with the secrets in its messages masked; names and the title stay what they are."""
    found = load_secrets().find_in_chat([message.text for message in chat.messages])
    if not any(found):
        return chat
    messages = tuple(
        replace(message, text=_mask(message.text, secrets)) if secrets else message
        for message, secrets in zip(chat.messages, found, strict=True)
    )
    return replace(chat, messages=messages)


@lru_cache(maxsize=1)
def load_secrets() -> Catalogue:
    """What ships with the program."""
    return Catalogue.parse((files("inference") / SECRETS_FILE).read_text(encoding="utf-8"))


def _parse_pattern(table: dict[str, Any]) -> Pattern:
    return Pattern(
        table["name"],
        table["reason"],
        tuple(map(_compile, table["forms"])),
        _CHECKS[table.get("check", "")],
        table.get("needs_digit", False),
        tuple(table["masks"]),
        tuple(table["leaves"]),
    )


def _compile(form: str) -> re.Pattern[str]:
    return re.compile(form, re.VERBOSE | re.IGNORECASE | re.MULTILINE)


def _mask(text: str, secrets: Sequence[Secret]) -> str:
    for secret in reversed(secrets):
        text = text[: secret.start] + MASK + text[secret.end :]
    return text


def _find_repeatable(
    texts: Sequence[str], found: Sequence[Sequence[Secret]]
) -> re.Pattern[str] | None:
    """Finds the secrets of a chat wherever else they stand; None where there are none."""
    written = {
        text[secret.start : secret.end].strip("#*")
        for text, secrets in zip(texts, found, strict=True)
        for secret in secrets
    }
    known = sorted(
        value for value in written if len(value) >= _LEAST_REPEATED and any(map(str.isdigit, value))
    )
    if not known:
        return None
    values = "|".join(map(re.escape, known))
    return re.compile(rf"(?<![A-Za-z0-9])(?<!\d[.,:-])(?:{values})(?![A-Za-z0-9]|[.,:-]\d)")


def _add_repeated(
    text: str, secrets: tuple[Secret, ...], repeated: re.Pattern[str]
) -> tuple[Secret, ...]:
    others = (Secret("repeated", *match.span()) for match in repeated.finditer(text))
    new = [o for o in others if not any(o.start < s.end and s.start < o.end for s in secrets)]
    return tuple(sorted((*secrets, *new), key=lambda secret: secret.start))


def _digits_of(text: str) -> list[int]:
    return [int(letter) for letter in text if letter.isdecimal()]


def _is_luhn(text: str, start: int, end: int) -> bool:
    """ISO/IEC 7812-1, annex B."""
    digits = _digits_of(text[start:end])[::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_iban(text: str, start: int, end: int) -> bool:
    """ISO 13616: the rearranged number leaves 1 when divided by 97."""
    letters = text[start:end].replace(" ", "")
    number = "".join(str(int(letter, 36)) for letter in letters[4:] + letters[:4])
    return int(number) % 97 == 1


def _is_registration(text: str, start: int, end: int) -> bool:
    """The check digit of numbers given out before October 2020; later ones have none."""
    digits = _digits_of(text[start:end])
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    weighed = sum(weight * digit for weight, digit in zip(weights, digits, strict=False))
    return (11 - weighed % 11) % 10 == digits[-1]


def _is_account(text: str, start: int, end: int) -> bool:
    """Digits enough for an account, and neither a phone number nor a day."""
    written = text[start:end]
    is_other = _PHONE.fullmatch(written) or _DAY.fullmatch(written)
    return len(_digits_of(written)) >= 6 and not is_other


def _is_random(text: str, start: int, end: int) -> bool:
    """Small and capital letters and digits mixed as no person mixes them, outside any link."""
    word = text[start:end]
    before = text[:start].rpartition(" ")[2].rpartition("\n")[2]
    if "://" in before or "www." in before:
        return False
    mixed = all(any(map(test, word)) for test in (str.islower, str.isupper, str.isdigit))
    odd = (part for part in _JOINTS.split(word) if not _WORD.fullmatch(part))
    mixed = mixed and sum(map(len, odd)) >= _LEAST_ODD
    shares = (count / len(word) for count in Counter(word).values())
    return mixed and -sum(share * math.log2(share) for share in shares) >= _LEAST_BITS


def _is_no_figure(text: str, start: int, end: int) -> bool:
    """Not a phone number, time, day, amount, address or link, which people tell as often."""
    return _FIGURES.fullmatch(text[start:end]) is None


_CHECKS: dict[str, Callable[[str, int, int], bool]] = {
    "": lambda *_: True,
    "is_account": _is_account,
    "is_iban": _is_iban,
    "is_luhn": _is_luhn,
    "is_no_figure": _is_no_figure,
    "is_random": _is_random,
    "is_registration": _is_registration,
}
