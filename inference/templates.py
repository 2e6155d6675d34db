"""Owns rendering the chat template that a model brings with it; the template is not trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, NoReturn

from inference.errors import UnsupportedModel


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation with the model."""

    role: Literal["system", "user", "assistant"]
    content: str


def render_turns(template: str, turns: Sequence[Turn], special_tokens: Mapping[str, str]) -> str:
    """The text of `turns` up to where the model is to answer.

    A template without a system role (Gemma's raises for one) gets the system turn in front of
    the first user turn. The template comes from a downloaded file, so it runs in Jinja's
    immutable sandbox, as in transformers. Raises UnsupportedModel for one that does not render.
    """
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _refuse
    try:
        compiled = environment.from_string(template)
        for variant in (turns, merge_system(turns)):
            try:
                return compiled.render(
                    messages=[asdict(turn) for turn in variant],
                    add_generation_prompt=True,
                    **special_tokens,
                )
            except _TurnsRefusedError:
                continue
    except (TemplateError, TypeError, ValueError) as error:
        raise _unusable() from error
    raise _unusable()


def merge_system(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """`turns` with the system turn put in front of the first user turn."""
    if len(turns) < 2 or turns[0].role != "system":
        return tuple(turns)
    first = Turn(turns[1].role, f"{turns[0].content}\n\n{turns[1].content}")
    return (first, *turns[2:])


class _TurnsRefusedError(Exception):
    """The template called `raise_exception`: it does not take these roles."""


def _refuse(reason: str) -> NoReturn:
    raise _TurnsRefusedError(reason)


def _unusable() -> UnsupportedModel:
    return UnsupportedModel(
        "the model's chat template cannot be used",
        next_step="pick another model from: companion model list",
    )
