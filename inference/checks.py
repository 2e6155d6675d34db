"""Owns what disqualifies a model's text: small pure rules over a draft and its source.

A rule that finds nothing proves nothing: words, names and numbers that stand in the source can
still be joined into a false fact. Nothing here is ever called a verification.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from inference.actors import find_actors
from inference.cleaning import clean_text
from inference.evidence import EvidenceFinder
from inference.injection import Orders
from inference.interface import Chat, ChatMessage
from inference.language import is_written_in
from inference.names import NameBook
from inference.parsing import Draft, DraftToDo
from inference.quantities import SourceQuantities
from inference.superseding import Timeline
from inference.words import find_terms, split_words

NGRAM_WORDS = 5
LIMIT_COPIED = 0.5
"""Share of five-word runs that stand in the source. Gold sentences of the corpus: 0.29 at the
99th percentile; quoted messages: 0.8 to 1."""

LIMIT_SENTENCES = 4
LIMIT_CHARS = {"ko": 140, "en": 280}
"""Of one sentence; the longest gold sentences of the corpus have 107 and 208."""

MIN_WORDS = 3

FLAG_SENTENCE_DROPPED = "sentence-dropped"
FLAG_EMPTY = "empty"

_META = re.compile(
    r"<\|?/?[a-z_]+\|?>|\bas an ai\b|\blanguage model\b|\bi (?:cannot|can't) (?:assist|help)\b"
    r"|^here is (?:a|the) summary|^(?:chat|me|summary)\s?:|^(?:대화|나|요약)\s?:"
    r"|요약해 ?드리|요약하겠습니다|다음은 .{0,10}요약",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:the (?:chat|conversation|group|message)s? (?:(?:is|was|are|were) )?"
    r"(?:about|between|discuss\w*)\b"
    r"|(?:they|everyone|the (?:group|participants)) (?:talk|discuss|chat)\w*\.?$"
    r"|(?:대화|채팅)(?:가|를|에서)? (?:진행|나누|이루어)\S*$)",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f\ufffd]+")


class SourceText:
    """One chat, prepared once for checking many candidates against it."""

    def __init__(self, chat: Chat, language: str, *, whole: Chat | None = None) -> None:
        """`whole` is the chat of which `chat` holds but a few messages.

        What a later message takes back, and what a message orders, is then looked for in all of
        it; names and numbers must stand in `chat` itself.
        """
        self.language = language
        self.messages = chat.messages
        self.names = NameBook(chat)
        texts = [clean_text(message.text) for message in chat.messages]
        senders = [message.sender for message in chat.messages]
        self.quantities = SourceQuantities([chat.title, chat.me, *senders, *texts])
        self.ngrams = frozenset(ngram for text in texts for ngram in _ngrams_of(text))
        self.evidence = EvidenceFinder(chat.messages)
        everything = whole or chat
        self.times = Timeline([clean_text(message.text) for message in everything.messages])
        self.orders = Orders(everything)
        self._everything = everything.messages
        self._places = {message.id: place for place, message in enumerate(everything.messages)}

        self._n_people = len(NameBook(everything).people)

    def list_senders_near(self, message: ChatMessage) -> list[str]:
        """Who wrote a message and, of three people or more, those right before and after it."""
        place = self._places[message.id]
        reach = 1 if self._n_people > 2 else 0
        near = self._everything[max(place - reach, 0) : place + reach + 1]
        return [clean_text(other.sender) for other in near]


def check_name(sentence: str, source: SourceText) -> str | None:
    """Every name must stand in the chat."""
    return "ungrounded-name" if source.names.find_unknown(sentence) else None


def check_number(sentence: str, source: SourceText) -> str | None:
    """Every number, time, weekday and link must stand in the chat, in whatever spelling."""
    return "ungrounded-number" if source.quantities.find_missing(sentence) else None


def check_language(sentence: str, source: SourceText) -> str | None:
    """The script must be that of the summary's language, foreign letters those of the chat."""
    foreign = _FOREIGN.findall(sentence)
    if any(not source.names.holds(letters) for letters in foreign):
        return "wrong-language"
    return None if is_written_in(source.language, sentence) else "wrong-language"


def check_copy(sentence: str, source: SourceText) -> str | None:
    """A sentence must be said anew, not taken over from a message."""
    ngrams = _ngrams_of(sentence)
    copied = sum(ngram in source.ngrams for ngram in ngrams)
    return "copied" if copied > LIMIT_COPIED * max(len(ngrams), 1) else None


def check_repetition(sentence: str, source: SourceText) -> str | None:
    """No run of four words may come twice in a sentence."""
    del source
    words = split_words(sentence)
    runs = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    return "repeated" if len(set(runs)) < len(runs) else None


def check_echo(sentence: str, source: SourceText) -> str | None:
    """Words of the prompt, of a chat template or of an assistant are no summary."""
    if _META.search(sentence):
        return "echo"
    spoken = any(
        sentence.startswith((f"{person}:", f"{person}>")) for person in source.names.people
    )
    return "echo" if spoken else None


def check_length(sentence: str, source: SourceText) -> str | None:
    """Neither a fragment nor an essay."""
    if len(sentence) > LIMIT_CHARS[source.language]:
        return "too-long"
    return "fragment" if len(split_words(sentence)) < MIN_WORDS else None


