"""The nightly digest: what was missed, in one page of Markdown, composed by code from summaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from companion.clock import day_of, localize
from companion.config import Config
from companion.describing import describe_sentence
from companion.marking_up import escape_markdown
from companion.scheduling import Cron
from companion.speaking import Language, find_language, say_count
from storage.archive import Archive
from storage.entries import NewDigest
from storage.errors import RecordMissing
from storage.reader import Reader
from storage.records import ConversationRow, SummaryRow, ToDoRow

_ON_TIME = timedelta(minutes=10)
"""A digest made later than this after its hour is shown as caught up."""

_WORDS = {
    "ko": {
        "title": "다이제스트 {day}",
        "caught_up": "제때 만들지 못해 {at}에 뒤늦게 만들었습니다.",
        "totals": "{conversations}에 안 읽은 메시지 {unread}개",
        "activity": "이날 {conversations}에서 {messages}가 오갔습니다.",
        "none": "안 읽은 대화가 없습니다.",
        "mine": "내 할 일",
        "theirs": "다른 사람의 할 일",
        "conversations": "대화",
        "unread": "{label} · 안 읽음 {unread}",
        "gist": "모델이 쓴 초안이라 틀릴 수 있음",
        "quoted": "인용",
        "no_summary": "아직 요약하지 않았습니다.",
        "disappearing": "사라지는 메시지가 있어 다이제스트에는 남기지 않습니다.",
        "coverage": "안 읽은 {unread}개 가운데 {covered}개를 살펴 모델이 요약했고, "
        "{quoted}개 대화는 원문 그대로 인용했습니다.",
    },
    "en": {
        "title": "Digest of {day}",
        "caught_up": "Not made in time; caught up at {at}.",
        "totals": "{unread} unread in {conversations}",
        "activity": "{messages} in {conversations} that day.",
        "none": "Nothing is unread.",
        "mine": "For you to do",
        "theirs": "Others are to do",
        "conversations": "Conversations",
        "unread": "{label} · {unread} unread",
        "gist": "a draft by the model, may be wrong",
        "quoted": "quoted",
        "no_summary": "Not summarised yet.",
        "disappearing": "Messages here disappear, so a digest keeps nothing of them.",
        "coverage": "Unread messages looked through for the model to tell of: "
        "{covered} of {unread}; conversations quoted verbatim: {quoted}.",
    },
}


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A digest that should exist by now and does not."""

    day: date
    is_late: bool


def find_due(reader: Reader, cron: Cron, now: datetime, zone: tzinfo) -> DueDigest | None:
    """The digest of the latest due local day, when it was not made yet.

    Only the latest: a week asleep gives one digest, not seven. None before the first store
    was added, and for hours that came before that.
    """
    due = cron.find_latest(now)
    sources = reader.sources()
    if due is None or not sources or due < min(source.added_at for source in sources):
        return None
    day = day_of(due, zone)
    if reader.find_digest(day) is not None:
        return None
    return DueDigest(day, is_late=now - due > _ON_TIME)


def make_digest(
    archive: Archive,
    reader: Reader,
    config: Config,
    day: date,
    now: datetime,
    zone: tzinfo,
    *,
    caught_up: bool = False,
) -> NewDigest:
    """Compose the digest of `day` and keep it; an earlier one of that day is replaced."""
    while True:
        digest = compose_digest(reader, day, now, zone, find_language(config), caught_up=caught_up)
        try:
            archive.save_digest(digest)
        except RecordMissing:
            continue  # a conversation was forgotten since it was looked at: it is gone now
        return digest


