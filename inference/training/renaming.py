"""Owns other names for a conversation's people; it must not change anything else.

A name is changed only where it is known as one (`names/*.txt`), and where each of its occurrences
in chat and gold is surely the name; other names, nicknames and roles stay.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

from inference.training.corpus import Conversation
from inference.training.rewriting import all_texts, rewrite

_FOLDER = Path(__file__).parent / "names"
_FAMILIES = "families"
_KEPT = "kept"
"""Korean family names that are words too (이, 한, 전): known in full names, but not changed."""

_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:-[A-Za-zÀ-ɏ]+)*")
_HANDLE = re.compile(r"\S*(?:[@_/\\]|\.(?=\w)|\d(?=[^\W\d])|[^\W\d](?=\d))\S*")
_NO_FORMS = frozenset(
    ("and", "bet", "can", "car", "has", "her", "may", "min", "not", "per", "she", "the", "there")
)
"""Words that begin as names do (the, Theo), never the short form of one."""
_HANGUL_RUN = re.compile(r"[가-힣]+")

_ROLES_KO = (
    "대리|과장|팀장|부장|차장|사원|주임|실장|원장|사장|대표|코치|선배|후배|선생|교수|기사|반장|총무"
    "|회장|소장|계장|여사|권사|집사|매니저|간사|서방|쌤|샘|씨"
)
# What may follow a name in one run of letters: particles, forms of address, roles.
_AFTER_NAME_KO = re.compile(
    rf"$|[은는이가을를와과랑아야의도만께에로네님맘뿐였]|으로|한테|보고|처럼|라고|라는|란$|엄마|자매|형제"
    rf"|할머니|할아버지|형|누나|언니|오빠|고모|삼촌|부터|까지|마다|밖에|하고|인데|임$|니까|예요|측|팀"
    rf"|군$|양$|쓰$|꺼|거$|차$|{_ROLES_KO}"
)
_AFTER_FAMILY_KO = rf"(?=\s?(?:{_ROLES_KO}))"
_NOT_ROLE_KO = rf"(?!\s(?:{_ROLES_KO}))"


@cache
def known_names(language: str) -> Mapping[str, str]:
    """Each name that may be changed, with its class; only names of one class replace each other.

    Classes are girls, boys, either and families, for the pronouns of the gold. In Korean given
    names are classed by their last letter too, because particles follow it (은/는, 이/가, 으로/로).
    """
    return {name: group for name, group in _listed_names(language).items() if group != _KEPT}


@cache
def _listed_names(language: str) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for line in (_FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        group, _, listed = line.partition(":")
        for name in listed.split():
            korean_given = language == "ko" and group not in {_FAMILIES, _KEPT}
            names[name] = f"{group} {final_class(name)}" if korean_given else group
    return names


def final_class(name: str) -> str:
    """Which particles a Korean name takes: 'open', 'rieul' or 'closed'."""
    final = (ord(name[-1]) - ord("가")) % 28
    return {0: "open", 8: "rieul"}.get(final, "closed")


def rename(
    conversation: Conversation, rng: random.Random, taken: Iterable[str] = ()
) -> Conversation | None:
    """The conversation with new names for its people; None if no name can surely be changed.

    No new name stands anywhere in the conversation or in the texts `taken`.
    """
    texts = all_texts(conversation)
    people = [conversation.me, *(m.sender for m in conversation.messages)]
    people += [todo.who for todo in conversation.todos]
    korean = conversation.language == "ko"
    old = _find_korean(people, texts) if korean else _find_english(people, texts)
    new = _choose_names(old, known_names(conversation.language), "\n".join([*texts, *taken]), rng)
    if not new:
        return None
    replace_names = _replace_korean if korean else _replace_english
    return rewrite(conversation, lambda text: replace_names(text, new))


def _choose_names(
    old: Iterable[str], known: Mapping[str, str], text: str, rng: random.Random
) -> dict[str, str]:
    """A new name of the same class for each old one, while there are any; no two alike."""
    by_class: dict[str, list[str]] = {}
    for name, group in known.items():
        by_class.setdefault(group, []).append(name)
    folded = _fold(text)
    beginnings = {word[:3] for word in _LATIN_WORD.findall(folded)}
    chosen: dict[str, str] = {}
    for name in old:
        pool = by_class[known[name]]
        for candidate in rng.sample(pool, len(pool)):
            spelled = _fold(candidate)
            if spelled in folded or spelled[:3] in beginnings:
                continue
            chosen[name] = candidate
            beginnings.add(spelled[:3])
            break
    return chosen


def _find_english(people: Iterable[str], texts: Iterable[str]) -> list[str]:
    """The known names of people that stand nowhere in another form or in a handle."""
    known = known_names("en")
    found = [word for person in people for word in _LATIN_WORD.findall(person) if word in known]
    words = {word for text in texts for word in _LATIN_WORD.findall(text)}
    handles = _fold(" ".join(handle for text in texts for handle in _HANDLE.findall(text)))
    return [
        name
        for name in dict.fromkeys(found)
        if _fold(name) not in handles and not any(_is_form(word, name) for word in words)
    ]


def _is_form(word: str, name: str) -> bool:
    """Whether a word may be the name said otherwise: 'Ben' as 'Benny', 'bennn' or 'Ben-Ben'."""
    if word in {name, name.lower(), name.upper()} or word.lower() in _NO_FORMS:
        return False
    said, meant = _fold(word), _fold(name)
    if "-" in said and meant in said.split("-"):
        return True
    if len(said) <= len(meant):
        return len(said) >= 3 and meant.startswith(said)
    rest = said.removeprefix(meant)
    return rest != said and (len(rest) <= 2 or set(rest) == {meant[-1]})


def _replace_english(text: str, new: Mapping[str, str]) -> str:
    spelled = {
        form(old): form(name) for old, name in new.items() for form in (str.lower, str.upper)
    }
    spelled |= new
    return _LATIN_WORD.sub(lambda word: spelled.get(word[0], word[0]), text)


def _find_korean(people: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Given names of people, and their family names, that stand nowhere as anything else."""
    joined = "\n".join(texts)
    runs = set(_HANGUL_RUN.findall(joined))
    given: dict[str, None] = {}
    families: dict[str, None] = {}
    listed = _listed_names("ko")
    for run in (run for person in people for run in _HANGUL_RUN.findall(person)):
        splits = _split_runs(run, listed)
        if splits:
            families |= dict.fromkeys(splits[0][0])
            given[splits[0][1]] = None
        elif re.match(rf".{_AFTER_FAMILY_KO}", run):
            families[run[0]] = None
    sure = [name for name in given if all(_is_sure(r, name, given) for r in runs if name in r)]
    return sure + [
        family
        for family in families
        if listed.get(family) == _FAMILIES
        and not re.search(rf"(?<![가-힣]){family}(?![가-힣]){_NOT_ROLE_KO}", joined)
    ]


