"""Owns fitting and scoring the choice of passages; it must not need a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomlkit

from inference.bonds import BASE as BOND_BASE
from inference.bonds import BondFinder
from inference.features import find_features
from inference.highlights import load_selector
from inference.passages import (
    BASE,
    CHOOSER_FILE,
    CROWD,
    PassageChooser,
    load_chooser,
    measure_crowd,
)
from inference.training.corpus import Conversation
from inference.training.regressing import regress
from inference.training.scoring import build_item
from inference.words import find_terms

CHOOSER_PATH = Path(__file__).parents[1] / CHOOSER_FILE

_N_FOLDS = 5
_RIDGE = 2.0
_FREE_RIDGE = 1e-6
"""For the bias and for columns that do not vary."""

_CLOSE_ENOUGH = 1e-8
_LEAST_DEVIATION = 1e-9
_REACH_MESSAGES = 20
"""Two messages further apart never come into one passage, and are not learned from."""

_NUMBER_WORTH = 4.0
"""A number of a sentence counts as so many of its words."""

Floats = npt.NDArray[np.float64]
Passages = Sequence[Sequence[int]]
"""Positions in the conversation."""

Way = Callable[[Conversation], Passages]


@dataclass(frozen=True)
class PassageFigures:
    """How well passages hold what gold sentences tell, over many conversations."""

    precision: float
    """Share of the chosen messages that stand behind a gold sentence."""

    recall: float
    """Share of the messages behind gold sentences that were chosen."""

    pair_precision: float
    """Share of two messages of one passage that stand behind one gold sentence."""

    pair_recall: float
    pair_f1: float
    passages: float
    """In a conversation."""

    messages: float
    """In a passage."""

    carried: float
    """Share of a gold sentence's words, as far as they were written, that its best passage has."""

    must: float | None = None
    """Share of what a summary must hold that stands in the chosen messages; None: no lists."""

    forbid: float | None = None
    """Share of conversations of which something that a summary must not say stands in them."""


def refit_chooser(conversations: Sequence[Conversation], path: Path = CHOOSER_PATH) -> None:
    """Fit both tables of weights of the chooser's file anew and write them there."""
    text = path.read_text(encoding="utf-8")
    fitted = fit_chooser(conversations, text)
    document = tomlkit.parse(text)
    for table, weights in (("messages", fitted.messages), ("bonds", fitted.bonds)):
        for name in document[table]:
            # Signs and two places keep the comments in one column.
            document[table][name] = tomlkit.value(f"{weights[name]:+.2f}")
    path.write_text(document.as_string(), encoding="utf-8")


def fit_chooser(conversations: Sequence[Conversation], text: str) -> PassageChooser:
    """The chooser of a TOML document with both tables of learned weights fitted anew."""
    chooser = PassageChooser.parse(text)
    learned = tomlkit.parse(text)["bonds"]
    messages = _fit(_tabulate_messages(conversations, list(chooser.messages)), {BASE})
    bonds = _fit(_tabulate_bonds(conversations, list(learned)), {BOND_BASE})
    return replace(chooser, messages=messages, bonds={**chooser.bonds, **bonds})


def choose_shipped(conversation: Conversation) -> Passages:
    """As the program does."""
    return _choose(load_chooser(), conversation)


def choose_equal(conversation: Conversation) -> Passages:
    """What the selector of highlights would choose, up to eight, in equal parts of about three."""
    chat = build_item(conversation).chat
    selector = replace(load_selector(), most=8, share_of_messages=0.7)
    features = find_features(chat.messages, chat)
    chosen = selector.choose_positions(features, [find_terms(m.text) for m in chat.messages])
    n_parts = max(1, round(len(chosen) / 3.3))
    return [part.tolist() for part in np.array_split(chosen, n_parts)]


def describe_passages(
    conversations: Sequence[Conversation], lists: Mapping[str, Mapping[str, Any]]
) -> dict[str, object]:
    """Figures by part of the corpus, language and way of choosing.

    The held-out tenth as the program chooses; the nine tenths, to which it was fitted, by
    cross-validation: each fifth by a chooser that was fitted to the other four.
    """
    held_out = [c for c in conversations if c.held_out]
    fitted = [c for c in conversations if not c.held_out]
    return {
        "held out": _describe(held_out, choose_shipped, lists),
        "cross-validated": _describe(fitted, cross_validate(fitted), lists),
    }


def cross_validate(conversations: Sequence[Conversation], path: Path = CHOOSER_PATH) -> Way:
    """A way of choosing for these conversations that was never fitted to the one it chooses in."""
    text = path.read_text(encoding="utf-8")
    choosers = [
        fit_chooser([c for c in conversations if _find_fold(c) != fold], text)
        for fold in range(_N_FOLDS)
    ]
    return lambda conversation: _choose(choosers[_find_fold(conversation)], conversation)


def score_passages(
    conversations: Sequence[Conversation], way: Way, lists: Mapping[str, Mapping[str, Any]]
) -> PassageFigures:
    """The passages of all conversations against their gold sentences."""
    chosen = [way(conversation) for conversation in conversations]
    pairs = list(zip(conversations, chosen, strict=True))
    counts = np.sum([_count_hits(c, passages) for c, passages in pairs], axis=0)
    hits, n_chosen, n_gold, pair_hits, n_pairs, n_gold_pairs, n_passages = counts.tolist()
    carried = [share for c, passages in pairs for share in _list_carried(c, passages)]
    listed = [(_join_texts(c, passages), lists[c.id]) for c, passages in pairs if c.id in lists]
    facts = [_holds_any(text, fact) for text, entry in listed for fact in entry["must"]]
    return PassageFigures(
        precision=hits / n_chosen,
        recall=hits / n_gold,
        pair_precision=pair_hits / max(n_pairs, 1),
        pair_recall=pair_hits / max(n_gold_pairs, 1),
        pair_f1=2 * pair_hits / max(n_pairs + n_gold_pairs, 1),
        passages=n_passages / len(conversations),
        messages=n_chosen / n_passages,
        carried=float(np.mean(carried)),
        must=float(np.mean(facts)) if facts else None,
        forbid=float(np.mean([_holds_any(text, entry["forbid"]) for text, entry in listed]))
        if listed
        else None,
    )