def compose_digest(
    reader: Reader,
    day: date,
    now: datetime,
    zone: tzinfo,
    language: Language,
    *,
    caught_up: bool = False,
) -> NewDigest:
    """The digest of `day` from what is unread now; writes nothing.

    The order is the inbox's: most urgent first. Text by others is escaped: it can be read
    as Markdown and shows what was written, letter by letter.
    """
    words = _WORDS[language]
    rows = reader.conversations(unread_only=True)
    # A digest stays for good: it says nothing that rests on messages that will not.
    lasting = {row.id for row in rows if not row.is_disappearing}
    summaries = {row.id: reader.find_summary(row.id) if row.id in lasting else None for row in rows}
    todos = [todo for todo in reader.todos() if todo.conversation_id in lasting]
    coverage = _count_coverage(rows, summaries)
    lines = [f"# {words['title'].format(day=day.isoformat())}", ""]
    if caught_up:
        at = now.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        lines += [f"*{words['caught_up'].format(at=at)}*", ""]
    if not rows:
        lines += [words["none"], ""]
    else:
        in_words = say_count(len(rows), "conversation", language)
        totals = words["totals"].format(unread=coverage["unread"], conversations=in_words)
        lines += [f"**{totals}**", ""]
    lines += _write_activity(reader, day, zone, language)
    lines += _write_todos(words["mine"], [todo for todo in todos if todo.is_mine])
    lines += _write_todos(words["theirs"], [todo for todo in todos if not todo.is_mine])
    if rows:
        lines += [f"## {words['conversations']}", ""]
        for row in rows:
            lines += _write_conversation(row, summaries[row.id], words)
        lines += ["---", "", words["coverage"].format(**coverage), ""]
    return NewDigest(
        day=day,
        made_at=now,
        caught_up=caught_up,
        conversations=len(rows),
        todos=len(todos),
        coverage=coverage,
        contents={
            "conversations": [_describe_conversation(row, summaries[row.id]) for row in rows],
            "todo": [_describe_todo_plainly(todo) for todo in todos],
        },
        markdown="\n".join(lines),
    )


def _describe_conversation(row: ConversationRow, summary: SummaryRow | None) -> dict[str, object]:
    return {
        "id": row.id,
        "title": row.title,
        "source": row.source_kind,
        "unread": row.unread,
        "urgent": row.urgent,
        "topic": summary.topic if summary else "",
        "origin": summary.origin if summary else None,
        "sentences": [describe_sentence(item) for item in summary.sentences] if summary else [],
    }


def _describe_todo_plainly(todo: ToDoRow) -> dict[str, object]:
    return {
        "who": todo.who,
        "what": todo.what,
        "when": todo.when,
        "mine": todo.is_mine,
        "conversation": todo.conversation_id,
    }


def _count_coverage(
    rows: Iterable[ConversationRow], summaries: dict[int, SummaryRow | None]
) -> dict[str, int]:
    rows = list(rows)
    made = [summary for summary in summaries.values() if summary is not None]
    by_model = [summary for summary in made if summary.origin == "model"]
    return {
        "conversations": len(rows),
        "unread": sum(row.unread for row in rows),
        "covered": sum(summary.covered for summary in by_model),
        "summarised": len(by_model),
        "quoted": len(made) - len(by_model),
    }


def _write_activity(reader: Reader, day: date, zone: tzinfo, language: Language) -> list[str]:
    """What was written on the whole local day, read or not."""
    start = localize(datetime.combine(day, time()), zone)
    end = localize(datetime.combine(day + timedelta(days=1), time()), zone)
    found = reader.activity(start, end)
    messages = say_count(sum(row.messages for row in found), "message", language)
    conversations = say_count(len(found), "conversation", language)
    words = _WORDS[language]
    return [words["activity"].format(messages=messages, conversations=conversations), ""]


def _write_todos(title: str, todos: Sequence[ToDoRow]) -> list[str]:
    if not todos:
        return []
    return [f"## {title}", "", *(f"- [ ] {_describe_todo(todo)}" for todo in todos), ""]


def _describe_todo(todo: ToDoRow) -> str:
    what = escape_markdown(f"{todo.who}: {todo.what}")
    when = f" ({escape_markdown(todo.when)})" if todo.when else ""
    return f"{what}{when} — {escape_markdown(todo.conversation_title)}"


def _write_conversation(
    row: ConversationRow, summary: SummaryRow | None, words: dict[str, str]
) -> list[str]:
    title = escape_markdown(summary.topic if summary and summary.topic else "")
    heading = escape_markdown(row.title) + (f" — {title}" if title else "")
    label = words["unread"].format(label=row.source_label, unread=row.unread)
    if summary is None:
        why = words["disappearing" if row.is_disappearing else "no_summary"]
        return [f"### {heading}", "", f"*{label}*", "", why, ""]
    if summary.origin == "model":
        label = f"{label} · {words['gist']}"
    quoted = words["quoted"]
    lines = [
        f"- {quoted}: {escape_markdown(sentence.text)}"
        if sentence.is_quote
        else f"- *{escape_markdown(sentence.text)}*"
        for sentence in summary.sentences
    ]
    lines += [
        f"- {quoted}: {escape_markdown(item.sender)}: {escape_markdown(item.text)}"
        for item in summary.unquoted_highlights
    ]
    return [f"### {heading}", "", f"*{label}*", "", *lines, ""]
