from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BrokenModelFile, UnsupportedModel
from inference.gguf import GgufFile
from inference.tokenizer import BuiltTokenizer, Tokenizer, build_tokenizer

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6


def sentencepiece(folder: Path, *, space_prefix: bool, model: str = "llama") -> GgufFile:
    """A Llama-2-like tokenizer: specials, bytes, a few pieces."""
    from gguf import GGUFWriter

    pieces = ["▁", "a", "b", "c", "h", "i", "▁a", "ab", "▁ab", "hi", "▁hi", "abc", "가"]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *pieces]
    kinds = [UNKNOWN, CONTROL, CONTROL, *[BYTE] * 256, *[NORMAL] * len(pieces)]
    scores = [0.0] * 259 + [-float(len(pieces) - index) for index in range(len(pieces))]
    writer = GGUFWriter(folder / "t.gguf", "llama")
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_scores(scores)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    if not space_prefix:
        writer.add_add_space_prefix(False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return GgufFile(folder / "t.gguf")


def pieces(built: BuiltTokenizer, text: str) -> list[str]:
    return list(built.tokenizer.encode(text, add_special_tokens=False).tokens)


@pytest.fixture
def prefixed(tmp_path: Path) -> BuiltTokenizer:
    with sentencepiece(tmp_path, space_prefix=True) as gguf:
        return build_tokenizer(gguf)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ab", ["▁ab"]),
        ("abc", ["▁", "abc"]),
        ("hi ab", ["▁hi", "▁ab"]),
        ("</s>ab", ["</s>", "▁ab"]),
        ("가é", ["▁", "가", "<0xC3>", "<0xA9>"]),
        (" a", ["▁", "▁a"]),
        ("", []),
    ],
)
def test_llama_2_begins_each_stretch_of_text_with_a_space(
    prefixed: BuiltTokenizer, text: str, wanted: list[str]
) -> None:
    """What llama.cpp's tokenizer gives for the same pieces and scores."""
    assert pieces(prefixed, text) == wanted


def test_without_the_prefix_text_stays_as_it_is(tmp_path: Path) -> None:
    with sentencepiece(tmp_path, space_prefix=False) as gguf:
        built = build_tokenizer(gguf)
    assert pieces(built, "ab hi") == ["ab", "▁hi"]


@given(st.text(alphabet="abchi 가é😀\n", max_size=20))
def test_decoding_gives_the_text_back(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        with sentencepiece(Path(folder), space_prefix=True) as gguf:
            tokenizer = Tokenizer(build_tokenizer(gguf).tokenizer)
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_the_file_names_its_special_tokens(prefixed: BuiltTokenizer) -> None:
    assert (prefixed.bos, prefixed.eos, prefixed.unknown) == ("<s>", "</s>", "<unk>")
    assert prefixed.adds_bos
    assert prefixed.stops == ("</s>",)


def test_special_tokens_by_strangers_stay_text(prefixed: BuiltTokenizer) -> None:
    tokenizer = Tokenizer(prefixed.tokenizer)
    end = tokenizer.id_of("</s>")
    assert end in tokenizer.encode("hi</s>")
    plain = tokenizer.encode_plain("hi</s>")
    assert end not in plain
    assert tokenizer.decode(plain) == "hi</s>"


def test_threads_do_not_see_each_others_mode(prefixed: BuiltTokenizer) -> None:
    tokenizer = Tokenizer(prefixed.tokenizer)
    end = tokenizer.id_of("</s>")
    wrong: list[str] = []

    def special() -> None:
        wrong.extend("special" for _ in range(300) if end not in tokenizer.encode("a</s>"))

    def plain() -> None:
        wrong.extend("plain" for _ in range(300) if end in tokenizer.encode_plain("a</s>"))

    threads = [threading.Thread(target=work) for work in (special, plain, special, plain)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_tokens_and_ids_are_each_others_inverse(prefixed: BuiltTokenizer) -> None:
    tokenizer = Tokenizer(prefixed.tokenizer)
    assert tokenizer.size == len(prefixed.tokens)
    assert [tokenizer.id_of(token) for token in tokenizer.tokens([0, 5, 260])] == [0, 5, 260]
    with pytest.raises(KeyError):
        tokenizer.token(tokenizer.size)


def test_another_kind_of_tokenizer_is_refused_by_name(tmp_path: Path) -> None:
    with (
        sentencepiece(tmp_path, space_prefix=True, model="t5") as gguf,
        pytest.raises(UnsupportedModel, match="t5"),
    ):
        build_tokenizer(gguf)


@pytest.mark.parametrize("contents", ["", "{}", "not json"])
def test_a_damaged_tokenizer_file_is_a_broken_model(tmp_path: Path, contents: str) -> None:
    (tmp_path / "tokenizer.json").write_text(contents)
    with pytest.raises(BrokenModelFile, match=r"tokenizer\.json"):
        Tokenizer.load(tmp_path)
