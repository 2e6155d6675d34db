from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.parsing import Draft, DraftToDo, parse_draft, split_sentences

WELL_FORMED = Draft(
    ("토요일 집들이는 7시에 시작한다.", "재영이 음료를 준비한다."),
    (DraftToDo("재영", "음료 준비", "토요일"), DraftToDo("민지", "케이크 사기", "")),
    "토요일 집들이",
)


AS_TAUGHT = """토요일 집들이는 7시에 시작한다.
재영이 음료를 준비한다.
할 일:
- 재영: 음료 준비 (토요일)
- 민지: 케이크 사기
주제: 토요일 집들이"""

LISTS_AND_MARKDOWN = """요약:
1. 토요일 집들이는 7시에 시작한다.
2. 재영이 음료를 준비한다.

**할일**:
* 재영: 음료 준비 (토요일).
* 민지: 케이크 사기 (미정)
**주제:** 토요일 집들이<|im_end|>"""

TOPIC_FIRST_AND_DOUBLES = """주제: 토요일 집들이
토요일 집들이는 7시에 시작한다. 재영이 음료를 준비한다.
할 일: \t
- 재영: 음료 준비 (토요일)
- 민지: 케이크 사기
- 민지: 케이크 사기
주제: 다른 주제"""

THINKING = "<think>무슨 말을 할까\n할 일:</think>" + AS_TAUGHT.replace(":", "：", 1)


@pytest.mark.parametrize("text", [AS_TAUGHT, LISTS_AND_MARKDOWN, TOPIC_FIRST_AND_DOUBLES, THINKING])
def test_the_same_draft_is_read_from_many_shapes(text: str) -> None:
    assert parse_draft(text) == WELL_FORMED


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("", Draft(())),
        ("-", Draft(())),
        ("None", Draft(())),
        ("To do:\n-\nTopic: Lunch", Draft((), (), "Lunch")),
        ("To-dos: none", Draft(())),
        ("Ana brings cake.\nTo do:\n- somebody should call", Draft(("Ana brings cake.",))),
        (
            "Ana brings cake.\nTo do:\n- Ana: Bring cake (after work (by 6))",
            Draft(("Ana brings cake.",), (DraftToDo("Ana", "Bring cake", "after work (by 6)"),)),
        ),
        ("Ana brings ca", Draft(("Ana brings ca",))),
    ],
)
def test_missing_parts_are_empty_parts(text: str, draft: Draft) -> None:
    assert parse_draft(text) == draft


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Prof. Roth and Mrs. Lim meet at 7.30. They bring St. John's list.",
            ["Prof. Roth and Mrs. Lim meet at 7.30.", "They bring St. John's list."],
        ),
        ("민지가 온다. 재영은 못 온다.", ["민지가 온다.", "재영은 못 온다."]),
        ("no end", ["no end"]),
    ],
)
def test_a_stop_in_a_name_or_number_ends_no_sentence(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@given(st.text())
def test_any_text_gives_a_draft(text: str) -> None:
    draft = parse_draft(text)
    assert all(sentence.strip() for sentence in draft.sentences)
    assert all(todo.who and todo.what for todo in draft.todos)


@given(
    st.lists(st.sampled_from(["할 일:", "주제: 집들이", "- 재영: 음료 (토)", "-", "To do:", "x."]))
)
def test_pieces_in_any_order_give_a_draft(lines: list[str]) -> None:
    assert "할 일" not in "".join(parse_draft("\n".join(lines)).sentences)
