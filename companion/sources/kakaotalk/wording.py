"""The fixed sentences KakaoTalk writes itself: placeholders, deletions, lines of the system.

From formats.md 1.2 and the real exports behind it. A person can type any of them too: what
is called media here is so "probably".
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from companion.sources.interface import MessageKind

DELETED = frozenset(
    {
        "삭제된 메시지입니다.",
        "메시지가 삭제되었습니다.",
        "This message was deleted.",
        "This message has been deleted.",
        "The message has been deleted.",
    }
)
OWNER_ALIASES = frozenset({"회원님", "you", "You"})
"""How older exports of phones call the owner."""

_HIDDEN = "채팅방 관리자가 메시지를 가렸습니다."
_NOTICE = r"(?:운영정책을 위반한 메시지로|타인, 기관 등의 사칭에 유의해).*"
_OPEN_CHAT_NOTICE = re.compile(_NOTICE)

_KOREAN_MEMBERSHIP = re.compile(
    rf".+님이 들어왔습니다\. *(?:{_NOTICE})?"
    r"|.+님이 나갔습니다\. *"
    r"|.+님을 내보냈습니다\. *"
    r"|.+님(?:이|을) (?:.* )?초대(?:했|하였)습니다\. *"
)
_ENGLISH_MEMBERSHIP = re.compile(
    r"(?P<actor>.+?) (?:invited (?P<guests>.+?)|left)\.? *"
    r"|(?P<member>.+?) (?:has )?(?:left|joined|been removed from) (?:this|the) (?:group )?"
    r"chat ?room\.? *"
)
_REMOVED = re.compile(r".+ has been removed from this chatroom\.")

_WORDLESS = {
    "photo": r"사진(?: [0-9]+장)?|photos?|[0-9]+ photos",
    "video": r"동영상|videos?",
    "sticker": r"이모티콘|emoticons?|stickers?",
    "voice": r"음성 ?메시지|voice (?:note|message)",
}
_PLACEHOLDER = re.compile(
    "|".join(
        rf"(?P<{name}>{words}|<(?:{words})>|\((?:{words})\))" for name, words in _WORDLESS.items()
    ),
    re.IGNORECASE,
)
_LABELLED = re.compile(r"(?:파일|File|지도|Map): .+")
_CALL = re.compile(
    r"(?:보이스톡|페이스톡|그룹콜|라이브톡|보이스룸) (?:해요|취소|부재중|종료|시작|거절|[0-9]).*"
    r"|(?:Voice Call|Video Call|Group Call|Live Talk)(?: (?:started|ended|canceled|missed))?"
    r"(?: [0-9:]+)?"
)


def classify_message(text: str, *, is_system: bool) -> MessageKind:
    """What a body is, judged as a whole: `(이모티콘) ㅋㅋ` is text."""
    body = text.strip()
    if body in DELETED:
        return "deleted"
    if is_system or body == _HIDDEN:
        return "system"
    return "media" if _find_placeholder(body) or _names_media(body) else "text"


def reduce_body(text: str) -> str:
    """What is equal for one message in the exports of all clients; for ids, never shown.

    iOS trims bodies; a photo is `<사진>`, `사진` or `(Photo)` by client and language.
    """
    body = text.strip()
    if body in DELETED:
        return "\x00deleted"
    placeholder = _find_placeholder(body)
    return f"\x00{placeholder}" if placeholder else body


def is_system_line(line: str, names: AbstractSet[str]) -> bool:
    """Whether a Windows line without a stamp is the system's, not the rest of a message above.

    `names` are the people known so far. "… left." and "… invited …" are the system's only when
    a known person is their subject: the other sentences nobody writes, but these anybody may.
    """
    if line.strip() == _HIDDEN or _KOREAN_MEMBERSHIP.fullmatch(line):
        return True
    match = _ENGLISH_MEMBERSHIP.fullmatch(line)
    return match is not None and (match["actor"] is None or match["actor"] in names)


def find_named(line: str) -> frozenset[str]:
    """The people an English line of the system names."""
    if (match := _ENGLISH_MEMBERSHIP.fullmatch(line)) is None:
        return frozenset()
    guests = re.split(r", | and ", match["guests"] or "")
    return frozenset({match["actor"] or match["member"], *guests}) - {""}


def is_open_chat_notice(line: str) -> bool:
    """Whether a line is the warning that KakaoTalk writes below a join to an open chat."""
    return _OPEN_CHAT_NOTICE.fullmatch(line) is not None


def is_system_row(user: str, text: str) -> bool:
    """Whether a row of a table is the system's: its text begins with the actor, its user."""
    if not user or text == _HIDDEN or _REMOVED.fullmatch(text):
        return True
    match = _ENGLISH_MEMBERSHIP.fullmatch(text)
    if match is not None:
        return user in {match["actor"], match["member"]}
    return text.startswith(f"{user}님") and _KOREAN_MEMBERSHIP.fullmatch(text) is not None


def is_membership_line(text: str) -> bool:
    """Whether a line of the system tells of an invitation, a join, a leave or a removal."""
    return any(
        pattern.match(text) is not None for pattern in (_KOREAN_MEMBERSHIP, _ENGLISH_MEMBERSHIP)
    )


def _find_placeholder(body: str) -> str | None:
    match = _PLACEHOLDER.fullmatch(body)
    return match.lastgroup if match else None


def _names_media(body: str) -> bool:
    return _LABELLED.fullmatch(body) is not None or _CALL.fullmatch(body) is not None
