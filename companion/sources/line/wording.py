"""The fixed sentences LINE writes itself: placeholders, calls, lines of the system.

In English, Japanese, Korean, Chinese and Thai (formats.md 1.10). A person can type any of them too:
what is called media here is so "probably".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from companion.sources.interface import MessageKind

_WORDLESS = {
    "photo": "Photo|Photos|Image|写真|사진|照片|图片|圖片|ภาพ|รูป",
    "video": "Video|Videos|動画|동영상|视频|影片|วิดีโอ",
    "sticker": "Sticker|Stickers|スタンプ|스티커|贴图|貼圖|สติกเกอร์",
    "voice": "Voice message|Audio|ボイスメッセージ|음성 ?메시지|语音[信讯]息|語音訊息|ข้อความเสียง",
    "file": "File|Files|ファイル|파일|文件|檔案|ไฟล์",
    "location": "Location|位置情報|위치(?: ?정보)?|位置|位置訊息|位置资讯|ตำแหน่ง",
    "contact": "Contact|連絡先|연락처|联系方式|聯絡資訊|รายชื่อ",
    "gift": "Gift|プレゼント|선물|礼物|禮物|ของขวัญ",
    "album": "Album|Albums|アルバム|앨범|相册|相簿|อัลบั้ม",
    "note": "Note|Notes|ノート|노트|记事本|記事本|โน้ต",
}
_BARE_WORDS = ("photo", "video", "sticker", "voice")
"""Windows leaves the brackets out of these."""


def _join_words(names: Iterable[str]) -> str:
    """A pattern whose last group that matched is called as the placeholder."""
    return "|".join(f"(?P<{name}>{_WORDLESS[name]})" for name in names)


_BRACKETED = re.compile(rf"\[(?:{_join_words(_WORDLESS)})\](?: .+)?")
_BARE = re.compile(_join_words(_BARE_WORDS))

_TAKEN_BACK = re.compile(
    r"(?:.+ )?unsent a message\.?|Message unsent\.?|(?:.+が)?メッセージの送信を取り消しました。?"
    r"|(?:.+님이 )?메시지(?: ?전송)?[을를] ?취소(?:했|하였)습니다\.?|.*ยกเลิกข้อความ"
    r"|.*(?:已收回|收回了|撤回了)(?:[一1][则則條条])?(?:訊息|讯息|消息)。?"
)
_JOINING = (
    r"(?:joined|left|has left) the (?:group|chat|room)\.?"
    r"|(?:added|invited|removed) .+ (?:to|from) the (?:group|chat|room)\.?"
)
_CHANGING = (
    r"unsent a message\.?|changed the (?:group|chat)\b.*|made an announcement\b.*"
    r"|created (?:an album|a poll)\b.*"
)
_OTHER_JOINING = (
    r".+が(?:グループ|トーク)に参加しました。?|.+が.+を(?:グループ|トーク)に(?:追加|招待)しました。?"
    r"|.+が(?:グループ|トーク)を退(?:会|出)しました。?|.+が.+を(?:グループから)?(?:退会|削除)させました。?"
    r"|.+님이 (?:그룹|대화방|채팅방)에 참여했습니다\.?|.+님이 .+님을 (?:.+ )?초대했습니다\.?"
    r"|.+님이 (?:그룹|대화방|채팅방)(?:을|에서) (?:나갔|탈퇴했)습니다\.?"
    r"|.+已加入(?:群組|该群|群组|聊天)。?|.+(?:已新增|已邀請|邀請了?|已将|已邀请).+(?:至|加入|到)群[組组]?。?"
    r"|.+已?(?:離開群組|退群|退出群組|退出群组)。?|.+ได้?เข้าร่วมกลุ่ม|.+ออกจากกลุ่ม"
)
_OTHER_CHANGING = (
    r".+が(?:グループ名|グループのアイコン).*変更しました。?|.+がアナウンスしました。?"
)

_MEMBERSHIP = re.compile(rf".+ (?:{_JOINING})|{_OTHER_JOINING}")
_PREDICATE = re.compile(f"{_JOINING}|{_CHANGING}")
_SENTENCE = re.compile(
    f"{_OTHER_JOINING}|{_OTHER_CHANGING}|.+(?:が|님이 )(?:{_TAKEN_BACK.pattern})"
)


def classify_message(sender: str, text: str, *, is_windows: bool) -> MessageKind:
    """What a body is, judged as a whole; without a sender it is a line of the system."""
    body = text.strip()
    if not sender:
        return "system"
    if _TAKEN_BACK.fullmatch(body):
        return "deleted"
    return "media" if body.startswith("☎") or _find_placeholder(body, is_windows) else "text"


def reduce_body(text: str, *, is_windows: bool) -> str:
    """What is equal for one message in the exports of all clients; for ids, never shown."""
    body = text.strip()
    placeholder = _find_placeholder(body, is_windows)
    return f"\x00{placeholder}" if placeholder else body


def is_system_line(line: str, text: str) -> bool:
    """Whether a line of Windows is the system's: no column of its own tells.

    `line`: without its time. `text`: also without its first name, of which an English sentence
    is: "Ann left the group." is the system's, "Ann I left the group." is Ann's.
    """
    return _PREDICATE.fullmatch(text) is not None or _SENTENCE.fullmatch(line) is not None


def is_membership_line(text: str) -> bool:
    """Whether a line of the system tells of an invitation, a join, a leave or a removal."""
    return _MEMBERSHIP.fullmatch(text.strip()) is not None


def _find_placeholder(body: str, is_windows: bool) -> str | None:
    match = _BRACKETED.fullmatch(body) or (_BARE.fullmatch(body) if is_windows else None)
    return match.lastgroup if match else None
