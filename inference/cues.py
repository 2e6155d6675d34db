"""Owns the cue words that tell what a message does, Korean and English; it weighs nothing."""

from __future__ import annotations

import re

# One row a reason, the words of both languages side by side, so that a reader of either can see
# what is missing. They are patterns, searched case aside; English ones match whole words.
CUE_WORDS: dict[str, tuple[str, str]] = {
    "request": (
        r"""부탁 주세요 주실 주시면 주시길 주시기 해\s?줘 [가-힣]줘 줄래 주라 바랍니다 챙겨
        잊지 [가-힣]세요\b 해라 하셔야 해야 시면\s됩니다 필수 마라""",
        r"""please pls plz (?:can|could|would|will)\s(?:you|u|someone|anyone)
        need\s(?:you|u|to|someone) don't\sforget make\ssure remember\sto let\sme\sknow
        must have\sto bring send\s(?:me|us|it) deadline""",
    ),
    "question": (
        r"""\? 나요 까요 은가요 인가요 [가-힣]냐\b 할래 언제 어디(?!서든) 누가 몇\s?시 얼마""",
        r"""\w\?""",
    ),
    "promise": (
        r"""[가-힣]게(?:요)?(?![가-힣]) 겠습니다 [가-힣]려고 내가 제가""",
        r"""i'?ll i\swill i\scan i'm\s(?:going|bringing|taking|coming|in)
        i'?ve\s(?:got|booked|paid|sent) on\sit count\sme\sin i\sgot mine we'?ll
        leave\sit\s(?:to|with)\sme""",
    ),
    "decision": (
        r"""하기로 기로\s(?:했|함|하) 확정 결정 정했 정하 합시다 하자 가자 그럼 그러면 예약
        완료 됐 됨 했습니다 합니다 입니다 된대 한대 래요 대요""",
        r"""agreed confirmed? final decided settled booked let'?s sorted deal it'?s
        is\s(?:on|at|now|off) then so won approved done""",
    ),
    "correction": (
        r"""정정 취소 미뤄 미루 연기 앞당 말고 대신 바뀌 바꿨 바꿔 변경
        아니(?:고|라|야|에요|었) 아\s맞다 잘못 착각 다시 사실은 헛소문 아님""",
        r"""actually correction i\smeant wrong scratch\sthat instead no\slonger changed?
        cancel\w* postponed? oops wait moved not\s(?:the|on|at|\d+) update fake scam
        turns\sout""",
    ),
    "date": (
        r"""내일 모레 오늘 이번\s?주 다음\s?주 담주 주말 \d월 \d일 [월화수목금토일]욜
        [월화수목금토일]요일 아침 점심 저녁 오전 오후 까지 \d\s?시""",
        r"""today tomorrow tmrw tmr tonight next\sweek weekend
        (?:mon|tues?|wed|thur?s?|fri|sat|sun) (?:mon|tues|wednes|thurs|fri|satur|sun)day
        \d{1,2}(?:st|nd|rd|th) \d{1,2}(?:[:.]\d\d)?\s?[ap]m \d{1,2}[:.]\d\d
        (?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)[a-z]* by\s\d+ at\s\d+ noon
        midnight""",
    ),
    "refusal": (
        r"""못\s?[가-힣] 안\s?[돼되] 힘들 어려 아니 싫""",
        r"""can't cannot can\snot no nope won't not\sme sorry busy""",
    ),
    "done": (
        r"""[했갔왔냈렸놨봤샀됐났](?:어|음|요|다|습|네|지) 완료 [가-힣]함\b 끝났""",
        r"""done sent paid booked ordered bought finished posted called fixed sorted already
        submitted uploaded returned delivered dropped collected i\sdid did\sit""",
    ),
    "cancel": (
        r"""취소 필요\s?없 안\s?해도 괜찮아 말고 됐어 (?:제|내)가\s할게""",
        r"""no\sneed don't\sbother never\s?mind scratch\sthat forget\sit cancel\w* not\sneeded
        i'll\sdo\sit instead""",
    ),
    "warning": (
        r"""사기 피싱 스미싱 사칭 차단 신고 속지 누르지""",
        r"""scam\w* fake phishing fraud\w* spam block(?:ed|ing)? hacked don't\sclick""",
    ),
    "thanks": (
        r"""감사 고마 고맙 부탁""",
        r"""thank\w* thx cheers ty""",
    ),
}

_LONGEST_SMALL_TALK = 80
_ASSENTS = r"""
    네 넵 넹 예 응 어 아 오 헐 굿 ㅇㅋ 감사합니다 감사해요 고마워요? 고맙습니다
    수고하세요 수고했어요? 좋아요? 축하해요? 안녕하세요 대박 콜 오키 ok okay lol lmao ha
    thanks?(?:\syou)? thx ty cheers great cool nice yes yep yeah yay no nope omg wow
    amen same sure perfect brilliant congrats good\s(?:morning|night) hi hello hey
    morning guys all everyone
"""

# Begins a message by which somebody agrees, accepts or has understood; patterns as above.
_AGREEMENTS = (
    r"""네+ 넵+ 넹 예 응+ 굿+ 콜 그래 그러자 오케이 오키 ㅇㅇ ㅇㅋ ㄱㄱ 좋[가-힣]+ 알겠[가-힣]+
    알았[가-힣]+ 찬성[가-힣]* 동의[가-힣]* 확인[가-힣]* 감사[가-힣]* 고마[가-힣]+""",
    r"""ok okay yes yep yeah yup sure sounds deal agreed perfect great brilliant works cool fine
    thanks thank thx ty cheers nice will\sdo on\sit got\sit noted done""",
)


def _compile(patterns: tuple[str, str]) -> re.Pattern[str]:
    korean, english = ("|".join(table.split()) for table in patterns)
    return re.compile(rf"{korean}|\b(?:{english})(?!\w)", re.IGNORECASE)


_PATTERNS = {reason: _compile(patterns) for reason, patterns in CUE_WORDS.items()}
_SMALL_TALK = re.compile(
    rf"(?:{'|'.join(_ASSENTS.split())}|[ㄱ-ㅎㅏ-ㅣ]|[^\w])+(?!\w)", re.IGNORECASE
)

_AGREEMENT = re.compile(
    rf"\W*(?:👍|(?:{'|'.join(' '.join(_AGREEMENTS).split())})(?!\w))", re.IGNORECASE
)


def find_cues(text: str) -> frozenset[str]:
    """The reasons, of `CUE_WORDS`, for which `text` holds a cue word."""
    text = text.replace("’", "'")
    return frozenset(reason for reason, pattern in _PATTERNS.items() if pattern.search(text))


def is_small_talk(text: str) -> bool:
    """Whether `text` is nothing but a greeting, thanks, assent, laughter or emoji."""
    return len(text) <= _LONGEST_SMALL_TALK and _SMALL_TALK.fullmatch(text.strip()) is not None


def is_assent(text: str) -> bool:
    """Whether `text` begins with agreement, acceptance or thanks, whatever follows."""
    return _AGREEMENT.match(text) is not None
