"""A whole export, from file to changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from companion.errors import StoreBroken
from companion.sources.interface import (
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Skipped,
    SourceSettings,
)
from companion.sources.whatsapp import WhatsAppSource

WriteExport = Callable[..., Path]

GROUP = """\
[13.06.18, 21:00:10] My Group: \u200eMessages and calls are end-to-end encrypted.
[13.06.18, 21:00:10] Boris: \u200eBoris created group “My Group”
[13.06.18, 21:00:11] My Group: \u200eBoris added you
[13.06.18, 21:25:15] Boris: who has\r
the keys?

nobody?
\u200e[13.06.18, 21:25:15] ~\u202fAnna: \u200eimage omitted
[13.06.18, 21:25:15] Boris: who has\r
the keys?

nobody?
[13.06.18, 21:26:00] \u202a+49\u00a0170 1\u202c: \u200eThis message was deleted.
[13.06.18, 21:27:00] Boris: tomorrow \u200e<This message was edited>
"""


def read(path: Path, settings: SourceSettings) -> list[object]:
    return [c for c in WhatsAppSource(path, settings).read() if not isinstance(c, CursorAdvanced)]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    return [change for change in read(path, settings) if isinstance(change, MessageFound)]


def read_conversation(path: Path, settings: SourceSettings) -> ConversationFound:
    (found,) = [c for c in read(path, settings) if isinstance(c, ConversationFound)]
    return found


def read_warnings(path: Path, settings: SourceSettings) -> list[Skipped]:
    return [change for change in read(path, settings) if isinstance(change, Skipped)]


def test_a_group_of_ios_is_told_whole(write_export: WriteExport, settings: SourceSettings) -> None:
    path = write_export(GROUP, "_chat.txt")
    found = ConversationFound("my group", "My Group", "group", has_ids=False)
    assert read_conversation(path, settings) == found
    assert [(m.sender, m.kind, m.text, m.edited) for m in read_messages(path, settings)] == [
        ("", "system", "Messages and calls are end-to-end encrypted.", False),
        ("Boris", "system", "Boris created group “My Group”", False),
        ("", "system", "Boris added you", False),
        ("Boris", "text", "who has\nthe keys?\n\nnobody?", False),
        ("~ Anna", "media", "image omitted", False),
        ("Boris", "text", "who has\nthe keys?\n\nnobody?", False),
        ("+49 170 1", "deleted", "This message was deleted.", False),
        ("Boris", "text", "tomorrow", True),
    ]
    assert not read_warnings(path, settings)


def test_times_are_the_owners_wall_clock_and_marked_so(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    message = read_messages(write_export(GROUP), settings)[3]
    assert message.sent_at == datetime(2018, 6, 13, 12, 25, 15, tzinfo=UTC)
    assert message.is_approximate
    assert message.is_read is None


def test_messages_of_one_second_keep_their_order_and_equal_ones_their_number(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    messages = read_messages(write_export(GROUP), settings)[3:6]
    assert [m.position for m in messages] == [0, 1, 2]
    assert len({m.id for m in messages}) == 3


def test_lines_out_of_order_sort_by_time_without_losing_the_order_of_a_minute(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    path = write_export(
        "1/1/21, 12:02 - A: third\n1/1/21, 12:03 - B: fifth\n"
        "1/1/21, 12:02 - A: fourth\n1/1/21, 12:01 - B: first\n1/1/21, 12:01 - B: second\n"
    )
    messages = sorted(read_messages(path, settings), key=lambda m: (m.sent_at, m.position))
    assert [m.text for m in messages] == ["first", "second", "third", "fourth", "fifth"]


def test_a_grown_export_gives_its_old_part_the_old_ids(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    old = [m.id for m in read_messages(write_export(GROUP), settings)]
    grown = GROUP + "[14.06.18, 08:00:00] Boris: found them\n"
    new = [m.id for m in read_messages(write_export(grown), settings)]
    assert new[:-1] == old
    assert new[-1] not in old


def test_an_export_that_tells_more_corrects_the_old_messages_under_their_ids(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    early = "4/3/18, 21:25 - A: hi\n4/3/18, 21:26 - Dr: Who: run\n"
    late = early + "4/13/18, 21:25 - Dr: Who left\n"
    old = read_messages(write_export(early), settings)
    new = read_messages(write_export(late), settings)
    assert [m.id for m in new[:2]] == [m.id for m in old]
    assert [(m.sent_at.month, m.sender) for m in old] == [(3, "A"), (3, "Dr")]
    assert [(m.sent_at.month, m.sender) for m in new[:2]] == [(4, "A"), (4, "Dr: Who")]


def test_an_unchanged_export_tells_nothing_again(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    path = write_export(GROUP)
    last = list(WhatsAppSource(path, settings).read())[-1]
    assert isinstance(last, CursorAdvanced)
    assert list(WhatsAppSource(path, settings).read(last.cursor)) == [last]


def test_the_owner_is_known_by_the_names_told(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    told = replace(settings, me=("anna",))
    mine = [m.sender for m in read_messages(write_export(GROUP), told) if m.is_me]
    assert mine == ["~ Anna"]


def test_in_a_chat_named_after_the_other_the_owner_is_the_one_who_is_left(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    text = "13/06/18, 21:25 - Dr: Who: hi\n13/06/18, 21:26 - Me Myself: hello\n"
    path = write_export(text, "WhatsApp Chat with Dr_ Who.txt")
    assert read_conversation(path, settings).kind == "direct"
    messages = read_messages(path, replace(settings, me=("Dr: Who",)))
    assert [(m.sender, m.is_me) for m in messages] == [("Dr: Who", True), ("Me Myself", False)]
    text = text.replace("Dr: Who", "+1 234")
    path = write_export(text, "WhatsApp Chat with +1 234.txt")
    assert [m.is_me for m in read_messages(path, settings)] == [False, True]


def test_an_ios_chat_is_named_after_the_signature_of_its_first_line(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    path = write_export(
        "[13.06.18, 21:00:10] Anna: \u200eMessages and calls are end-to-end encrypted.\n"
        "[13.06.18, 21:01:10] Me: hi\n[13.06.18, 21:02:10] Anna: hello\n",
        "_chat.txt",
    )
    found = ConversationFound("anna", "Anna", "direct", has_ids=False)
    assert read_conversation(path, settings) == found
    assert [m.sender for m in read_messages(path, settings) if m.is_me] == ["Me"]


def test_an_ios_group_whose_first_line_a_member_signs_is_named_by_its_subject(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    text = GROUP.split("\n", 1)[1]
    assert read_conversation(write_export(text), settings).title == "My Group"
    alone = text.replace("My Group: \u200eBoris added you", "Boris: hi")
    assert read_conversation(write_export(alone), settings).title == "My Group"


@pytest.mark.parametrize(
    ("name", "text", "title", "kind"),
    [
        ("WhatsApp Chat with Trip.txt", "A: hi|B: hi|C: hi", "Trip", "group"),
        ("x.txt", 'A created group "Trip: Rome"|A: hi', "Trip: Rome", "group"),
        ("x.txt", 'A created group "T"|A changed the subject from "T" to "Ro"', "Ro", "group"),
        ("x.txt", "A hat dich zur Gruppe hinzugefügt|B: hi", "x", "group"),
        ("x.txt", "B: hi|A: hi", "A, B", "direct"),
        ("x.txt", "A: hi|You: hi", "A", "direct"),
        ("x.txt", "A: hi|B: hi|C: hi", "x", "group"),
    ],
)  # fmt: skip
def test_title_and_kind_come_from_the_best_that_tells_them(
    write_export: WriteExport, settings: SourceSettings, name: str, text: str, title: str, kind: str
) -> None:
    path = write_export("".join(f"13/06/18, 21:25 - {line}\n" for line in text.split("|")), name)
    found = read_conversation(path, settings)
    assert (found.title, found.kind) == (title, kind)


def test_ambiguous_dates_are_told(write_export: WriteExport, settings: SourceSettings) -> None:
    path = write_export("3/6/18, 21:25 - A: hi\n")
    (warning,) = read_warnings(path, settings)
    assert "day before month" in warning.reason
    assert read_messages(path, settings)[0].sent_at.month == 6


def test_dates_of_two_orders_are_told(write_export: WriteExport, settings: SourceSettings) -> None:
    path = write_export("13/6/18, 21:25 - A: hi\n6/14/18, 21:25 - A: hi\n")
    (warning,) = read_warnings(path, settings)
    assert "one file" in warning.reason
    assert [m.sent_at.day for m in read_messages(path, settings)] == [13, 14]


def test_a_pasted_chat_of_another_phone_stays_one_message(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    lines = [f"13/06/18, 21:{minute:02} - A: {minute}" for minute in range(40)]
    pasted = "[12/06/18, 08:00:00] Carl: said so"
    lines.insert(20, pasted)
    path = write_export("\n".join(lines) + "\n")
    messages = read_messages(path, settings)
    assert len(messages) == 40
    assert messages[19].text == f"19\n{pasted}"
    (warning,) = read_warnings(path, settings)
    assert warning.reason.startswith("1 lines")


def test_exports_joined_into_one_file_are_all_read(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    lines = [f"13/06/18, 21:{minute:02} - A: {minute}" for minute in range(40)]
    lines += [f"[14/06/18, 21:{minute:02}:00] A: {minute}" for minute in range(10)]
    assert len(read_messages(write_export("\n".join(lines)), settings)) == 50


def test_a_date_in_no_calendar_is_skipped_with_its_line_and_the_rest_read(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    path = write_export(
        "13/06/18, 21:25 - A: hi\n31/02/18, 21:25 - A: lost\n14/06/18, 1:00 - A: ho\n"
    )
    assert [w.line for w in read_warnings(path, settings)] == [2]
    assert [m.text for m in read_messages(path, settings)] == ["hi", "ho"]


def test_text_before_the_first_message_is_told_once(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    path = write_export("\nkept by hand\nfor years\n13/06/18, 21:25 - A: hi\n")
    assert read_warnings(path, settings) == [Skipped("text before the first message", 2)]


def test_a_file_without_a_message_is_broken(
    write_export: WriteExport, settings: SourceSettings
) -> None:
    with pytest.raises(StoreBroken, match="no message"):
        read(write_export("nothing here\n"), settings)


def test_a_folder_unpacked_from_a_zip_is_read_and_gives_the_title(
    tmp_path: Path, settings: SourceSettings
) -> None:
    folder = tmp_path / "WhatsApp Chat - Trip"
    folder.mkdir()
    (folder / "_chat.txt").write_text(GROUP, encoding="utf-8")
    assert WhatsAppSource.probe(folder)
    assert read_conversation(folder, settings).title == "Trip"


# ------------------------------------------------------------------ round trip

STAMPS = {
    "de android": "{0:%d.%m.%y, %H:%M} - ",
    "de ios": "[{0:%d.%m.%y, %H:%M:%S}] ",
    "en-US android": "{0.month}/{0.day}/{0:%y, %I:%M %p} - ",
    "en-US ios": "\u200e[{0.month}/{0.day}/{0:%y, %I:%M:%S\u202f%p}] ",
    "es android": "{0.day}/{0.month}/{0:%y %H:%M} - ",
    "fi ios": "[{0.day}.{0.month}.{0:%Y klo %H.%M.%S}] ",
    "ko ios": "[{0:%Y. %m. %d. %H:%M:%S}] ",
    "sv android": "{0:%Y-%m-%d %H:%M} - ",
    "fr android": "{0:%d/%m/%Y à %H:%M} - ",
}

names = st.sampled_from(["Alice", "Bob", "~ Carl", "+49 170 1", "김하늘", "د. ليلى"])
lines = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u200e<>\ufeff"),
    max_size=40,
)
texts = (
    st.lists(lines, min_size=1, max_size=4)
    .map("\n".join)
    .filter(lambda text: text == text.rstrip("\n") and text.strip() not in ("", "null"))
)
moments = st.datetimes(datetime(2012, 1, 1), datetime(2026, 11, 30))  # noqa: DTZ001
late = datetime(2020, 8, 31, 12)  # noqa: DTZ001  (a date that tells day from month)


@pytest.mark.parametrize("locale", sorted(STAMPS))
@given(written=st.lists(st.tuples(moments, names, texts), min_size=1, max_size=12))
@hypothesis_settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_what_a_phone_writes_is_read_back_to_the_letter(
    tmp_path: Path, locale: str, written: list[tuple[datetime, str, str]]
) -> None:
    written = [*written, (late, "Alice", "last")]
    path = tmp_path / "chat.txt"
    entries = [f"{STAMPS[locale].format(at)}{name}: {text}\r\n" for at, name, text in written]
    path.write_bytes("".join(entries).encode())
    found = read_messages(path, SourceSettings(ZoneInfo("UTC")))
    kept = {"second": 0} if "%S" not in STAMPS[locale] else {}
    expected = [
        (at.replace(microsecond=0, tzinfo=UTC, **kept), name, text) for at, name, text in written
    ]
    assert [(m.sent_at, m.sender, m.text) for m in found] == expected
    assert {m.kind for m in found} == {"text"}
