"""Placeholders, deleted and edited messages, and what iOS signs with somebody's name."""

from __future__ import annotations

import pytest

from companion.sources.interface import MessageKind
from companion.sources.whatsapp.bodies import Body, read_body, read_system_body

LRM = "\u200e"


def read_ios_body(raw: str) -> Body:
    return read_body(raw, may_be_signed=True)


@pytest.mark.parametrize(
    "raw",
    [
        "ciao",
        " two spaces, kept ",
        "first\n\nthird",
        "see <div> and </div>",
        "<div>",
        "a < b > c",
        "google.com (the search engine)",
        "null and void",
        "null\nreally",
        "the image omitted here",
        "שלום",
        "\u200fשלום",
        "@\u2068Bob\u2069 come",
        "I deleted this message",
        "it says <This message was edited> there",
    ],
)
def test_what_people_write_is_text_to_the_letter(raw: str) -> None:
    assert read_ios_body(raw) == Body("text", raw)


@pytest.mark.parametrize(
    "raw",
    [
        "<Media omitted>",
        "<media omitted>",
        "<Medien ausgeschlossen>",
        "<Multimedia omitido>",
        "<미디어 파일을 제외한 내용>",
        "<メディアなし>",
        "<Media omitted>\nwith a caption",
        "IMG-20210428-WA0001.jpg (file attached)",
        "IMG-20210428-WA0001.jpg (in a language nobody lists)",
        "My report v2.pdf (Datei angehängt)",
        "IMG-20230630-WA0000.jpg (file attached)\nimage comment",
        "2015-08-04-PHOTO-00004762.jpg <\u200eattached>",
        "< attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg >",
        "<attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg>",
        "<Anhang: 00000042-AUDIO.opus>",
        "image omitted",
        "null",
        "",
    ],
)
def test_placeholders_are_media_with_their_caption(raw: str) -> None:
    assert read_ios_body(raw) == Body("media", raw)


@pytest.mark.parametrize(
    "shown",
    [
        "image omitted",
        "Bild weggelassen",
        "imagen omitida",
        "vidéo absente",
        "이미지 생략됨",
        "画像は含まれていません",
        "görüntü dahil edilmedi",
        "Contact card omitted",
        "<attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg>",
        "<adjunto: 00000042-PHOTO-2020-06-07-15-13-20.jpg>",
        "4f2680f1db95a8454775cc2eefc95bfc.jpg (Datei angehängt)\nDir auch frohe Ostern.",
    ],
)
def test_a_marked_placeholder_is_media_without_its_mark(shown: str) -> None:
    assert read_ios_body(LRM + shown) == Body("media", shown)


@pytest.mark.parametrize(
    "raw",
    [
        f"look at this {LRM}image omitted",
        f"report.pdf • {LRM}12 pages {LRM}document omitted",
        f"so pretty {LRM}<attached: 00005181-PHOTO-2026-09-29-11-22-41.jpg>",
    ],
)
def test_an_ios_caption_before_its_placeholder_is_kept_whole(raw: str) -> None:
    assert read_ios_body(raw) == Body("media", raw)


@pytest.mark.parametrize(
    "raw",
    [
        "This message was deleted",
        f"{LRM}This message was deleted.",
        f"{LRM}You deleted this message.",
        "This message was deleted by admin Alice",
        "Diese Nachricht wurde gelöscht.",
        "Eliminaste este mensaje.",
        "이 메시지는 삭제되었습니다",
        "삭제한 메시지입니다",
        "このメッセージは削除されました。",
        "Вы удалили данное сообщение",
        "Mensagem apagada",
    ],
)
def test_a_deleted_message_keeps_the_words_in_its_place(raw: str) -> None:
    assert read_ios_body(raw) == Body("deleted", raw.lstrip(LRM))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("at nine <This message was edited>", "at nine"),
        (f"at nine {LRM}<This message was edited>", "at nine"),
        (f"at\nnine {LRM}<This message was edited>", "at\nnine"),
        ("um neun <Diese Nachricht wurde bearbeitet.>", "um neun"),
        ("a las nueve <Se editó este mensaje.>", "a las nueve"),
    ],
)
def test_the_edited_tag_is_taken_off(raw: str, text: str) -> None:
    assert read_ios_body(raw) == Body("text", text, edited=True)


@pytest.mark.parametrize(
    "shown",
    [
        "Messages and calls are end-to-end encrypted. No one outside of this chat can read them.",
        "Boris created group “My Group”",
        "Boris added you",
        "You're now an admin",
        "Missed voice call, \u200eTap to call back",
        "Boris hat die Gruppe verlassen",
    ],
)
def test_any_other_marked_line_is_a_system_line(shown: str) -> None:
    assert read_ios_body(LRM + shown) == Body("system", shown)
    assert read_system_body(LRM + shown) == Body("system", shown)


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        (f"POLL:\nWhere?\n{LRM}OPTION: Here ({LRM}2 votes)", "text"),
        (f"ENCUESTA:\n¿Dónde?\n{LRM}OPCIÓN: Aquí ({LRM}2 votos)", "text"),
        ("Location: https://maps.google.com/?q=41.1,69.2", "text"),
    ],
)
def test_polls_and_places_are_a_persons_words_although_marked(
    shown: str, kind: MessageKind
) -> None:
    assert read_ios_body(LRM + shown) == Body(kind, shown)


def test_blank_lines_at_the_end_are_not_shown() -> None:
    assert read_ios_body("a\n\nb\n\n") == Body("text", "a\n\nb")


def test_android_signs_nothing_so_a_mark_there_is_the_writers() -> None:
    assert read_body(f"{LRM}abc \u200fשלום", may_be_signed=False) == Body("text", "abc \u200fשלום")
    assert read_body(f"{LRM}a.jpg (file attached)", may_be_signed=False).kind == "media"
