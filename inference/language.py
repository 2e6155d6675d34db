"""Owns which language a text is in, told by its script and its commonest words; no model."""

from __future__ import annotations

import re
from collections.abc import Iterable

from inference.words import list_words

SUPPORTED = ("ko", "en")
UNKNOWN = "und"

_HANGUL = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_LETTER = re.compile(r"[^\W\d_ㄱ-ㅎㅏ-ㅣ]")
_LATIN_WORD = re.compile(r"[a-zà-ɏ']+")
_LINK = re.compile(r"https?://\S+|\S+@\S+")

_LETTERS_A_SYLLABLE = 2.5
"""A Hangul syllable stands for so many Latin letters, so that names and brands in Latin script
do not outweigh the Korean around them."""

_MIN_JUDGED_WORDS = 15
_MIN_ENGLISH_SHARE = 0.06
_MIN_HANGUL_SHARE = 0.3
"""Koreans write English words among their own, hardly ever the other way round."""

# Frequent in English and rare in the other languages that Latin script is written in.
_ENGLISH_WORDS = list_words(
    """the and you to it that of for i is this with what have at be can will are not just but if
    my your they there from get going i'm i'll it's don't can't that's we're you're he's she's all
    out up about when how who know think yes please thanks sorry today tomorrow tonight need
    we our she her his him them would could should here now then too ok okay yeah good on or
    by did does was were been had has one two more some any see let back time day"""
)


def detect_language(texts: Iterable[str]) -> str:
    """Gives "ko", "en", or "und" for another language, or no letters at all.

    Latin script counts as English unless there are enough words to see that it is not.
    """
    text = "\n".join(texts)
    hangul, latin = _share_scripts(text)
    if hangul >= _MIN_HANGUL_SHARE:
        return "ko"
    return "en" if latin > 0.5 and _reads_english(text) else UNKNOWN


def is_written_in(language: str, text: str) -> bool:
    """Whether the script of `text` is that of `language`; the words are not judged."""
    hangul, latin = _share_scripts(text)
    return hangul >= _MIN_HANGUL_SHARE if language == "ko" else latin > 0.5


def _share_scripts(text: str) -> tuple[float, float]:
    """The shares of Hangul and of Latin script, 0 to 1."""
    text = _LINK.sub(" ", text)
    syllables = len(_HANGUL.findall(text))
    hangul = syllables * _LETTERS_A_SYLLABLE
    letters = len(_LETTER.findall(text)) - syllables + hangul
    return (hangul / letters, len(_LATIN.findall(text)) / letters) if letters else (0.0, 0.0)


def _reads_english(text: str) -> bool:
    words = _LATIN_WORD.findall(text.lower().replace("’", "'"))
    known = sum(word in _ENGLISH_WORDS for word in words)
    return len(words) < _MIN_JUDGED_WORDS or known >= _MIN_ENGLISH_SHARE * len(words)
