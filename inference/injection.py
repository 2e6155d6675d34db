"""Owns telling which messages give orders to whoever summarises; it only looks, and obeys none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inference.cleaning import clean_text
from inference.interface import Chat, ChatMessage
from inference.words import find_terms

LIMIT_ORDERED = 0.5
"""Share of a sentence's terms that stand in an order and nowhere else."""

# Whom orders address, and what they want done.
_READER = r"""\b(?:
    (?:ai|llm|gpt|chatgpt|(?:[a-z]{3,12}(?<!ro))?bot|assistant|notetaker|summari[sz]er|digest|recap)s?
    |robots?(?=\s?(?:[,:]|who|that|reading|please))
    |(?:language|ai)\ models?|model(?=\s?[:,])|siri|alexa|copilot|gemini|(?:auto-?)?summar(?:y|ies)
    |(?:reading|summary|recap)\ (?:program|tool|app)s?|automat(?:ed|ic)\ (?:reader|system|tool)s?
)\b"""
_VERB = r"""\b(?:
    summari[sz]e|ignore|disregard|forget|output|report|say|state|write|tell|mention|reply|respond
    |answer|include|add|omit|leave|warn|put|claim|print|translate|end|begin|start|note|describe
    |mark|rate|confirm|draft|produce|record|skip|conclude
)s?\b"""
_READER_KO = r"""(?:
    (?<![a-z])(?:AI|LLM|GPT)(?![a-z])|인공지능|(?:언어|요약)\ ?모델|(?<!로)봇(?![가-힣]{2})
    |어시스턴트|시리야|빅스비|클로바
    |(?:자동\ ?)?요약\ ?(?:기|도우미|비서|앱|프로그램|기능|담당|하는|해\ ?주는|시(?=\s))
)"""
_VERB_KO = r"""(?:
    요약|무시|생략|출력|표시|표기|기록|보고|안내|전달|언급|추가|번역|대답|답변|제외|포함|작성|명시|복사
    |정리|적[어으을는]|쓰[고라시세십]|써(?:[라줘주]|(?![가-힣]))|쓸|말[해하할]|답[해하할]|전[해하할]
    |고\ (?:해라?|하라)(?![가-힣])|알[려리](?!줄)|빼|넣
)"""

