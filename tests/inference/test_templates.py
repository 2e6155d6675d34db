from __future__ import annotations

import pytest

from inference.errors import UnsupportedModel
from inference.templates import Turn, render_turns

TURNS = (Turn("system", "S"), Turn("user", "U"))
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CHATML_TEXT = (
    "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"
)
WITHOUT_SYSTEM = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}"
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (CHATML, CHATML_TEXT),
        (WITHOUT_SYSTEM, "<s>[user]S\n\nU"),
    ],
)
def test_turns_are_rendered_as_the_model_was_taught(template: str, text: str) -> None:
    assert render_turns(template, TURNS, TOKENS) == text


@pytest.mark.parametrize(
    "template",
    [
        "{% if %}",
        "{{ messages.append(1) }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ raise_exception('never') }}",
        "{{ undefined_function() }}",
        "{{ 1 + 'x' }}",
    ],
    ids=["broken", "changing", "escaping", "refusing all", "calling nothing", "adding apples"],
)
def test_a_template_that_cannot_or_may_not_run_is_refused(template: str) -> None:
    with pytest.raises(UnsupportedModel, match="chat template"):
        render_turns(template, TURNS, TOKENS)
