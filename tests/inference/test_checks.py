from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from inference.checks import SourceText, check_draft, check_sentence, check_todo
from inference.interface import Chat
from inference.parsing import Draft, DraftToDo

MakeChat = Callable[..., Chat]


@pytest.fixture
def english(make_chat: MakeChat) -> SourceText:
    chat = make_chat(
        "Marisol: can you get Biscuit from the groomer at 4, they close at 5 so don't be late",
        "Andy: 4 is tight, I've a call till 4:15",
        "Marisol: then get the dry cleaning before 6, the ticket is on the fridge",
        "Andy: deal",
        "Priya: I'll water the plants on Saturday",
        "Priya: see https://example.com/plants",
        title="Home",
        me="Andy",
    )
    return SourceText(chat, "en")


@pytest.fixture
def korean(make_chat: MakeChat) -> SourceText:
    chat = make_chat(
        "혜진: 집주인한테 전화했어 보일러 기사님 내일 오전 10시에 온대",
        "다은: 나 1교시라 못 있어",
        "유리: 나도 알바ㅠ",
        "혜진: 내가 재택이라 있을게",
        "혜진: 수리비 3만원은 집주인이 낸대 영수증만 보내달래",
        title="302호",
        me="다은",
    )
    return SourceText(chat, "ko")


@pytest.mark.parametrize(
    ("sentence", "flags"),
    [
        ("Andy picks up the dry cleaning before 6 with the ticket on the fridge.", ()),
        ("Priya waters the plants on Saturday.", ()),
        ("Nadia picks up the dry cleaning before 6.", ("ungrounded-name",)),
        ("Andy picks up the dry cleaning before 8.", ("ungrounded-number",)),
        ("Andy picks up the dry cleaning on Sunday.", ("ungrounded-number",)),
        ("Priya told of evil.example.net about plants.", ("ungrounded-number",)),
        ("오늘 5시에 세탁물을 찾아오기로 했다.", ("wrong-language",)),
        ("Andy gets Biscuit 来自 the groomer.", ("wrong-language",)),
        ("Andy gets Bis\ufffdcuit at the groomer.", ("wrong-language",)),
        ("They close at 5 so don't be late, Andy.", ("copied",)),
        ("Andy gets the dog and Andy gets the dog and Biscuit.", ("repeated",)),
        ("Andy: I've a call about Biscuit.", ("echo",)),
        ("As an AI I summarise the groomer call.", ("echo",)),
        ("Andy deal.", ("fragment",)),
        ("Andy " + "gets the dry cleaning ticket, " * 12, ("too-long", "repeated")),
        ("The group talked.", ("filler",)),
        ("Everything went very smoothly there.", ("filler",)),
        ("Priya has a call till 4:15.", ("wrong-speaker",)),
        ("Andy picks up the dry cleaning, and Priya has a call till 4:15.", ("wrong-speaker",)),
    ],
)
def test_an_english_sentence_is_flagged_for_what_it_breaks(
    english: SourceText, sentence: str, flags: tuple[str, ...]
) -> None:
    assert check_sentence(sentence, english) == flags


@pytest.mark.parametrize(
    ("sentence", "flags"),
    [
        ("보일러 기사가 내일 오전 10시에 오며 재택인 혜진이 맞이한다.", ()),
        ("수리비 3만 원은 집주인이 낸다.", ()),
        ("민수님이 보일러 기사를 맞이한다.", ("ungrounded-name",)),
        ("보일러 기사가 내일 오후 10시에 온다.", ("ungrounded-number",)),
        ("수리비 5만 원은 집주인이 낸다.", ("ungrounded-number",)),
        ("The boiler is repaired at 10.", ("wrong-language",)),
        ("보일러 기사님 내일 오전 10시에 온대.", ("copied",)),
        ("집주인은 보일러 수리비를 내고 혜진은 집주인은 보일러 수리비를 내고 있다.", ("repeated",)),
        ("혜진: 보일러 기사가 내일 온대.", ("echo",)),
        ("보일러 대화를 요약하겠습니다 여러분.", ("echo",)),
        ("보일러 온다.", ("fragment",)),
        ("유리가 수리비 영수증을 집주인에게 보낸다.", ("wrong-speaker",)),
        ("보일러는 내일 고치고 유리가 수리비 영수증을 집주인에게 보낸다.", ("wrong-speaker",)),
    ],
)
def test_a_korean_sentence_is_flagged_for_what_it_breaks(
    korean: SourceText, sentence: str, flags: tuple[str, ...]
) -> None:
    assert check_sentence(sentence, korean) == flags


