"""Owns telling which messages give orders to whoever summarises; it only looks, and obeys none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from inference.cleaning import clean_text
from inference.interface import Chat, ChatMessage
from inference.words import find_terms, has_hangul

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
    (?<![a-z])(?:AI|LLM|GPT|siri)(?![a-z])(?=[\]\W]{0,2}
    (?:야|아|님|는|은|가|께|에게|한테|로|라면|지\W|있|사용|시스템|비서|도우미|봇|요약|모델|어시|[,:\]]))
    |인공\ ?지능|에이아이|지피티|언어\ ?모델|어시스턴트(?=[야님께에는,:])|시리야|빅스비야|클로바야
    |(?<!로)봇(?=[은이에한을]|\W)|봇[아님]
    |요약\ ?(?:기|도우미|모델|비서|앱|시스템|프로그램|담당|충|하는|해\ ?주)
)"""
# How an order ends, whatever it orders: plain, polite, curt.
_DEMAND_KO = r"""(?:
    (?:[하어여아으쓰써해내빼줘주려겨]|[치리]지?)라|세요|시오|시면|소서|줘|[라다]고\ ?해
    |[가-힣]\ ?것(?=\W|\Z)|지\ ?마|말\ ?것|바라|바람|바랍니다|답으로\ 내
    |적어|써|넣어|빼|바꿔|알려|들어|남겨|지워|붙여|[가-힣]해|해\ ?봐
    |금지|필수|추가|출력|표기|표시|처리|부탁|중단
)(?![가-힣])"""

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
        |(?:너는?|당신은|넌)\ (?:[^\n]{{0,20}}AI|지금부터|이제\ ) | 당신은\ [^\n]{{1,20}}입니다""",
    # Chat templates, roles, comments: nobody types these to friends.
    r"""<\|\w{1,30}\|> | \[/?INST\] | <</?SYS>> | "role"\s?: | <!--
        |</?(?:instructions?|system|prompt|지시|명령|시스템)>
        |^\W{0,3}(?:system|assistant|prompt|프롬프트)\b[^:\]\n]{0,20}[:\]]
        |^\#{2,4}\ ?(?:instruction|system|task|시스템|지시|지침|명령)
        |\[(?:assistant|system|ai|instruction)\b[^\]\n]{0,30}[:\]]
        |(?:새로운|새|시스템|관리자)\ ?(?:지시|지침|명령|규칙|메시지|프롬프트)\]?\s?(?:[:\n]|\Z)""",
    # The form of the answer that the model is to write.
    r"""\A\W{0,3}(?:summary|요약)\s?:[\s\S]*\b(?:to[\ -]?dos?|topic|할\ 일|주제)\b""",
    # "AI야 ... 라고 적어", "적어줘 요약봇아"
    rf"""{_READER_KO} [^\n]{{0,80}} {_DEMAND_KO} | {_DEMAND_KO} [^\n]{{0,30}} {_READER_KO}""",
    # "AI가 읽는다면", "이 글을 요약하게 될 모델에게"
    rf"""{_READER_KO} [^\n]{{0,12}} (?:읽|[이본]\ ?(?:글|방|대화|문장|메시지|톡|채팅|공지))
        |(?:읽|요약|정리)[가-힣\ ]{{1,8}} (?:{_READER_KO}|모델|기계|프로그램|알고리즘)
        (?:에게|[은는이아야님께])""",
    # "이 방 요약엔 ... 만 써라", "요약할 때 ... 빼고 써줘", "실제 요약은 ... 이다"
    rf"""요약(?:[은을에엔문란시]|본[은에엔\ ]|할\ 때|\ ?결과|\ (?:맨\ )?(?:끝|앞|처음|지침))
        [^\n]{{0,40}} (?:반드시|꼭|{_DEMAND_KO})
        |요약(?:은|\ ?결과는?)\ [^\n]{{0,12}} : | 요약\ ?(?:대신|금지|중단|거부|하지\ ?(?:마|말))
        |\b(?:correct|official|real|actual|only)\ (?:summary|digest|recap)\b
        |(?:실제|올바른|정확한)\ 요약[은는]""",
    # "'...'라고 요약해", "'...'라고만 알려줘"
    rf"""[라다]고만?\ ?(?:요약|출력)
        |[라다]고만\ (?:[^\s]{{1,8}}\ )? [^\s]{{0,6}}? {_DEMAND_KO}""",
    # "지금까지의 지시를 모두 무시하고", "위 대화는 잊고": 하고 and -고 lead to what to do instead.
    r"""(?:지시|명령|규칙|프롬프트|이전|지금까지|위의?|앞의?)[^\s]{0,8}\ ?(?:[^\s]{1,12}\ ){0,3}
        (?:(?:무시|무효|폐기)(?:\w{0,4}고|\ ?후)|(?:잊|까먹)고|무시해\s)""",
)
_ORDERS = tuple(re.compile(form, re.IGNORECASE | re.VERBOSE) for form in _FORMS)

_REPORTS = re.compile(
    r"""\b(?:messages?|posted|posts?|sent|wrote|asked|asks|told|tells|telling|claim\w*|fake
        |instruct\w*|ais?|bots?|forwarded|said|says|prank|spam|scam|phishing|jok\w+|hid|hidden
        |tried)\b
    |글|메시지|문구|문장|문자|지시|봇|올렸|올려|요구|시험|장난|사칭|피싱|스팸|광고|주장|라는|라고|다며""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)

_CLAUSE_END = re.compile(
    r"[,;]\s|\s(?:and|but|so|while|because|as)\s|(?<=[가-힣][고며])\s|(?<=지만)\s", re.IGNORECASE
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
        """Whether `sentence` or a clause of it states what was ordered, not that it was ordered.

        It does when a number, half of the sentence or most of a clause stands in the orders alone,
        or when all of it stands in the orders and in no other message. Who is named does not
        count: orders are about the people of the chat.
        """
        if not self._ordered:
            return False
        clauses = _CLAUSE_END.split(sentence)
        if not is_reported(sentence, self._text):
            return self._cover_sentence(sentence) or any(map(self._cover_clause, clauses))
        # Korean tells only at the end that something was said, English before what was.
        if has_hangul(sentence):
            return False
        stated = takewhile(lambda clause: not is_reported(clause, self._text), clauses)
        return any(map(self._cover_clause, stated))

    def _cover_sentence(self, sentence: str) -> bool:
        terms = self._find_known(sentence)
        if len(terms - self._said) >= LIMIT_ORDERED * len(terms) > 0:
            return True
        if any(term[0].isdigit() for term in terms - self._said):
            return True
        return terms <= self._ordered and not any(terms <= other for other in self._others)

    def _cover_clause(self, clause: str) -> bool:
        """Whether most of a clause stands in the orders alone; few words prove less than many."""
        terms = self._find_known(clause)
        return len(terms - self._said) > LIMIT_ORDERED * len(terms)

    def _find_known(self, text: str) -> frozenset[str]:
        """Terms of `text` that anybody wrote, without the names of people."""
        return (find_terms(text) & (self._ordered | self._said)) - self._names


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
