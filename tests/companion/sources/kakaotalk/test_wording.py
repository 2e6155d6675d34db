"""The sentences KakaoTalk writes itself."""

from __future__ import annotations

import pytest

from companion.sources.kakaotalk.wording import classify_message, reduce_body


@pytest.mark.parametrize(
    "body",
    [
        *("사진", "사진 3장", "<사진>", "(사진)", "Photo", "photo", "<Photo>", "(Photo)", "photo "),
        *("이모티콘", "(이모티콘) ", "(emoticon)", "(Emoticon) ", "Emoticons"),
        *("동영상", "<동영상>", "(동영상)", "videos", "음성메시지", "Voice Note"),
        *("파일: 계획.pdf", "File: plan.pdf", "지도: 강남역"),
        *("보이스톡 해요", "보이스톡 12:03", "라이브톡 종료 1:02:03", "Voice Call 01:23"),
    ],
)
def test_a_whole_body_that_stands_for_something_else_is_media(body: str) -> None:
    assert classify_message(body, is_system=False) == "media"


@pytest.mark.parametrize(
    "body",
    [
        *("(이모티콘) ㅋㅋ", "사진 보내줘", "사진\n사진", "사진 좀", "photo of me", "<사진", ""),
        *("파일:", "보이스톡", "보이스톡 하자", "삭제된 메시지입니다", "삭제된 메시지입니다. 왜?"),
    ],
)
def test_a_body_with_anything_more_is_text(body: str) -> None:
    assert classify_message(body, is_system=False) == "text"


@pytest.mark.parametrize(
    "body",
    [
        "삭제된 메시지입니다.",
        "The message has been deleted.",
        "This message has been deleted.",
        "This message was deleted. ",
    ],
)
@pytest.mark.parametrize("is_system", [False, True])
def test_a_deletion_is_one_with_a_sender_or_without(body: str, is_system: bool) -> None:
    assert classify_message(body, is_system=is_system) == "deleted"


def test_a_message_hidden_by_an_administrator_is_of_the_system() -> None:
    assert classify_message("채팅방 관리자가 메시지를 가렸습니다.", is_system=False) == "system"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<사진>", "photo"),
        ("(이모티콘) ", "(emoticon)"),
        (" 안녕 ", "안녕"),
        ("사진 2장", "2 photos"),
    ],
)
def test_bodies_that_clients_write_differently_reduce_to_one(one: str, other: str) -> None:
    assert reduce_body(one) == reduce_body(other)


@pytest.mark.parametrize(
    ("one", "other"), [("사진", "동영상"), ("안녕", "안녕!"), ("a b", "ab"), ("사진", "사 진")]
)
def test_bodies_that_differ_stay_apart(one: str, other: str) -> None:
    assert reduce_body(one) != reduce_body(other)
