from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.cues import find_cues, is_small_talk
from inference.highlights import WEIGHTS, choose_highlights, find_features
from inference.interface import Chat, ChatMessage

MakeChat = Callable[..., Chat]


def chosen_ids(chat: Chat) -> list[int]:
    return [highlight.message_id for highlight in choose_highlights(chat)]


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        (("a: hi", "b: hello"), [0, 1]),
        (
            (
                "엄마: 딸 뭐해",
                "수빈: 회사ㅋㅋ",
                "엄마: 소박이 받자마자 냉장고에 넣어 내일 오후 3시에 도착한대",
                "수빈: ㅇㅋ",
                "엄마: ㅎㅎ",
                "수빈: 그럼 경비실에 맡겨달라고 문자할게",
            ),
            [2, 5],
        ),
        (
            (
                "Denny: morning all",
                "Carl: lol",
                "Denny: coach now leaves at 7.30 from the Legion, not 8",
                "Carl: 😂😂",
                "Shaz: can someone bring my £22 on Saturday?",
                "Carl: cheers",
            ),
            [2, 4],
        ),
    ],
)
def test_what_matters_is_chosen_in_both_languages(
    make_chat: MakeChat, lines: tuple[str, ...], chosen: list[int]
) -> None:
    assert chosen_ids(make_chat(*lines)) == chosen


def test_a_correction_beats_what_it_corrects(make_chat: MakeChat) -> None:
    chat = make_chat(
        "Bo: dinner is on Friday at 8 at Lisie's",
        "Cy: great",
        "Cy: lol",
        "Bo: actually dinner moved to Saturday at 8",
        "Cy: ok",
        "Cy: haha",
    )
    features = find_features(chat.messages, chat)
    assert features[0]["corrected"] == 1.0
    assert 3 in chosen_ids(chat)


def test_a_request_to_the_owner_says_so(make_chat: MakeChat) -> None:
    chat = make_chat("Bo: Andy please call the bank", "Cy: hi", me="Andy")
    assert choose_highlights(chat)[0].reasons[:2] == ("addressed", "request")


def test_context_and_silent_messages_are_never_chosen(make_chat: MakeChat) -> None:
    chat = make_chat(
        "*Bo: the flight leaves at 9:40 on Monday from gate 12", "Cy: ok", "Bo: x", "Cy: y", "Bo: z"
    )
    silent = (
        ChatMessage(90, "", "Cy joined the group and 40 others on Monday", kind="system"),
        ChatMessage(91, "Bo", "", kind="deleted"),
        ChatMessage(92, "Bo", "photo", kind="media"),
    )
    ids = chosen_ids(replace(chat, messages=(*chat.messages, *silent)))
    assert ids
    assert not {0, 90, 91, 92} & set(ids)


def test_media_come_where_there_is_nothing_else() -> None:
    photo = ChatMessage(1, "Bo", "(photo)", kind="media")
    assert chosen_ids(Chat("", "", (photo, ChatMessage(2, "Bo", "", kind="deleted")))) == [1]


def test_nothing_unread_gives_nothing(make_chat: MakeChat) -> None:
    assert choose_highlights(make_chat("*Bo: hi")) == ()


@st.composite
def chats(draw: st.DrawFn) -> Chat:
    texts = draw(st.lists(st.text(max_size=40), max_size=15))
    return Chat("", "", tuple(ChatMessage(i, "ab"[i % 2], t) for i, t in enumerate(texts)))


@given(chats())
def test_highlights_are_two_to_four_verbatim_in_order(chat: Chat) -> None:
    found = choose_highlights(chat)
    texts = {m.id: m.text for m in chat.messages}
    assert min(2, len(found)) <= len(found) <= 4
    assert [h.message_id for h in found] == sorted({h.message_id for h in found})
    assert all(h.text == texts[h.message_id] for h in found)
    assert found == choose_highlights(chat)


@given(chats())
def test_every_feature_has_a_weight(chat: Chat) -> None:
    assert all(set(found) <= set(WEIGHTS) for found in find_features(chat.messages, chat))


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("내일까지 보내주세요", {"request", "date"}),
        ("please bring it tomorrow", {"request", "date"}),
        ("정정이요 7시 아니고 8시", {"correction", "date"}),
        ("actually it's off", {"correction", "decision"}),
        ("제가 할게요", {"promise"}),
        ("I’ll do it", {"promise"}),
        ("몇시?", {"question"}),
    ],
)
def test_cue_words_of_both_languages_tell_the_same(text: str, cues: set[str]) -> None:
    assert find_cues(text) == cues


@pytest.mark.parametrize(
    ("text", "small"),
    [
        ("ㅋㅋㅋㅋ", True),
        ("네네 감사합니다~!", True),
        ("thanks! 🙏", True),
        ("haha " * 14, True),
        ("네 7시요", False),
        ("thanks for the £20", False),
        ("ha" * 5000 + "x", False),
    ],
)
def test_small_talk_is_nothing_but_small_talk(text: str, small: bool) -> None:
    assert is_small_talk(text) is small
