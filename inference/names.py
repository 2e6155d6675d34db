"""Owns who appears in a chat and which names in a summary do not; it resolves only when sure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import zip_longest

from inference.cleaning import clean_text
from inference.interface import Chat
from inference.words import list_words, split_words, stem_word

_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9_’']*")
_HANGUL_NAME = re.compile(r"[가-힣]{2,4}")
_ADDRESSED_KO = re.compile(r"([가-힣]{2,4})\s?(?:님|씨)(?![가-힣]{3})")
_FIRST_ACTOR_KO = re.compile(
    r"^([가-힣]{2}|[가-힣]{2}[^하되에])(?:이가|이는|이와|이의|께서|은|는|이|가|와|과|의|도)(?![가-힣])"
)
_RECIPIENT_KO = re.compile(r"(?<![가-힣])([가-힣]{2,3})(?:에게|께|한테)(?:는|도|서)?(?![가-힣])")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n]\s*|[\"“(]\s*)$")

_OWNER_WORDS = list_words("나 저 내 제 본인 i me myself")
_EVERYONE = list_words(
    """모두 전원 다같이 다 같이 각자 참석자 참가자 멤버 회원
    everyone everybody all both each participants members team attendees parents"""
)
# Words that begin an English sentence without being a name, beyond those that the endings tell.
_STARTERS = list_words(
    """a an the this that these those it its he she they them his her their there here we you i
    our your after before because when while since once until although though if unless as
    at by for from in into of on over to under with without about during instead
    besides despite due except and but or
    nor so yet then now later today tomorrow tonight yesterday next last all any both each either
    every neither no none nobody everyone everybody someone somebody anyone only also another other
    one two three four five six seven eight nine ten several some many most more much few half what
    where who why how which whether new no not payment question episode scene plan plans"""
)
_COMMON_ENDINGS = ("ing", "s", "ed", "tion", "sion", "ment", "ly", "ness")
_GROUP_KO = re.compile(r"(?:들|학부모|직원|봉사자|대표|.{2}[원생자팀조])(?: \d+명)?$")

# What acts or receives in a summary without being a name, and often without standing in the chat.
_COMMON_ACTORS_KO = list_words(
    """모두 전원 사람 참석자 참가자 회원 친구 가족 부모 부모님 어머니 아버지 아이 선생님 선생
    상대 상대방 본인 자신 당사자 담당자 직원 손님 고객 주인 시간 장소 날짜 일정 가격 비용 회비
    요금 보증금 경비 원인 이유 주제 서류 인원 모임 약속 여행 회의 결과 답변 의상 논문 매장 렌터카
    유튜브 예약 준비물 내용 방법 문제 상황 계획 행사 수업 공연 경기 시험 발표 이사 배송 택배
    결제 입금 나머지 그중 일부 대화 남은 다음"""
)

# Capitalised words that name no one and that any summary may use.
_COMMON_NAMES = list_words(
    """ai ais tv korean english facebook new year january february march april may june july
    august september october november december
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays
    fridays saturdays sundays christmas eve easter"""
)


class NameBook:
    """The people of one chat and every word that stands in it."""

    def __init__(self, chat: Chat) -> None:
        senders = [message.sender for message in chat.messages if message.sender]
        self.owner = chat.me
        self.people = tuple(dict.fromkeys(clean_text(n) for n in [*senders, chat.me] if n))
        texts = [chat.title, *self.people, *(clean_text(m.text) for m in chat.messages)]
        self._source = "\n".join(texts).casefold().replace("’", "'")
        self._hangul_names = {
            name for person in self.people for name in _HANGUL_NAME.findall(person)
        }

    def holds(self, name: str) -> bool:
        """Whether `name` stands in the chat, case aside."""
        return name.casefold().replace("’", "'") in self._source

    def resolve_person(self, name: str) -> str | None:
        """The one participant that `name` can mean; None for none or for several."""
        name = name.strip().removesuffix("님").removesuffix("씨").strip()
        if name.casefold() in _OWNER_WORDS:
            return self.owner or None
        exact = [person for person in self.people if person.casefold() == name.casefold()]
        if exact:
            return exact[0]
        words = set(split_words(name))
        close = [p for p in self.people if words and words <= set(split_words(p))]
        return close[0] if len(close) == 1 else None

    def knows_actor(self, who: str) -> bool:
        """Whether a to-do can belong to `who`: a participant, a group, or words of the chat."""
        if self.resolve_person(who) or self.holds(who):
            return True
        words = split_words(who)
        if words and all(word in _EVERYONE or self.holds(stem_word(word)) for word in words):
            return True
        return who.islower() or _GROUP_KO.search(who) is not None

    def find_unknown(self, text: str) -> tuple[str, ...]:
        """Names in `text` that stand nowhere in the chat; () when there is none to be seen.

        English names are told by their capital. Korean ones have no mark: what is seen are
        those that act in the first word or receive something (half of all, by trial), those
        with 님 or 씨, and those one syllable off a participant's name.
        """
        return tuple(dict.fromkeys([*self._unknown_latin(text), *self._unknown_hangul(text)]))

    def _unknown_latin(self, text: str) -> Iterator[str]:
        for match in _LATIN_WORD.finditer(text):
            word = re.sub(r"['’]s?$", "", match.group())
            plain = word.casefold()
            if not word[0].isupper() or plain in _COMMON_NAMES or self._holds_form_of(plain):
                continue
            begins = _SENTENCE_START.search(text[: match.start()]) is not None
            if begins and (plain in _STARTERS or plain.endswith(_COMMON_ENDINGS)):
                continue
            yield word

    def _holds_form_of(self, word: str) -> bool:
        return len(word) < 2 or self.holds(word) or (len(word) > 3 and self.holds(word[:-1]))

    def _unknown_hangul(self, text: str) -> Iterator[str]:
        for word in split_words(text):
            stem = stem_word(word)
            if stem not in self._hangul_names and self._is_garbled(stem):
                yield stem
        acting = [*_FIRST_ACTOR_KO.findall(text)[:1], *_RECIPIENT_KO.findall(text)]
        for found in (*acting, *_ADDRESSED_KO.findall(text)):
            name = found.removesuffix("님")
            if name not in _COMMON_ACTORS_KO and not self.holds(name):
                yield name

    def _is_garbled(self, stem: str) -> bool:
        """One letter off a participant's name of two syllables, one syllable off one of three."""
        if not 2 <= len(stem) <= 3 or self.holds(stem):
            return False
        return any(
            len(name) == len(stem) and _count_differences(name, stem) == 1
            for name in self._hangul_names
        )


def _count_differences(name: str, stem: str) -> int:
    """How many syllables differ in names of three and more; in shorter ones, how many letters."""
    if len(name) < 3:
        name, stem = (unicodedata.normalize("NFD", text) for text in (name, stem))
    return sum(a != b for a, b in zip_longest(name, stem))
