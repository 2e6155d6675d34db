"""Owns running the summariser over items and laying its figures beside the baselines'."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from inference.evaluating.baselines import BASELINES
from inference.evaluating.figures import average_scores
from inference.evaluating.grounding import list_people
from inference.evaluating.items import Item
from inference.evaluating.scoring import Score, Shown, score_shown
from inference.interface import Summary
from inference.summarizer import Summarizer


@dataclass(frozen=True, slots=True)
class Result:
    """One item with what a user would be shown of it."""

    item: Item
    summary: Summary
    score: Score


@dataclass(frozen=True, slots=True)
class Spent:
    """Time over a batch."""

    seconds: float
    cpu_seconds: float
    """Of all cores together: what other programs take meanwhile is not in it."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All items of one run, those of a language together."""

    results: tuple[Result, ...]
    spent: Mapping[str, Spent]
    """By language."""

    known_names: frozenset[str]


def evaluate(
    summarizer: Summarizer, items: Sequence[Item], on_done: Callable[[int], None]
) -> Evaluation:
    """Summarise all items as a user's chats are, a batch a language, and score what comes.

    `on_done` gets the number of items done so far.
    """
    names = frozenset(name for item in items for name in list_people(item.chat))
    results: list[Result] = []
    spent: dict[str, Spent] = {}
    for language in sorted({item.language for item in items}):
        batch = [item for item in items if item.language == language]
        summaries: dict[int, Summary] = {}
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        for index, summary in summarizer.summarize([item.chat for item in batch]):
            summaries[index] = summary
            on_done(len(results) + len(summaries))
        spent[language] = Spent(time.monotonic() - began_s, time.process_time() - began_cpu_s)
        for index, item in enumerate(batch):
            summary = summaries[index]
            score = score_shown(item, Shown.of(summary), names)
            results.append(Result(item, summary, score))
    return Evaluation(tuple(results), spent, names)


def describe_figures(evaluation: Evaluation) -> dict[str, dict[str, object]]:
    """By language: the figures of what a user gets, and those of each baseline beside them.

    `model_only` is the part of it that a model wrote, `highlights` what a user without a model
    gets. `seconds` and `cpu_seconds` are means a conversation.
    """
    languages = sorted(evaluation.spent)
    return {language: _describe_language(evaluation, language) for language in languages}


def describe_result(result: Result) -> dict[str, object]:
    """One summary with its own figures; it holds text of the chat."""
    item, summary, score = result.item, result.summary, result.score
    unmet = [list(one) for one, met in zip(item.gold.must, score.met, strict=True) if not met]
    return {
        "id": item.id,
        "lang": item.language,
        "origin": summary.origin,
        "sentences": [sentence.text for sentence in summary.sentences],
        "evidence": [list(sentence.evidence) for sentence in summary.sentences],
        "topic": summary.topic,
        "highlights": [highlight.message_id for highlight in summary.highlights],
        "todos": [{"who": todo.who, "what": todo.what} for todo in summary.todos],
        "flags": list(summary.flags),
        "references": list(item.gold.references),
        "unmet": unmet,
        "forbidden": list(score.forbidden or ()),
        "ungrounded": list(score.ungrounded),
        "figures": average_scores([score]),
    }


def _describe_language(evaluation: Evaluation, language: str) -> dict[str, object]:
    results = [result for result in evaluation.results if result.item.language == language]
    written = [result.score for result in results if result.summary.origin == "model"]
    origins = Counter(result.summary.origin for result in results)
    flags = Counter(flag for result in results for flag in result.summary.flags)
    names, spent = evaluation.known_names, evaluation.spent[language]
    baselines = {
        name: average_scores(
            [score_shown(result.item, show(result.item.chat), names) for result in results]
        )
        for name, show in BASELINES.items()
    }
    return {
        "items": len(results),
        **average_scores([result.score for result in results]),
        "seconds": round(spent.seconds / len(results), 3),
        "cpu_seconds": round(spent.cpu_seconds / len(results), 3),
        "origins": {origin: round(n / len(results), 4) for origin, n in origins.most_common()},
        "flags": dict(flags.most_common()),
        "model_only": {"items": len(written), **average_scores(written)},
        **baselines,
    }
