"""A scripted engine and short ways to write chats down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from hypothesis import settings

from inference.errors import InferenceError
from inference.interface import Chat, ChatMessage, Decoding, Generation, Prompt

# A busy machine is no failure: nothing is timed in tests.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


class ScriptedEngine:
    """Answers from a script: what the prompt must hold -> texts by attempt, best first.

    Tokens are so many letters each, one by one their code points; special tokens are not known.
    A script text of None makes the engine fail on that prompt, as `LocalEngine` does: after all
    others.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[Sequence[str] | None]],
        style: str,
        letters_a_token: int,
    ) -> None:
        self.script = {cue: list(answers) for cue, answers in script.items()}
        self.style = style
        self.token_bytes = 4 * letters_a_token
        self.prompts: list[str] = []
        self.decodings: list[Decoding] = []
        self.limit = 100_000
        self.score = -0.1
        self.marks_context = False
        self.takes_passages = False

    name = "scripted"

    @property
    def prompt_style(self) -> str:
        return self.style

    @property
    def limit_tokens(self) -> int:
        return self.limit

    def encode(self, text: str) -> list[int]:
        data, size = text.encode("utf-32-le"), self.token_bytes
        return [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]

    def encode_plain(self, text: str) -> list[int]:
        return self.encode(text)

    def generate(
        self, prompts: Sequence[Prompt], decodings: Sequence[Decoding]
    ) -> Iterator[tuple[int, Generation]]:
        self.decodings += dict.fromkeys(decodings)
        failed = False
        for index, prompt in enumerate(prompts):
            ids = (*prompt.fixed, *prompt.rest)
            data = b"".join(token.to_bytes(self.token_bytes, "little") for token in ids)
            text = data.decode("utf-32-le").replace("\0", "")
            self.prompts.append(text)
            answers = self._answer(text)
            if answers is None:
                failed = True
                continue
            yield index, Generation(tuple(answers), tuple(self.score for _ in answers), 10)
        if failed:
            raise InferenceError("the engine failed", next_step="nothing")

    def _answer(self, prompt: str) -> Sequence[str] | None:
        for cue, answers in self.script.items():
            if cue in prompt:
                return answers.pop(0) if len(answers) > 1 else answers[0]
        raise AssertionError("no script for this prompt")

    def close(self) -> None:
        return


class ScriptedTemplateEngine(ScriptedEngine):
    """The same, with a chat template of its own."""

    chat_template = (
        "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    special_tokens: Mapping[str, str] = {"bos_token": "<s>", "eos_token": "</s>"}


MakeEngine = Callable[..., ScriptedEngine]
MakeChat = Callable[..., Chat]


@pytest.fixture(scope="session")
def make_engine() -> MakeEngine:
    """Makes an engine of a script, in the "tuned" or the "instruct" style."""

    def make(
        script: Mapping[str, Sequence[Sequence[str] | None]],
        style: str = "tuned",
        letters_a_token: int = 1,
    ) -> ScriptedEngine:
        kind = ScriptedEngine if style == "tuned" else ScriptedTemplateEngine
        return kind(script, style, letters_a_token)

    return make


@pytest.fixture(scope="session")
def make_chat() -> MakeChat:
    """Makes a chat of "sender: text" lines; "*" before a line marks context."""

    def make(*lines: str, title: str = "", me: str = "", language: str | None = None) -> Chat:
        messages = []
        for number, line in enumerate(lines):
            sender, _, text = line.removeprefix("*").partition(": ")
            messages.append(
                ChatMessage(
                    number,
                    sender,
                    text,
                    is_me=bool(me) and sender == me,
                    is_context=line.startswith("*"),
                )
            )
        return Chat(title, me, tuple(messages), language=language)

    return make
