"""The source for the database of KakaoTalk for Mac: unofficial, and used only when asked for."""

from companion.sources.kakaotalk_mac.source import KakaoTalkMacSource

__all__ = ["KakaoTalkMacSource"]
