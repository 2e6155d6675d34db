"""A conversation: its summary, the messages behind a sentence, and nothing that moves by itself."""

from __future__ import annotations

from typing import Any

import pytest

from storage.records import HighlightRecord, SentenceRecord
from tui.messages import MessagesRead
from tui.reading import PART_MESSAGES, MessagesContent
from tui.screens.conversation import IN_MESSAGES, ConversationScreen
from tui.screens.inbox import InboxScreen
from tui.widgets.message_pane import MessagePane
from tui.widgets.summary_pane import SummaryPane
from tui.widgets.summary_panel import SummaryPanel
from tui.widgets.top_bar import TopBar

NARROW, WIDE = (80, 24), (120, 40)


def find_message(app: Any) -> Any:
    """The message under the cursor of the messages."""
    return app.screen.query_one(MessagePane).row.message


def is_in_messages(app: Any) -> bool:
    return bool(app.screen.has_class(IN_MESSAGES))


async def open_chat(app: Any, pilot: Any, press: Any, conversation_id: int, **options: Any) -> None:
    await press(pilot)
    app.push_screen(ConversationScreen(app.context, conversation_id, **options))
    await press(pilot)


async def test_the_summary_has_the_keys_at_first(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter")
        assert app.focused is app.screen.query_one(SummaryPane)
        assert app.screen.query_one(TopBar).place == "Kitchen renovation"
        assert not app.screen.query_one("#talk").display


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("key", ["enter", "e"])
async def test_one_key_shows_the_messages_behind_a_sentence(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, size: Any, key: str
) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "j", "enter", "j", key)
        assert is_in_messages(app)
        assert find_message(app).text == "Doyun can you pay it? I'll settle with you on the weekend"
        assert "▌" in next(line for line in read_screen(app).splitlines() if "can you pay" in line)
        await press(pilot, "escape")
        assert not is_in_messages(app)
        assert app.screen.query_one(SummaryPane).row.key == "sentence-1"
        await press(pilot, "escape")
        assert isinstance(app.screen, InboxScreen)


async def test_a_quote_among_the_models_sentences_is_marked_and_shown_once(
    archive_path: Any, make_app: Any, press: Any, seeder: Any, chats: Any, read_screen: Any
) -> None:
    chat = chats["Kitchen renovation"]
    ids = [row.id for row in seeder.reader.unread_messages(seeder.find_id(chat["title"]))[1]]
    *_, paid, _, tiles, _, _ = ids
    seeder.add_summary(
        chat,
        sentences=(
            SentenceRecord("The tiler starts on Tuesday.", (paid,)),
            SentenceRecord("Marek: Doyun can you pay it?", (paid,), is_quote=True),
        ),
        highlights=(
            HighlightRecord(paid, "Marek", "Doyun can you pay it?"),
            HighlightRecord(tiles, "Marek", "Herringbone"),
        ),
    )
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter", "j")
        lines = read_screen(app).splitlines()
        start = lines.index("  ✦ The tiler starts on Tuesday.")
        assert lines[start + 1] == "▌ “ Marek: Doyun can you pay it?"
        assert lines[start + 3 : start + 5] == ["  In their words", "  Marek         Herringbone"]
        assert sum("Doyun can you pay it?" in line for line in lines) == 1
        await press(pilot, "enter")
        assert find_message(app).id == paid


