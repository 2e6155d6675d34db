"""Owns fitting and scoring the choice of highlights and of evidence; it must not need a model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tomlkit

from inference.evidence import EVIDENCE_FILE, EvidenceFinder, Weighing
from inference.features import find_features
from inference.highlights import SELECTOR_FILE, SHORT_CHAT_MESSAGES, Selector, choose_highlights
from inference.interface import Chat
from inference.training.corpus import Conversation
from inference.training.regressing import regress
from inference.training.scoring import build_item
from inference.words import find_terms

SELECTOR_PATH = Path(__file__).parents[1] / SELECTOR_FILE
WEIGHING_PATH = Path(__file__).parents[1] / EVIDENCE_FILE

_RIDGE = 2.0
_LEAST_RIDGE = 1e-6  # a column that is 0 throughout would leave no single solution
_CLOSE_ENOUGH = 1e-8
_CARRIED_WORTH = 4.0
"""How much more a gold message counts that holds all words of its sentence than one with none."""

_FIRST_WORTH = 2.0
"""A summary's first sentence is its most important one."""

_NUMBER_WORTH = 4.0
"""A number of the sentence counts as so many of its words."""


@dataclass(frozen=True)
class ChoiceFigures:
    """How well chosen messages are those behind the gold sentences, over many conversations."""

    precision: float
    """Share of the chosen that stand behind a gold sentence."""

    recall: float
    """Share of the messages behind gold sentences that were chosen."""

    recall_first: float
    """The same of each conversation's first sentence, its most important."""

    touched: float
    """Share of gold sentences with at least one of their messages chosen."""


@dataclass(frozen=True)
class EvidenceFigures:
    """How well found evidence is the gold evidence, over all gold sentences."""

    precision: float
    recall: float
    mean_messages: float


Floats = npt.NDArray[np.float64]


def refit_selector(conversations: Sequence[Conversation], path: Path = SELECTOR_PATH) -> None:
    """Fit the weights of the selector's file anew and write them there."""
    names = list(Selector.parse(path.read_text(encoding="utf-8")).weights)
    _write_weights(fit_selector(conversations, names), path)


def refit_weighing(conversations: Sequence[Conversation], path: Path = WEIGHING_PATH) -> None:
    """Fit the weights of the evidence's file anew and write them there."""
    names = list(Weighing.parse(path.read_text(encoding="utf-8")).weights)
    _write_weights(fit_weighing(conversations, names), path)


def fit_selector(conversations: Iterable[Conversation], names: Sequence[str]) -> dict[str, float]:
    """Weights of the features by logistic regression on which messages gold sentences name.

    Features are taken as differences from the mean of their chat, because only messages of one
    chat are ever compared. A gold message weighs more where it holds more of its sentence.
    """
    rows: list[Floats] = []
    worths: list[Floats] = []
    for conversation in conversations:
        chat = build_item(conversation).chat
        values = _tabulate(find_features(chat.messages, chat), names)
        rows.append(values - values.mean(axis=0))
        worths.append(_find_worths(conversation, chat))
    inputs = np.vstack(rows)
    worth = np.concatenate(worths)
    # The added column takes up how many messages are gold, which decides nothing in a chat.
    inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
    fitted = _regress(inputs, worth > 0, np.where(worth > 0, worth, 1.0))
    return dict(zip(names, fitted.tolist(), strict=False))


def fit_weighing(conversations: Iterable[Conversation], names: Sequence[str]) -> dict[str, float]:
    """Weights of the features by logistic regression on the messages behind each gold sentence."""
    rows: list[Floats] = []
    is_gold: list[bool] = []
    for conversation in conversations:
        finder = EvidenceFinder(build_item(conversation).chat.messages)
        for point in conversation.points:
            rows.append(_tabulate(finder.find_features(point.text), names))
            is_gold += [i in point.sources for i in range(len(conversation.messages))]
    fitted = _regress(np.vstack(rows), np.array(is_gold), np.ones(len(is_gold)))
    return dict(zip(names, fitted.tolist(), strict=True))


def describe_choices(conversations: Sequence[Conversation]) -> dict[str, object]:
    """Figures of our highlights and of as many others, by language and by way of choosing."""
    return {
        language: {name: _round(figures) for name, figures in score_choices(spoken).items()}
        for language, spoken in _split_languages(conversations).items()
    }


def describe_evidence(conversations: Sequence[Conversation]) -> dict[str, object]:
    """Figures of the evidence found for gold sentences, by language."""
    return {
        language: _round(score_evidence(spoken))
        for language, spoken in _split_languages(conversations).items()
    }


