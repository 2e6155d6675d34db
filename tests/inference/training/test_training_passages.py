"""What a rewriter is taught rests on the messages it is given, and never on a held-out choice."""

from __future__ import annotations

from itertools import pairwise

from inference.prompts import CUES, PASSAGE_GAP
from inference.training.corpus import read_corpus
from inference.training.passages import Shares, list_chosen, list_sentences, passage_prompt
from inference.words import find_terms

NOISY = Shares(joined=0, topic=0, todo=0, noise=1.0)
EVERYTHING = Shares(joined=1.0, topic=1.0, todo=1.0, noise=1.0)
CORPUS = read_corpus()[::20]


def test_every_sentence_is_taught_with_all_of_its_sources() -> None:
    taught = {p.id: p for p in list_sentences(CORPUS, EVERYTHING, 0)}
    for conversation in CORPUS:
        for place, point in enumerate(conversation.points):
            passage = taught[f"{conversation.id}+{place}"]
            assert passage.text == point.text
            assert set(point.sources) <= set(passage.positions)


def test_noise_is_never_what_stands_behind_another_sentence() -> None:
    for passage in list_sentences(CORPUS, NOISY):
        points = passage.conversation.points
        place = int(passage.id.rpartition("+")[2])
        own = set(points[place].sources)
        others = {i for point in points for i in point.sources} - own
        assert not others.intersection(passage.positions)


def test_without_noise_a_sentence_has_its_sources_alone() -> None:
    for passage in list_sentences(CORPUS, Shares(joined=0, topic=0, todo=0, noise=0), 0):
        place = int(passage.id.rpartition("+")[2])
        assert passage.positions == tuple(sorted(set(passage.conversation.points[place].sources)))


def test_all_kinds_of_text_are_taught_each_under_its_own_cue() -> None:
    for passage in list_sentences(CORPUS, EVERYTHING, 0):
        cue = CUES[passage.conversation.language]
        kind = passage.id.rpartition("+")[2].strip("0123456789")
        wanted = {"": cue.summary, "joined": cue.summary, "topic": cue.topic}
        assert passage.cue == wanted.get(kind, passage.cue)
        assert passage_prompt(passage).endswith(f"\n\n{passage.cue}:\n")


def test_the_same_seed_teaches_the_same() -> None:
    first, again, other = (list(list_sentences(CORPUS, Shares(), seed)) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_ids_are_unique_and_tell_what_is_held_out() -> None:
    passages = list(list_sentences(CORPUS, EVERYTHING, 0))
    assert len({p.id for p in passages}) == len(passages)
    assert all(p.id.startswith(f"{p.conversation.id}+") for p in passages)


def test_a_gap_stands_exactly_where_messages_were_left_out() -> None:
    for passage in list_sentences(CORPUS, NOISY):
        gaps = sum(b > a + 1 for a, b in pairwise(passage.positions))
        assert passage_prompt(passage).split("\n").count(PASSAGE_GAP) == gaps


def test_what_is_taught_of_chosen_messages_could_be_written_of_them() -> None:
    for passage in list_chosen(CORPUS, topic=0.0):
        messages = [passage.conversation.messages[i] for i in passage.positions]
        said = frozenset().union(*(find_terms(f"{m.sender} {m.text}") for m in messages))
        points = {point.text: point for point in passage.conversation.points}
        for line in passage.text.split("\n"):
            sources = set(points[line].sources)
            assert 2 * len(sources.intersection(passage.positions)) >= len(sources)
            assert {term for term in find_terms(line) if term[0].isdigit()} <= said


def test_most_conversations_have_something_that_is_told_of_chosen_messages() -> None:
    told = {p.conversation.id for p in list_chosen(CORPUS, topic=0.0)}
    assert len(told) > 0.9 * len(CORPUS)
    assert all(p.is_told for p in list_chosen(CORPUS, topic=0.0))
    assert sum(not p.is_told for p in list_chosen(CORPUS, topic=1.0)) == len(CORPUS)