async def test_all_messages_behind_a_sentence_are_marked(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter", "enter", "g")
        marked = [line for line in read_screen(app).splitlines() if "»" in line]
        assert "The tiler had a cancellation" in marked[0]
        assert any("Deposit of €350" in line for line in marked)


async def test_side_by_side_the_messages_follow_the_sentence(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "j", "enter")
        assert find_message(app).text.startswith("The tiler had a cancellation")
        await press(pilot, "j", "j")
        assert find_message(app).text.startswith("Also he asks") is False
        assert find_message(app).text == "Herringbone, we agreed on that in September"
        assert not is_in_messages(app)


async def test_highlights_and_to_dos_lead_to_their_message_too(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter", "G", "enter")
        assert find_message(app).text.startswith("Doyun can you pay it?")


@pytest.mark.parametrize("key", ["tab", "m"])
async def test_the_messages_open_where_the_unread_ones_begin(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, key: str
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter", key)
        message = find_message(app)
        assert message.is_unread
        pane = app.screen.query_one(MessagePane)
        assert not any(other.is_unread for other in pane.messages if other.id < message.id)
        assert " unread from here " in read_screen(app)
        assert " Today " in read_screen(app)
        await press(pilot, key)
        assert not is_in_messages(app)


async def test_without_a_summary_the_messages_come_first(
    archive_path: Any, make_app: Any, press: Any, seeder: Any, read_screen: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await open_chat(app, pilot, press, seeder.find_id("독서 모임"))
        assert is_in_messages(app)
        shown = read_screen(app)
        assert "You           『파친코』로 가요" in shown
        assert "은주          message deleted" in shown
        assert "은주님이 나갔습니다." in shown
        await press(pilot, "escape")
        assert isinstance(app.screen, InboxScreen)


async def test_from_a_search_the_screen_opens_at_the_message(
    archive_path: Any, make_app: Any, press: Any, seeder: Any
) -> None:
    conversation_id = seeder.find_id("Rust Seoul")
    message = seeder.reader.messages(conversation_id)[3]
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await open_chat(app, pilot, press, conversation_id, message_id=message.id)
        assert find_message(app) == message
        await press(pilot, "escape")
        assert isinstance(app.screen, InboxScreen)


async def test_older_and_newer_messages_are_loaded_on_the_way(
    archive_path: Any, make_app: Any, press: Any, seeder: Any
) -> None:
    chat = {"source": "telegram", "title": "Endless", "kind": "group"}
    lines = [("Sofia", 3000 - n, f"line {n}") for n in range(3 * PART_MESSAGES)]
    seeder.add_messages(chat, lines)
    conversation_id = seeder.find_id("Endless")
    messages = seeder.reader.messages(conversation_id, limit=1000)
    middle = messages[len(messages) // 2]
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await open_chat(app, pilot, press, conversation_id, message_id=middle.id)
        pane = app.screen.query_one(MessagePane)
        assert len(pane.messages) == PART_MESSAGES
        await press(pilot, "g", "g", "g", "g")
        assert find_message(app) == messages[0]
        await press(pilot, "G", "G", "G", "G")
        assert find_message(app) == messages[-1]
        assert list(pane.messages) == messages


async def test_loading_older_messages_moves_nothing_on_the_screen(
    archive_path: Any, make_app: Any, press: Any, seeder: Any, read_screen: Any
) -> None:
    chat = {"source": "telegram", "title": "Endless", "kind": "group"}
    seeder.add_messages(chat, [("Sofia", 3000 - n, f"line {n}") for n in range(500)])
    conversation_id = seeder.find_id("Endless")
    newest = seeder.reader.messages(conversation_id)[-1]
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await open_chat(app, pilot, press, conversation_id, message_id=newest.id)
        pane = app.screen.query_one(MessagePane)
        loaded = pane.messages[0]
        pane.go_to(str(pane.messages[20].id), centre=True)
        before = [line[:70].rstrip() for line in read_screen(app).splitlines()]
        await press(pilot)
        assert pane.messages[0].id < loaded.id
        assert [line[:70].rstrip() for line in read_screen(app).splitlines()] == before


async def test_a_summary_being_read_is_not_rewritten(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, seeder: Any, chats: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter", "j")
        before = read_screen(app).splitlines()[1:20]
        seeder.add_summary(
            chats["Kitchen renovation"], topic="Tiles, at last", input_hash="new", todos=()
        )
        app.poll()
        await press(pilot)
        shown = read_screen(app)
        assert shown.splitlines()[1:20] == before
        assert "A new summary is ready: press R to show it" in shown
        await press(pilot, "R")
        shown = read_screen(app)
        assert "Tiles, at last" in shown
        assert "press R" not in shown
        assert app.screen.query_one(SummaryPane).row.key == "sentence-1"


async def test_messages_that_come_in_are_told_and_not_pushed_in(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, seeder: Any, chats: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter", "m", "G")
        before = read_screen(app).splitlines()[1:20]
        seeder.add_messages(chats["Kitchen renovation"], [("Aoife", 1, "he is at the door")])
        app.poll()
        await press(pilot)
        assert read_screen(app).splitlines()[1:20] == before
        assert "New messages came in: press R to show them" in read_screen(app)
        await press(pilot, "R", "G")
        assert find_message(app).text == "he is at the door"
        assert "press R" not in read_screen(app)


async def test_a_changed_mark_shows_at_once(
    archive_path: Any, make_app: Any, press: Any, read_screen: Any, seeder: Any, chats: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter", "j", "j")
        seeder.outdate(chats["Kitchen renovation"])
        app.poll()
        await press(pilot)
        assert "↻ outdated" in read_screen(app)
        assert not app.screen.query_one(SummaryPanel).has_news
        assert app.screen.query_one(SummaryPane).row.key == "sentence-2"


async def test_r_and_u_mark_and_take_back(
    archive_path: Any, make_app: Any, press: Any, seeder: Any
) -> None:
    app = make_app()
    conversation_id = seeder.find_id("Kitchen renovation")
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "j", "enter", "r")
        assert seeder.reader.get_conversation(conversation_id).unread == 0
        await press(pilot, "u")
        assert seeder.reader.get_conversation(conversation_id).unread == 12


async def test_s_asks_for_a_new_summary(
    archive_path: Any, make_app: Any, press: Any, actions: Any, seeder: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "enter", "s")
        assert actions.asked == [f"summary {seeder.find_id('북한산 산악회')}"]


async def test_n_and_p_go_through_the_inbox(archive_path: Any, make_app: Any, press: Any) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "enter", "p")
        assert app.screen.query_one(TopBar).place == "북한산 산악회"
        await press(pilot, "n", "n")
        assert app.screen.query_one(TopBar).place == "엄마"
        await press(pilot, "p")
        assert app.screen.query_one(TopBar).place == "Kitchen renovation"
        await press(pilot, "escape")
        assert app.screen.conversation.title == "Kitchen renovation"


async def test_a_message_that_is_gone_is_said_to_be(
    archive_path: Any, make_app: Any, press: Any, seeder: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await open_chat(app, pilot, press, seeder.find_id("엄마"), message_id=999_999)
        (told,) = app._notifications
        assert told.message.startswith("That message is gone")
        assert find_message(app).text == "그리고 김치 가져갈 통 챙겨 오렴 ❤️"


async def test_a_conversation_that_is_gone_is_left(
    archive_path: Any, make_app: Any, press: Any
) -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await open_chat(app, pilot, press, 999_999)
        assert isinstance(app.screen, InboxScreen)


async def test_a_part_of_a_window_that_was_left_is_dropped(
    archive_path: Any, make_app: Any, press: Any, seeder: Any
) -> None:
    conversation_id = seeder.find_id("Rust Seoul")
    messages = seeder.reader.messages(conversation_id)
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await open_chat(app, pilot, press, conversation_id, message_id=messages[-1].id)
        shown = list(app.screen.query_one(MessagePane).messages)
        late = MessagesContent("before", messages[-1].id, messages[:3])
        app.screen.post_message(MessagesRead(late, number=0))
        late = MessagesContent("around", messages[0].id, messages[:3])
        app.screen.post_message(MessagesRead(late, number=0))
        await press(pilot)
        assert list(app.screen.query_one(MessagePane).messages) == shown


async def test_side_by_side_a_changed_mark_leaves_the_messages_where_they_are(
    archive_path: Any, make_app: Any, press: Any, seeder: Any, chats: Any
) -> None:
    app = make_app()
    async with app.run_test(size=(120, 14)) as pilot:
        await press(pilot, "j", "enter")
        pane = app.screen.query_one(MessagePane)
        pane.scroll_end(animate=False)
        await press(pilot)
        before = pane.scroll_y
        seeder.outdate(chats["Kitchen renovation"])
        app.poll()
        await press(pilot)
        assert before > 0
        assert pane.scroll_y == before
