"""The file name holds the title, in the phone's language."""

from __future__ import annotations

import unicodedata

import pytest

from companion.sources.whatsapp.titles import find_title, normalize_title


@pytest.mark.parametrize(
    "name",
    [
        "WhatsApp Chat with X Y",
        "WhatsApp Chat - X Y",
        "WhatsApp-Chat mit X Y",
        "WhatsApp Chat mit X Y",
        "Chat de WhatsApp con X Y",
        "Chat de WhatsApp - X Y",
        "Conversa do WhatsApp com X Y",
        "Conversa no WhatsApp com X Y",
        "Discussion WhatsApp avec X Y",
        "Chat WhatsApp con X Y",
        "WhatsApp-chat met X Y",
        "Чат WhatsApp с X Y",
        "Чат WhatsApp с контактом X Y",
        "Czat WhatsApp z X Y",
        "WhatsApp-chatt med X Y",
        "Chat WhatsApp dengan X Y",
        "X Y ile WhatsApp Sohbeti",
        "X Y님과의 WhatsApp 대화",
        "X Y 님과의 WhatsApp 대화",
        "X Yとの WhatsApp チャット",
        "与 X Y 的 WhatsApp 聊天",
        "WhatsApp Chat with X Y (2)",
        "WhatsApp Chat with X Y(2)",
        "WhatsApp_Chat_with_X_Y",
    ],
)
def test_the_title_is_found_in_every_language(name: str) -> None:
    assert find_title([name]) == "X Y"


@pytest.mark.parametrize("name", ["_chat", "export", "X Y", "chat with X Y", "WhatsApp"])
def test_other_names_hold_no_title(name: str) -> None:
    assert find_title([name]) is None


def test_the_first_name_with_a_title_counts() -> None:
    assert find_title(["export", "WhatsApp Chat with A", "WhatsApp Chat with B"]) == "A"


def test_a_forbidden_character_stays_as_the_file_system_left_it() -> None:
    assert find_title(["WhatsApp Chat with Dr_ Who"]) == "Dr_ Who"


def test_the_key_is_the_same_however_a_system_spells_the_title() -> None:
    decomposed = unicodedata.normalize("NFD", "Café\u00a0 Ünal")
    assert normalize_title(decomposed) == normalize_title("café ünal")
