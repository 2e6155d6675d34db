"""Owns telling which messages give orders to whoever summarises; it only looks, and obeys none."""

from __future__ import annotations

import re

_ORDER = re.compile(
    r"\b(?:ai|assistant|bot|chatbot|system|prompt|llm|gpt)\b.{0,60}"
    r"\b(?:summar\w*|instruction|ignore|disregard|output|reply)"
    r"|\bsummar(?:y|ise|ize|iser|izer)\b.{0,80}\b(?:ai|bot|assistant|ignore|disregard|correct)\b"
    r"|\b(?:ignore|disregard) (?:all|the|any|every|previous|above)"
    r"|(?:AI|인공지능|봇|요약기|어시스턴트|시스템).{0,30}(?:요약|지시|무시|출력)"
    r"|요약.{0,20}(?:무시|출력|적어라|쓰시오|하시오|표시할)"
    r"|(?:지시|이전|위의?|앞의?) ?\S{0,6} ?무시",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:messages?|posted|sent|wrote|asked|told|tells|telling|claim\w*|fake|instruct\w*|ai|bot|not"
    r"|forwarded|said|says|prank|spam|scam|phishing|joke|test\w*|hid|hidden|note|text)\b"
    r"|글|메시지|문구|문자|지시|AI|봇|올렸|올려|요구|시험|장난|사칭|피싱|스팸|광고|주장|라는|라고|아니|않",
    re.IGNORECASE,
)


def gives_orders(text: str) -> bool:
    """Whether a message tells an AI or a summariser what to write."""
    return _ORDER.search(text) is not None


def is_reported(sentence: str) -> bool:
    """Whether a sentence tells of something said, rather than stating it as so."""
    return _REPORTED.search(sentence) is not None