def _split_runs(run: str, given_names: Collection[str]) -> list[tuple[str, str, str]]:
    """A run of letters as family name (or nothing), one of the given names, and what follows.

    The reading with a family name comes first.
    """
    splits = []
    for n_family in (1, 0):
        family, given, rest = run[:n_family], run[n_family : n_family + 2], run[n_family + 2 :]
        if family and _listed_names("ko").get(family) not in {_FAMILIES, _KEPT}:
            continue
        if len(given) == 2 and given in given_names and _AFTER_NAME_KO.match(rest):
            splits.append((family, given, rest))
    return splits


def _is_sure(run: str, name: str, given_names: Collection[str]) -> bool:
    """Whether a run of letters that holds a name can be read in one way only: as that name."""
    splits = _split_runs(run, given_names)
    return len(splits) == 1 and splits[0][1] == name and name not in splits[0][2]


def _replace_korean(text: str, new: Mapping[str, str]) -> str:
    def swap(run: re.Match[str]) -> str:
        for family, given, rest in _split_runs(run[0], new):
            return f"{new.get(family, family)}{new[given]}{rest}"
        return run[0]

    families = "|".join(name for name in new if len(name) == 1)
    if families:
        before_role = rf"(?<![가-힣])(?:{families}){_AFTER_FAMILY_KO}"
        text = re.sub(before_role, lambda family: new[family[0]], text)
    return _HANGUL_RUN.sub(swap, text)


def _fold(text: str) -> str:
    """Lower case without accents; Korean syllables stay whole."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", plain)