def check_filler(sentence: str, source: SourceText) -> str | None:
    """A sentence must tell something that this chat holds."""
    if _FILLER.search(sentence):
        return "filler"
    terms = find_terms(sentence)
    return None if terms & source.evidence.known_terms else "filler"


def check_speaker(sentence: str, source: SourceText) -> str | None:
    """Whom a clause begins with must have a part in the messages behind that clause.

    That is: be named in one of them, or have written one; of three people or more, the one before
    or after will do, for it may be the question or the assent.
    """
    actors = find_actors(sentence, source.names, source.language)
    if all(_has_part_in(actor.person, actor.alias, actor.clause, source) for actor in actors):
        return None
    return "wrong-speaker"


def check_obedience(sentence: str, source: SourceText) -> str | None:
    """What a message orders the summariser to write is told as a message, never as a fact."""
    return "obeyed" if source.orders.are_followed_by(sentence) else None


def check_currency(sentence: str, source: SourceText) -> str | None:
    """A time or weekday must not be one that a later message took back."""
    return "superseded" if source.times.is_superseded(sentence) else None


SentenceCheck = Callable[[str, SourceText], str | None]

SENTENCE_CHECKS: tuple[SentenceCheck, ...] = (
    check_echo,
    check_language,
    check_length,
    check_repetition,
    check_copy,
    check_name,
    check_number,
    check_filler,
    check_speaker,
    check_obedience,
    check_currency,
)


def check_sentence(
    sentence: str, source: SourceText, checks: Collection[SentenceCheck] = SENTENCE_CHECKS
) -> tuple[str, ...]:
    """Flags of all rules that `sentence` breaks; () when it breaks none."""
    return tuple(flag for check in checks if (flag := check(sentence, source)))


def check_todo(todo: DraftToDo, source: SourceText) -> tuple[str, ...]:
    """Flags of all rules that a to-do breaks: who, numbers, script and speaker."""
    flags: list[str] = []
    # A to-do begins with a verb: its capital is no sign of a name.
    text = f"{todo.what[:1].lower()}{todo.what[1:]} {todo.when}"
    if not source.names.knows_actor(todo.who) or source.names.find_unknown(text):
        flags.append("ungrounded-name")
    if source.quantities.find_missing(text):
        flags.append("ungrounded-number")
    if not is_written_in(source.language, todo.what) or _META.search(todo.what):
        flags.append("wrong-language")
    person = source.names.resolve_person(todo.who)
    if person and len(source.names.people) > 2 and not _has_part_in(person, todo.who, text, source):
        flags.append("wrong-speaker")
    return tuple(flags)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left of a draft."""

    sentences: tuple[str, ...]
    """Those that broke no rule, in the order written."""

    topic: str
    passes: bool
    """Whether what is left can be shown: the first sentence, which carries the summary, stands."""

    flags: tuple[str, ...]
    """When it passes, that something was left out; else the rules that its sentences broke."""

    n_dropped: int
    """How many sentences were left out, and how many to-dos should have been: to-dos are not
    shown (`inference.todos`), but a draft that gets them wrong is the worse one."""


def check_draft(
    draft: Draft, source: SourceText, checks: Collection[SentenceCheck] = SENTENCE_CHECKS
) -> Verdict:
    """Drop what breaks a rule; pass only when the first sentence stands.

    A later sentence adds to the first and can go without it; the other way round the rest would
    seem to be all there was.
    """
    written = draft.sentences[:LIMIT_SENTENCES]
    broken: list[str] = []
    kept: list[str] = []
    for sentence in written:
        flags = check_sentence(sentence, source, checks) or _find_repeats(sentence, kept)
        broken.extend(flags)
        if not flags:
            kept.append(sentence)
    bad_todos = sum(bool(check_todo(todo, source)) for todo in draft.todos)
    passes = bool(kept) and kept[0] == written[0]
    if passes:
        broken = [FLAG_SENTENCE_DROPPED] if len(kept) < len(written) else []
    return Verdict(
        tuple(kept),
        check_topic(draft.topic, source),
        passes,
        tuple(dict.fromkeys(broken)) if written else (FLAG_EMPTY,),
        len(written) - len(kept) + bad_todos,
    )


def check_topic(topic: str, source: SourceText) -> str:
    """The topic where it is short, grounded and in the right language; else ""."""
    if not topic or len(topic) > 60 or not is_written_in(source.language, topic):
        return ""
    checks = (check_number, check_echo, check_obedience)
    return "" if any(check(topic, source) for check in checks) else topic


def _has_part_in(person: str, alias: str, text: str, source: SourceText) -> bool:
    if find_terms(text).isdisjoint(source.evidence.known_terms):
        return True
    behind = [source.messages[position] for position in source.evidence.find_positions(text)]
    if any(alias.casefold() in message.text.casefold() for message in behind):
        return True
    return any(person in source.list_senders_near(message) for message in behind)


def _find_repeats(sentence: str, kept: Iterable[str]) -> tuple[str, ...]:
    terms = find_terms(sentence)
    for other in kept:
        shared = terms & find_terms(other)
        if len(shared) > 0.8 * max(len(terms), 1):
            return ("repeated",)
    return ()


def _ngrams_of(text: str) -> list[tuple[str, ...]]:
    words = split_words(text)
    return [tuple(words[i : i + NGRAM_WORDS]) for i in range(len(words) - NGRAM_WORDS + 1)]
