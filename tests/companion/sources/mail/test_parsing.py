"""What a mail says, however its program wrote it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources.mail.headers import Address
from companion.sources.mail.parsing import (
    MAIL_BYTES,
    Mail,
    UnreadableMailError,
    begins_as_mail,
    parse_mail,
)

ZONE = ZoneInfo("Asia/Seoul")
DATE = b"Date: Mon, 21 Sep 2026 23:13:20 +0900\n"
WriteMail = Callable[..., bytes]


def parse(raw: bytes) -> Mail:
    return parse_mail(raw, ZONE)[0]


def test_a_plain_mail_is_read_whole(write_mail: WriteMail) -> None:
    mail = parse(write_mail("안녕하세요\n\n점심?", cc="Bo <BO@example.com>"))
    assert mail.id == "1@example.com"
    assert mail.sender == Address("Ana", "ana@example.com")
    assert mail.recipients == (Address("Kim", "kim@example.com"), Address("Bo", "bo@example.com"))
    assert (mail.subject, mail.text) == ("Lunch", "안녕하세요\n\n점심?")
    assert mail.sent_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert (mail.root, mail.reply_to, mail.attachments, mail.is_bulk) == (mail.id, "", "", False)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"=?utf-8?B?7ZmN6ri464+Z?= <h@x>", "홍길동"),
        (b"=?euc-kr?B?yKux5rW/?= <h@x>", "홍길동"),
        (b"=?utf-8?Q?Ana_Mar=C3=ADa?= <h@x>", "Ana María"),
        ("홍길동 <h@x>".encode(), "홍길동"),
        (b'"Lee, Ana" <h@x>', "Lee, Ana"),
        (b"=?nonsense?Q?Ana?= <h@x>", "Ana"),
        (b"=?utf-8?B?7ZmN6?= <h@x>", "=?utf-8?B?7ZmN6?="),
        (b"h@x", "h@x"),
        (b"<H@x>", "h@x"),
        (b"Ana\n Lee <h@x>", "Ana Lee"),
        (b"=?utf-8?q?a=0Ab?= <x@y>", "a b"),
        (b"", ""),
    ],
)
def test_senders_are_shown_by_name(written: bytes, shown: str) -> None:
    assert parse(b"From: " + written + b"\n" + DATE + b"\n").sender.shown == shown


@pytest.mark.parametrize(
    "written", [b"a@b, <", b'"', b"a@", b"<@>", b"a:b@c", b":;", b"\xff\xfe", b"=?x?="]
)
def test_broken_addresses_do_no_harm(written: bytes) -> None:
    raw = b"From: " + written + b"\nTo: " + written + b"\nMessage-ID: " + written + b"\n" + DATE
    assert parse(raw + b"\nhi\n").text == "hi"


@pytest.mark.parametrize(
    ("fields", "at", "is_approximate"),
    [
        (b"Date: Mon, 21 Sep 2026 23:13:20 +0900", "2026-09-21T14:13:20+00:00", False),
        (b"Date: 21 Sep 26 14:13 GMT (later)", "2026-09-21T14:13:00+00:00", False),
        (b"Date: Mon, 21 Sep 2026 14:13:20 -0000", "2026-09-21T14:13:20+00:00", False),
        (b"Date: Mon, 21 Sep 2026 23:13:20", "2026-09-21T14:13:20+00:00", True),
        (
            b"Date: soon\nReceived: by x; Mon, 21 Sep 2026 14:13:20 +0000",
            "2026-09-21T14:13:20+00:00",
            False,
        ),
    ],
)
def test_dates_are_read_in_their_zone(fields: bytes, at: str, is_approximate: bool) -> None:
    mail = parse(fields + b"\n\nhi\n")
    assert (mail.sent_at.isoformat(), mail.is_approximate) == (at, is_approximate)


@pytest.mark.parametrize("date", [b"", b"Date: \n", b"Date: Mon, 99 Foo 2026\n", b"Date: 1\n"])
def test_a_mail_without_a_date_is_refused(date: bytes) -> None:
    with pytest.raises(UnreadableMailError, match="no date"):
        parse(b"From: a@b\n" + date + b"\nhi\n")


def test_a_mail_without_an_id_has_the_same_one_each_time() -> None:
    raw = b"From: a@b\n" + DATE + b"\n"
    assert parse(raw + b"hi").id == parse(raw + b"hi there").id != parse(b"To: c\n" + raw).id


def test_the_root_of_a_thread_is_the_first_reference(write_mail: WriteMail) -> None:
    answer = write_mail(number=3, References="<1@x> <2@x>", In_Reply_To="<2@x>")
    assert (parse(answer).root, parse(answer).reply_to) == ("1@x", "2@x")
    assert parse(write_mail(number=3, In_Reply_To="<2@x>")).root == "2@x"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Re: Lunch", "Lunch"),
        ("RE: Re: [list] Lunch", "[list] Lunch"),
        ("AW: Re[2]: Mittag", "Mittag"),
        ("회신: 점심", "점심"),
        ("Fwd: Lunch", "Fwd: Lunch"),
        ("Re:", "Re:"),
        ("Reality", "Reality"),
    ],
)
def test_replies_share_the_subject_of_their_thread(
    subject: str, shown: str, write_mail: WriteMail
) -> None:
    assert parse(write_mail(subject=subject)).thread_subject == shown


@pytest.mark.parametrize(
    "header",
    [
        {"List_Unsubscribe": "<mailto:x@y>"},
        {"Precedence": "Bulk"},
        {"Auto_Submitted": "auto-generated"},
    ],
)
def test_machines_are_known_by_their_headers(header: dict[str, str], write_mail: WriteMail) -> None:
    assert parse(write_mail(**header)).is_bulk
    assert not parse(write_mail(Auto_Submitted="no")).is_bulk


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Python Dev <dev.python.org>", ("Python Dev", "dev.python.org")),
        ('"Dev" <DEV.python.org>', ("Dev", "dev.python.org")),
        ("<dev.python.org>", ("", "dev.python.org")),
        ("dev.python.org", ("", "dev.python.org")),
    ],
)
def test_a_list_is_known_by_its_id(
    written: str, found: tuple[str, str], write_mail: WriteMail
) -> None:
    mail = parse(write_mail(List_Id=written))
    assert (mail.list_name, mail.list_id) == found


# ------------------------------------------------------------ bodies


def test_attachments_are_named_and_never_shown() -> None:
    mail = EmailMessage()
    mail["Date"] = "Mon, 21 Sep 2026 23:13:20 +0900"
    mail.set_content("See below")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="보고서.pdf")
    mail.add_attachment(b"x", maintype="image", subtype="png", filename="a.png")
    mail.add_attachment("words", filename="notes.txt")
    inner = EmailMessage()
    inner.set_content("inner words")
    mail.add_attachment(inner)
    found = parse(mail.as_bytes())
    assert found.text == "See below"
    assert found.attachments == "[file 보고서.pdf] [photo] [file notes.txt] [mail]"


def test_html_is_read_where_there_is_no_plain_text() -> None:
    mail = EmailMessage()
    mail["Date"] = "Mon, 21 Sep 2026 23:13:20 +0900"
    mail.set_content("<p>Hello <b>Kim</b>,<br>see you</p>", subtype="html")
    assert parse(mail.as_bytes()).text == "Hello Kim,\nsee you"
    both = EmailMessage()
    both["Date"] = mail["Date"]
    both.set_content("plain")
    both.add_alternative("<p>html</p>", subtype="html")
    both.get_payload(1).add_related(b"x", "image", "png", cid="<logo>")  # type: ignore[union-attr]
    assert (parse(both.as_bytes()).text, parse(both.as_bytes()).attachments) == ("plain", "")


def test_flowed_lines_are_joined() -> None:
    body = b"This line \ngoes on.\n> quoted \n> line\nOwn.\n-- \nAna\n"
    head = DATE + b"Content-Type: text/plain; format=flowed\n\n"
    assert parse(head + body).text == "This line goes on.\n> quoted \n> line\nOwn."


@pytest.mark.parametrize(
    ("charset", "raw", "shown"),
    [
        ("ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
        ("iso-2022-jp", "こんにちは".encode("iso-2022-jp"), "こんにちは"),
        ("x-unknown", "안녕".encode(), "안녕"),
        ("zlib", b"hi", "hi"),
        ("utf-8", b"a\xffb", "a\ufffdb"),
    ],
)
def test_text_is_decoded_by_its_charset(charset: str, raw: bytes, shown: str) -> None:
    head = DATE + f"Content-Type: text/plain; charset={charset}\n\n".encode()
    assert parse(head + raw).text == shown


def test_a_charset_in_pieces_does_no_harm() -> None:
    head = DATE + b"X: \xff\nContent-Type: text/plain; charset*=utf-8''us-a*0*=scii\n\n"
    assert parse(head + b"a\xffb").text == "a\ufffdb"


def test_parts_nested_without_end_are_refused() -> None:
    levels = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
        for level in range(1100)
    )
    with pytest.raises(UnreadableMailError, match="nested"):
        parse(DATE + levels)


def test_only_the_beginning_of_a_huge_mail_is_read() -> None:
    assert len(parse(DATE + b"\n" + b"x" * (2 * MAIL_BYTES)).text) < MAIL_BYTES


SAFE = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85")


@given(
    text=st.lists(st.text(SAFE, max_size=20), min_size=1, max_size=5).map("\n".join),
    name=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
    subject=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40),
)
@settings(deadline=None, max_examples=40)
def test_what_is_written_comes_back(text: str, name: str, subject: str) -> None:
    mail = EmailMessage()
    mail["From"] = f'"{name}" <a@example.com>'
    mail["Subject"], mail["Date"] = subject, "Mon, 21 Sep 2026 23:13:20 +0900"
    mail.set_content(f"begin {text} end", cte="base64")
    found = parse(mail.as_bytes())
    assert (found.sender.name, found.subject) == (name, subject)
    assert found.text == f"begin {text} end"


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
@settings(deadline=None, max_examples=60)
def test_a_flipped_byte_is_refused_in_words_or_read(
    place: int, byte: int, write_mail: WriteMail
) -> None:
    raw = bytearray(write_mail("Hi\n\n> quoted\n", cc="=?utf-8?B?7ZmN6ri464+Z?= <h@x>"))
    raw[place % len(raw)] = byte
    try:
        mail = parse(bytes(raw))
    except UnreadableMailError:
        return
    assert mail.id


def test_mails_are_known_by_their_first_fields(write_mail: WriteMail) -> None:
    assert begins_as_mail(write_mail())
    assert not begins_as_mail(b"")
    assert not begins_as_mail(b"Title: notes\n\ntext\n")
    assert not begins_as_mail(b"some words\nDate: today\n")