def _choose(chooser: PassageChooser, conversation: Conversation) -> Passages:
    chat = build_item(conversation).chat
    return chooser.choose_positions(chat.messages, chat)


def _describe(
    conversations: Sequence[Conversation], ours: Way, lists: Mapping[str, Mapping[str, Any]]
) -> dict[str, object]:
    ways = {"passages": ours, "equal parts": choose_equal}
    languages = sorted({c.language for c in conversations})
    return {
        language: {
            name: _round(
                score_passages([c for c in conversations if c.language == language], way, lists)
            )
            for name, way in ways.items()
        }
        for language in languages
    }


def _tabulate_messages(
    conversations: Iterable[Conversation], names: Sequence[str]
) -> tuple[list[str], Floats, npt.NDArray[np.bool_]]:
    """Names of the columns, a row a message, and whether a gold sentence names it."""
    rows: list[Floats] = []
    is_gold: list[bool] = []
    for conversation in conversations:
        chat = build_item(conversation).chat
        found = find_features(chat.messages, chat)
        values = np.array([[f.get(name, 0.0) for name in names] for f in found])
        values -= values.mean(axis=0)
        values[:, names.index(BASE)] = 1.0
        values[:, names.index(CROWD)] = measure_crowd(len(found))
        rows.append(values)
        gold = {i for point in conversation.points for i in point.sources}
        is_gold += [i in gold for i in range(len(found))]
    return list(names), np.vstack(rows), np.array(is_gold)


def _tabulate_bonds(
    conversations: Iterable[Conversation], names: Sequence[str]
) -> tuple[list[str], Floats, npt.NDArray[np.bool_]]:
    """Names of the columns, a row for two gold messages, and whether one sentence names both."""
    rows: list[list[float]] = []
    is_joined: list[bool] = []
    for conversation in conversations:
        joined = set(_list_gold_pairs(conversation))
        gold = sorted({i for point in conversation.points for i in point.sources})
        finder = BondFinder(build_item(conversation).chat.messages, gold)
        for earlier, later in combinations(range(len(gold)), 2):
            if gold[later] - gold[earlier] <= _REACH_MESSAGES:
                found = finder.find_features(earlier, later)
                rows.append([found[name] for name in names])
                is_joined.append((gold[earlier], gold[later]) in joined)
    return list(names), np.array(rows), np.array(is_joined)


def _fit(
    table: tuple[list[str], Floats, npt.NDArray[np.bool_]], free: Collection[str]
) -> dict[str, float]:
    """Coefficients of a logistic regression by name, held small (ridge) but for the `free`."""
    names, rows, is_true = table
    deviation = rows.std(axis=0)
    varies = deviation > _LEAST_DEVIATION
    scale = np.where(varies, deviation, 1.0)
    is_held = varies & np.array([name not in free for name in names])
    solution = regress(
        rows / scale,
        is_true,
        np.ones(len(rows)),
        np.where(is_held, _RIDGE, _FREE_RIDGE),
        close_enough=_CLOSE_ENOUGH,
    )
    return dict(zip(names, (solution / scale).tolist(), strict=True))


def _find_fold(conversation: Conversation) -> int:
    return int(hashlib.sha256(f"passages {conversation.id}".encode()).hexdigest(), 16) % _N_FOLDS


def _list_gold_pairs(conversation: Conversation) -> Iterator[tuple[int, int]]:
    for point in conversation.points:
        yield from combinations(sorted(set(point.sources)), 2)


def _count_hits(conversation: Conversation, passages: Passages) -> Floats:
    """Hits, chosen and gold: messages, then pairs of them; last, the passages."""
    gold = {i for point in conversation.points for i in point.sources}
    chosen = {i for passage in passages for i in passage}
    gold_pairs = set(_list_gold_pairs(conversation))
    pairs = {pair for passage in passages for pair in combinations(passage, 2)}
    return np.array(
        [len(chosen & gold), len(chosen), len(gold),
         len(pairs & gold_pairs), len(pairs), len(gold_pairs), len(passages)],
        dtype=np.float64,
    )  # fmt: skip


def _list_carried(conversation: Conversation, passages: Passages) -> Iterator[float]:
    """Of each gold sentence, `PassageFigures.carried`."""
    said = [find_terms(f"{m.sender} {m.text}") for m in conversation.messages]
    known = frozenset[str]().union(*said)
    held = [frozenset[str]().union(*(said[i] for i in passage)) for passage in passages]
    for point in conversation.points:
        terms = find_terms(point.text) & known
        if terms:
            yield max((_measure(terms & h) for h in held), default=0.0) / _measure(terms)


def _measure(terms: Iterable[str]) -> float:
    return sum(_NUMBER_WORTH if term[0].isdigit() else 1.0 for term in terms)


def _join_texts(conversation: Conversation, passages: Passages) -> str:
    chosen = (conversation.messages[i] for passage in passages for i in passage)
    return "\n".join(f"{message.sender}: {message.text}" for message in chosen).casefold()


def _holds_any(text: str, spellings: Iterable[str]) -> bool:
    return any(spelling.casefold() in text for spelling in spellings)


def _round(figures: PassageFigures) -> dict[str, float]:
    return {name: round(value, 3) for name, value in asdict(figures).items() if value is not None}
