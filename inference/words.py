"""Owns how Korean and English text is cut into parts that can be compared; it judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(
    r"[0-9]+(?:[.,:][0-9]+)*|[가-힣ㄱ-ㅎㅏ-ㅣ]+|[^\W\d_가-힣ㄱ-ㅎㅏ-ㅣ]+(?:['’][^\W\d_]+)?"
)
_HANGUL = re.compile(r"[가-힣]")
_LAUGHTER = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]+")


def list_words(table: str) -> frozenset[str]:
    """The words of a table written as running text."""
    return frozenset(table.split())


# Particles and the endings that behave like them, longest first: what is left is the stem.
_PARTICLES = tuple(
    sorted(
        list_words(
            """은 는 이 가 을 를 의 에 와 과 도 만 로 나 랑 께 야 요 들 에서 에게 한테 으로 부터
            까지 처럼 보다 이랑 하고 이나 께서 라고 이라 이고 이며 이다 라서 에서는 에서도
            에게는 에게서 한테서 으로는 으로도 까지는 까지만 부터는 이라고 이라서 이라는 이라며
            라며 라는 으로부터 에게도 께서는 밖에 마다 조차 대로 만큼 에는 에도 로는"""
        ),
        key=len,
        reverse=True,
    )
)

STOP_WORDS = list_words(
    """a an the and or but so if of to in on at by for from with as that this these those it its
    is are was were be been am do does did has have had will would can could should may might
    not no yes i you he she we they me him her us them my your his our their there here what when
    where who which how why than then just also about into out up down over all any some more
    ok okay oh well too very only still already now get got go going lol haha please pls thanks
    i'm i'll i've it's that's you're we're they're don't can't didn't won't
    그 이 저 것 수 등 및 좀 더 안 못 잘 네 넵 예 응 아 오 아니 그럼 그냥 진짜 너무 근데 그리고
    그래서 이제 나 너 내 제 저희 우리 있다 없다 하다 한다 했다 된다 됐다 위해 대해 때문
    다 또 왜 뭐"""
)


def split_words(text: str) -> list[str]:
    """Words and numbers of `text` in order, lower case; runs like ㅋㅋ are left out."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    return [word for word in words if not _LAUGHTER.fullmatch(word)]


@lru_cache(maxsize=8192)
def stem_word(word: str) -> str:
    """`word` without its Korean particle or its English ending; never shorter than two letters."""
    if _HANGUL.match(word):
        for particle in _PARTICLES:
            if word.endswith(particle) and len(word) - len(particle) >= 2:
                return word.removesuffix(particle)
        return word
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    # "bake", "baked" and "baking" meet here.
    return word.removesuffix("e") if len(word) > 3 else word


def find_terms(text: str) -> frozenset[str]:
    """What a text is about, as a set that can be intersected with another's.

    English words by their stems; Korean words by the two-syllable pieces of their stems, because
    Korean glues nouns and endings together; numbers as written. Stop words are left out.
    """
    return frozenset(term for word in split_words(text) for term in _terms_of(word))


@lru_cache(maxsize=8192)
def _terms_of(word: str) -> tuple[str, ...]:
    if word in STOP_WORDS:
        return ()
    stem = stem_word(word)
    if stem in STOP_WORDS:
        return ()
    if not _HANGUL.match(stem):
        return (stem,)
    if len(stem) < 3:
        return (stem,)
    return tuple(stem[start : start + 2] for start in range(len(stem) - 1))


def count_words(texts: Iterable[str]) -> int:
    """How many words there are in all."""
    return sum(len(split_words(text)) for text in texts)


def has_hangul(text: str) -> bool:
    """Whether any Korean syllable stands in `text`."""
    return _HANGUL.search(text) is not None