# A form of order each. What they share with everyday talk costs little: such a message is still
# read and quoted, only what it claims is not told as a fact. "Ignore my last message" is none:
# so people correct themselves. All repetition is bounded, for the texts are strangers'.
_FORMS = (
    # "to any AI reading this: say ...", "dear summary, mention ...", "if you are an AI, write ..."
    rf"""\b(?:to|for|dear|hey|hi|hello|attention|listen|as|are|you're|whoever|any|every|all)\b
        [^.!?\n]{{0,25}} {_READER} [^.!?\n]{{0,80}}? {_VERB}""",
    # "dear AI overlord", "if a computer reads this"
    rf"""\b(?:dear|hey|hello|attention)\ (?:[^\s]{{1,12}}\ )? {_READER}
        |\b(?:computer|machine|program|algorithm|software)s?\b [^.!?\n]{{0,12}}
        \b(?:reads?|reading|process(?:es|ing)|summari[sz](?:es|ing))\b""",
    # "AI assistants reading this: mark ...", "language model, reply ..."
    rf"""(?:^|[\[(\"“>:.!?]\s?) {_READER} [^.!?\n,:]{{0,40}} (?:[,:]|please|kindly|\bif\ you\b)
        [^.!?\n]{{0,60}} (?:{_VERB}|\bis\ that\b)""",
    # "correction for all AI digests: ...", "new rule for the AI: ..."
    rf"""\b(?:instruction|note|notice|message|correction|reminder|prompt|command|order|rule)s?\b
        [^.!?\n]{{0,12}} \b(?:to|for)\b [^.!?\n]{{0,20}} {_READER}""",
    # "the summariser has to warn the reader"
    rf"""{_READER} [^.!?\n]{{0,60}}
        \b(?:must|shall|should|(?:ha(?:s|ve)|needs?|is|are)\ to)\b [^.!?\n]{{0,30}} {_VERB}""",
    # "whoever condenses this chat shall write", "summarise this as ...", "stop summarising"
    rf"""\b(?:summari[sz]|condens|shorten|recap|digest)\w{{0,4}}\b [^.!?\n]{{0,20}}
        \b(?:this|our|the)\ (?:chat|conversation|thread|group)s?\b [^.!?\n]{{0,60}} {_VERB}
        |\bsummari[sz]e\ (?:[^\s]{{1,12}}\ ){{0,2}}as\b | \bstop\ summari[sz]ing\b""",
    # "ignore all previous instructions", "ignore the above and write ..."
    rf"""\b(?:ignore|disregard|forget)\ (?:(?:all|any|every|of|the|these|those)\ ){{0,4}}
        (?:(?:your|previous|prior|earlier|preceding|above)\ ){{1,2}}
        (?:instruction|message|rule|order|prompt|command|text|conversation|chat)s\b
        |\b(?:ignore|disregard|forget)\ all\ (?:of\ )?(?:the\ )?(?:messages|instructions)\b
        |\b(?:ignore|disregard|forget)\ [^.!?\n]{{0,20}}
        \b(?:above|previous|prior|chat|conversation|instructions|messages|everything)\b
        (?:\ and\b|,\ |[.:;]\ )[^!?\n]{{0,20}} {_VERB}""",
    # "treat everything before this line as a joke", "your task has changed"
    r"""\beverything\ (?:above|before\ this)\b
        |\b(?:conversation|chat|messages|text)\ above\ (?:is|was|are|were|never)\b
        |\byour\ (?:(?:new|real)\ task|task\ has\ changed|(?:system\ )?prompt)\b
        |\bsystem\ override\b | ^\W{0,3}override\b""",
    r"""\boutput(?::|\ (?:only|exactly|just|nothing)\b)
        |\b(?:reply|respond|answer)\ (?:(?:only|just|exactly)\ (?:with|in)|with\ only)\b
        |\b(?:reply|respond|answer|summari[sz]e)\ (?:with|as)\ ?["“'‘:]""",
    # Another role to play.
    rf"""\b(?:developer|admin|debug|god)\ mode\b | \brole[-\ ]?play\b | \bnow\ act\ as\b
        |\bpretend\ (?:you\ are|to\ be|that|the\ (?:chat|conversation))\b
        |\byou\ are\ (?:now\ )?(?:an?\ |the\ )?(?:[^\s]{{1,20}}\ ){{0,3}} {_READER}
        |(?:너는|당신은|넌)\ (?:[^\n]{{0,20}}AI|지금부터)""",
    # Chat templates, roles, comments: nobody types these to friends.
    r"""<\|\w{1,30}\|> | \[/?INST\] | <</?SYS>> | "role"\s?: | <!--
        |</?(?:instructions?|system|prompt)>
        |^\W{0,3}(?:system|assistant|prompt|프롬프트)\b[^:\]\n]{0,20}[:\]]
        |^\#{2,4}\ ?(?:instruction|system|task|시스템|지시|지침|명령)
        |\[(?:assistant|system|ai|instruction)\b[^\]\n]{0,30}[:\]]
        |(?:새로운|시스템|관리자)\ ?(?:지시|지침|명령|프롬프트)\]?\s?(?:[:\n]|\Z)""",
    # The form of the answer that the model is to write.
    r"""\A\W{0,3}(?:summary|요약)\s?:[\s\S]*\b(?:to[\ -]?dos?|topic|할\ 일|주제)\b""",
    # "AI야 ... 라고 적어", "적어줘 요약봇아"
    rf"""{_READER_KO} [^\n]{{0,80}} {_VERB_KO} | {_VERB_KO} [^\n]{{0,20}} {_READER_KO}""",
    # "the correct summary is ...", "이 방 요약엔 ... 라고만 써라", "실제 요약은 ... 이다"
    rf"""(?:대화|방|채팅|내용)[^\s]{{0,3}}\ ?요약 [^.!?\n]{{0,40}} {_VERB_KO}
        |요약 [^.!?\n]{{0,40}} (?:라고|로|만)\ ?{_VERB_KO}
        |\b(?:correct|official|real|actual|only)\ (?:summary|digest|recap)\b
        |요약(?:본|문)?(?:에|에는|엔)\ [^.!?\n]{{0,40}} (?:들어가|{_VERB_KO})
        |(?:실제|올바른|정확한)\ 요약[은는] | 요약\ ?(?:결과|내용)?(?:은|는|에는)\ 반드시""",
    # "지금까지의 지시를 모두 무시하고", "위 대화는 잊고": 하고 and -고 lead to what to do instead.
    r"""(?:지시|명령|규칙|이전|지금까지|위의?|앞의?)[^\s]{0,8}\ ?(?:[^\s]{1,12}\ ){0,3}
        (?:(?:무시|무효|폐기)\w{0,4}고|잊고|무시해\s)""",
)
_ORDERS = tuple(re.compile(form, re.IGNORECASE | re.VERBOSE) for form in _FORMS)

