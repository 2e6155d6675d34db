"""KakaoTalk chat exports of every client: Windows, Android, iOS text and the Mac and PC table."""

from companion.sources.kakaotalk.source import KakaoTalkSource

__all__ = ["KakaoTalkSource"]
