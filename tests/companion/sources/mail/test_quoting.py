"""The writer's own words stay, whole; what they answer and sign with goes."""

from __future__ import annotations

import pytest

from companion.sources.mail.quoting import cut_quotation


@pytest.mark.parametrize(
    "below",
    [
        "> old\n> words",
        "On Mon, 21 Sep 2026 at 14:13, Ana <ana@example.com> wrote:\n\n> old\n>\n> words\n",
        "On Mon, 21 Sep 2026 at 14:13, Ana Maria\n<ana@example.com> wrote:\n> old",
        "Am 21.09.2026 um 14:13 schrieb Ana:\n> alt",
        "2026년 9월 21일 (월) 오후 2:13, 홍길동 <h@example.com>님이 작성:\n\n> 옛말",
        "-- \nAna\nHead of Lunch",
        "-- \nAna\n\nOn 2026-09-21 Bo <b@x> wrote:\n> old",
        "-----Original Message-----\nFrom: Ana\nold words",
        "---------- 원본 메일 ----------\n옛말",
        "From: Ana\nSent: Monday\nTo: Kim\nSubject: Lunch\n\nold words",
        "____\nFrom: Ana\nSent: Monday\nTo: Kim\nCc: Bo\nSubject: Lunch\n\nold",
        "보낸 사람: 홍\n보낸 날짜: 월\n받는 사람: 김\n제목: 점심\n\n옛말",
    ],
)
def test_what_was_answered_is_cut(below: str) -> None:
    assert cut_quotation(f"Yes, at noon.\n\nSee you\n\n{below}") == "Yes, at noon.\n\nSee you"


@pytest.mark.parametrize(
    "text",
    [
        "> Noon?\n\nYes.\n\n> Where?\n\nHere.",
        "Three things:\n- one\n- two",
        "See this:\n--\nno signature",
        "From: here to there\nTo: nobody",
        "She wrote 2026 words:\nfine",
        "---------- Forwarded message ---------\nFrom: Ana\nwords",
    ],
)
def test_what_may_be_the_writers_own_is_kept(text: str) -> None:
    assert cut_quotation(text) == text


def test_the_line_above_a_quote_stays_where_it_introduces_nothing() -> None:
    assert cut_quotation("I agree with this:\n> old") == "I agree with this:"


@pytest.mark.parametrize("text", ["> only\n> quoted", "-- \nonly a signature"])
def test_a_mail_of_nothing_else_is_kept_whole(text: str) -> None:
    assert cut_quotation(text) == text


def test_hostile_runs_are_cut_in_linear_time() -> None:
    assert cut_quotation("a\n" + ">\n" * 100_000) == "a"
    assert cut_quotation("-" * 200_000).startswith("-")