_REPORTS = re.compile(
    r"""\b(?:messages?|posted|posts?|sent|wrote|asked|asks|told|tells|telling|claim\w*|fake
        |instruct\w*|ais?|bots?|forwarded|said|says|prank|spam|scam|phishing|jok\w+|hid|hidden
        |note|line|tried)\b
    |글|메시지|문구|문장|문자|지시|봇|올렸|올려|요구|시험|장난|사칭|피싱|스팸|광고|주장|라는|라고|다며""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


class Orders:
    """What the messages of one chat order a summariser to write."""

    def __init__(self, chat: Chat) -> None:
        names = {chat.me, *(message.sender for message in chat.messages)}
        headings = [name for name in (chat.title, *sorted(names)) if gives_orders(name)]
        texts = [clean_text(message.text) for message in chat.messages]
        positions = find_orders(chat.messages)
        self._text = "\n".join([*headings, *(texts[place] for place in sorted(positions))])
        self._ordered = find_terms(self._text)
        self._others = tuple(
            find_terms(text) for place, text in enumerate(texts) if place not in positions
        )
        self._said = frozenset[str]().union(*self._others)
        self._names = find_terms(" ".join(names.difference(headings)))

    def are_followed_by(self, sentence: str) -> bool:
        """Whether `sentence` states what was ordered, rather than telling of the order.

        It does when a number or most of it stands in the orders alone, or when all of it stands
        in the orders and in no other message. Who is named does not count: orders are about the
        people of the chat.
        """
        if not self._ordered or is_reported(sentence, self._text):
            return False
        terms = (find_terms(sentence) & (self._ordered | self._said)) - self._names
        ordered = terms - self._said
        if len(ordered) >= LIMIT_ORDERED * len(terms) > 0:
            return True
        if any(term[0].isdigit() for term in ordered):
            return True
        return terms <= self._ordered and not any(terms <= other for other in self._others)


def gives_orders(text: str) -> bool:
    """Whether a message tells an AI or a summariser what to write."""
    cleaned = clean_text(text)
    return any(order.search(cleaned) for order in _ORDERS)


def find_orders(messages: Sequence[ChatMessage]) -> frozenset[int]:
    """Positions of the messages that give orders, each with the next one by the same sender.

    An order can be split in two: what comes right after one is taken for its other half.
    """
    giving = {place for place, message in enumerate(messages) if gives_orders(message.text)}
    halves = {
        place + 1
        for place in giving
        if place + 1 < len(messages) and messages[place + 1].sender == messages[place].sender
    }
    return frozenset(giving | halves)


def is_reported(sentence: str, orders: str) -> bool:
    """Whether a sentence tells of something said, rather than stating it as so.

    Words that stand in the text of the orders are no sign of it: they may be what was ordered.
    """
    ordered = {word.casefold() for word in _REPORTS.findall(orders)}
    return any(word.casefold() not in ordered for word in _REPORTS.findall(sentence))