def test_of_two_people_a_neighbour_is_no_part(make_chat: MakeChat) -> None:
    lines = (
        "Rachel: I refill the pills tomorrow after work",
        "Mrs Cho: she ate half a bowl of rice",
    )
    source = SourceText(make_chat(*lines, me="Rachel"), "en")
    assert check_sentence("Rachel refills the pills tomorrow after work today.", source) == ()
    assert check_sentence("Mrs Cho refills the pills tomorrow.", source) == ("wrong-speaker",)


def test_neighbours_are_those_of_the_whole_chat(make_chat: MakeChat) -> None:
    whole = make_chat(
        "Bo: who brings the speakers on Saturday",
        "Cy: I bring the speakers on Saturday",
        "Dee: the weather looks fine",
        "Bo: and what about the cake",
    )
    part = replace(whole, messages=(whole.messages[1], whole.messages[3]))
    source = SourceText(part, "en", whole=whole)
    assert check_sentence("Bo wants the speakers on Saturday.", source) == ()
    apart = replace(whole, messages=(whole.messages[1], whole.messages[2], whole.messages[3]))
    alone = SourceText(
        replace(apart, messages=(apart.messages[0], apart.messages[2])), "en", whole=apart
    )
    assert check_sentence("Bo wants the speakers on Saturday.", alone) == ("wrong-speaker",)


@pytest.mark.parametrize(
    ("todo", "flags"),
    [
        (DraftToDo("Andy", "Pick up the dry cleaning", "before 6"), ()),
        (DraftToDo("everyone", "Water the plants", ""), ()),
        (DraftToDo("Nadia", "Pick up the dry cleaning", ""), ("ungrounded-name",)),
        (DraftToDo("Andy", "Pick up the dry cleaning", "at 9"), ("ungrounded-number",)),
        (DraftToDo("everyone", "세탁물 찾기", ""), ("wrong-language",)),
        (DraftToDo("Priya", "Take the call till 4:15", ""), ("wrong-speaker",)),
    ],
)
def test_a_to_do_is_flagged_for_what_it_breaks(
    english: SourceText, todo: DraftToDo, flags: tuple[str, ...]
) -> None:
    assert check_todo(todo, english) == flags


GOOD = "Andy picks up the dry cleaning before 6."
ALSO_GOOD = "Priya waters the plants on Saturday."
BAD = "Andy picks up Biscuit at 11."


@pytest.mark.parametrize(
    ("sentences", "kept", "passes"),
    [
        ((GOOD, ALSO_GOOD), (GOOD, ALSO_GOOD), True),
        ((GOOD, BAD, ALSO_GOOD), (GOOD, ALSO_GOOD), True),
        ((BAD, GOOD), (GOOD,), False),
        ((BAD,), (), False),
        ((), (), False),
        ((GOOD, GOOD + " Andy picks up."), (GOOD,), True),
    ],
)
def test_a_draft_stands_or_falls_with_its_first_sentence(
    english: SourceText, sentences: tuple[str, ...], kept: tuple[str, ...], passes: bool
) -> None:
    verdict = check_draft(Draft(sentences), english)
    assert (verdict.sentences, verdict.passes) == (kept, passes)


@pytest.mark.parametrize(
    ("sentences", "flags"),
    [
        ((GOOD, ALSO_GOOD), ()),
        ((GOOD, BAD, BAD), ("sentence-dropped",)),
        ((BAD, BAD, "Nadia will water them."), ("ungrounded-number", "ungrounded-name")),
        ((), ("empty",)),
    ],
)
def test_flags_say_what_is_missing_or_why_nothing_is_shown(
    english: SourceText, sentences: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    assert check_draft(Draft(sentences), english).flags == flags


def test_wrong_to_dos_count_against_a_draft(english: SourceText) -> None:
    todos = (DraftToDo("Andy", "Get the dry cleaning", ""), DraftToDo("Nadia", "Call", ""))
    verdict = check_draft(Draft((GOOD,), todos), english)
    assert (verdict.n_dropped, verdict.flags) == (1, ())


@pytest.mark.parametrize(
    ("topic", "shown"),
    [
        ("Dry cleaning", "Dry cleaning"),
        ("세탁물", ""),
        ("Meeting at 9", ""),
        ("grandmother's " * 20, ""),
    ],
)
def test_a_topic_is_shown_only_when_it_is_short_and_grounded(
    english: SourceText, topic: str, shown: str
) -> None:
    assert check_draft(Draft((GOOD,), (), topic), english).topic == shown