def score_choices(conversations: Sequence[Conversation]) -> dict[str, ChoiceFigures]:
    """Our highlights against as many messages from the start, the longest, and any, by name.

    Conversations that are their own highlights have nothing to choose and are left out; for
    messages at random, the figures are those to be expected.
    """
    scored = [c for c in conversations if len(c.messages) > SHORT_CHAT_MESSAGES]
    ours = [[h.message_id for h in choose_highlights(build_item(c).chat)] for c in scored]
    pairs = list(zip(scored, ours, strict=True))
    return {
        "highlights": _summarize([_count_hits(c, chosen) for c, chosen in pairs]),
        "longest": _summarize([_count_hits(c, _find_longest(c, len(o))) for c, o in pairs]),
        "lead": _summarize([_count_hits(c, range(len(o))) for c, o in pairs]),
        "random": _summarize([_expect_hits(c, len(o)) for c, o in pairs]),
    }


def score_evidence(conversations: Iterable[Conversation]) -> EvidenceFigures:
    """The messages found behind each gold sentence against those its author named."""
    hits = found = wanted = sentences = 0
    for conversation in conversations:
        finder = EvidenceFinder(build_item(conversation).chat.messages)
        for point in conversation.points:
            messages = finder.find_messages(point.text)
            hits += len(set(messages) & set(point.sources))
            found += len(messages)
            wanted += len(set(point.sources))
            sentences += 1
    return EvidenceFigures(hits / found, hits / wanted, found / sentences)


def _write_weights(weights: Mapping[str, float], path: Path) -> None:
    """Put weights into a TOML document; all else in it stays, comments too."""
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    table = document["weights"]
    for name, weight in weights.items():
        # Signs and two places keep the comments in one column.
        table[name] = tomlkit.value(f"{weight:+.2f}")
    path.write_text(document.as_string(), encoding="utf-8")


def _tabulate(features: Iterable[Mapping[str, float]], names: Sequence[str]) -> Floats:
    return np.array([[found.get(name, 0.0) for name in names] for found in features])


def _find_worths(conversation: Conversation, chat: Chat) -> Floats:
    """What each message weighs in the fit; 0 where no gold sentence names it."""
    said = [find_terms(f"{message.sender} {message.text}") for message in chat.messages]
    worths = np.zeros(len(said))
    for place, point in enumerate(conversation.points):
        terms = find_terms(point.text)
        most = _CARRIED_WORTH * (_FIRST_WORTH if place == 0 else 1.0)
        for source in set(point.sources):
            worths[source] = max(worths[source], 1.0)
            worths[source] += most * _measure(terms & said[source]) / max(_measure(terms), 1.0)
    return worths


def _measure(terms: Iterable[str]) -> float:
    return sum(_NUMBER_WORTH if term[0].isdigit() else 1.0 for term in terms)


def _regress(rows: Floats, is_gold: npt.NDArray[np.bool_], weights: Floats) -> Floats:
    """Coefficients of a logistic regression.

    Those of columns that vary are held small (ridge), in units of their deviation.
    """
    deviation = rows.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    inputs = rows / scale
    weights = weights / weights.mean()
    ridge = np.where(deviation > 0, _RIDGE, _LEAST_RIDGE)
    solution = regress(inputs, is_gold, weights, ridge, close_enough=_CLOSE_ENOUGH)
    coefficients: Floats = solution / scale
    return coefficients


def _find_longest(conversation: Conversation, count: int) -> list[int]:
    lengths = [len(message.text) for message in conversation.messages]
    return sorted(range(len(lengths)), key=lambda i: -lengths[i])[:count]


def _count_hits(conversation: Conversation, positions: Iterable[int]) -> Floats:
    """Hits, chosen, gold; hits and gold of the first sentence; sentences touched and in all."""
    chosen = set(positions)
    sources = [set(point.sources) for point in conversation.points]
    gold = set().union(*sources)
    touched = sum(not chosen.isdisjoint(source) for source in sources)
    first = sources[0]
    return np.array(
        [len(chosen & gold), len(chosen), len(gold), len(chosen & first), len(first),
         touched, len(sources)],
        dtype=np.float64,
    )  # fmt: skip


def _expect_hits(conversation: Conversation, count: int) -> Floats:
    """As `_count_hits`, in the mean over all choices of `count` messages."""
    total = len(conversation.messages)
    sources = [set(point.sources) for point in conversation.points]
    gold = len(set().union(*sources))
    share = count / total
    missed = [math.comb(total - len(s), count) / math.comb(total, count) for s in sources]
    return np.array(
        [share * gold, count, gold, share * len(sources[0]), len(sources[0]),
         len(sources) - sum(missed), len(sources)]
    )  # fmt: skip


def _summarize(counts: Sequence[Floats]) -> ChoiceFigures:
    hits, chosen, gold, first_hits, first_gold, touched, sentences = np.sum(counts, axis=0).tolist()
    return ChoiceFigures(hits / chosen, hits / gold, first_hits / first_gold, touched / sentences)


def _split_languages(
    conversations: Sequence[Conversation],
) -> dict[str, list[Conversation]]:
    languages = sorted({c.language for c in conversations})
    return {
        language: [c for c in conversations if c.language == language] for language in languages
    }


def _round(figures: ChoiceFigures | EvidenceFigures) -> dict[str, float]:
    return {name: round(value, 3) for name, value in asdict(figures).items()}
