"""Owns the texts that activations are measured on, and those the self-test asks about.

All of it was written for this project. The kinds of text are those of the product: chats in
English and Korean, asked about in a chat format, with some prose and code for breadth.
"""

from __future__ import annotations

from collections.abc import Sequence

from inference.conversion.assembly import Calibration
from inference.tokenizer import BuiltTokenizer

PROBE_TOKENS = 24
"""Positions noted at the end of each probe."""

_CHATS = (
    (
        "<|im_start|>system\n"
        "You are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n"
        "Summarise these messages.\n"
        "\n"
        "Alex: did you see the new schedule? they moved our shift to 6am on Tuesday\n"
        "Sam: no way. I have to drop the kids at 7:30\n"
        "Alex: talk to Lena, she said she'd swap with anyone\n"
        "Sam: ok texting her now. btw can you send me the link for the form?\n"
        "Alex: https://example.org/forms/8812?ref=abc deadline is Friday 18:00!\n"
        "Lena: hi! yes I can take Tuesday, but then I need Thursday off :)\n"
        "Sam: deal, thank you so much\n"
        "<|im_end|>\n"
        "<|im_start|>assistant\n"
        "Sam cannot work the new 6am shift on Tuesday, so Lena takes it in exchange for Thursday "
        "off. The form Alex linked is due on Friday at 18:00.<|im_end|>\n"
    ),
    (
        "<|im_start|>user\n"
        "다음 대화를 요약해 주세요.\n"
        "\n"
        "[오후 3:12] 민수: 이번 주 토요일 등산 갈 사람?\n"
        "[오후 3:15] 지영: 저요! 몇 시에 어디서 만나요?\n"
        "[오후 3:20] 민수: 아침 8시 수락산역 3번 출구. 회비는 2만 원이에요\n"
        "[오후 3:31] 현우: 저는 9시까지 갈 수 있어요 ㅠㅠ\n"
        "[오후 3:40] 민수: 그럼 8시 30분으로 바꿀게요. 도시락은 지영 씨가 준비해 주세요\n"
        "<|im_end|>\n"
        "<|im_start|>assistant\n"
        "토요일 오전 8시 30분에 수락산역 3번 출구에서 만나기로 했습니다. 회비는 2만 원이고 지영 "
        "씨가 도시락을 준비합니다.<|im_end|>\n"
    ),
)
_BREADTH = (
    (
        "The committee met on 12 March 2021 and agreed, after a long discussion, that the "
        'remaining $4,500 should be spent on repairs. "It\'s not much," she said, "but it will '
        'keep the roof from leaking." Later that evening he walked home along the river.\n'
        "\n"
        "1. Preheat the oven to 180 C.\n"
        "2. Mix flour, sugar and butter; add two eggs.\n"
        "\n"
        "def total(xs):\n"
        "    return sum(x.price * x.count for x in xs)\n"
    ),
    (
        "안녕하세요, 내일 몇 시에 만날까요? Je ne sais pas encore, peut-être vers midi. ¿Puedes "
        "traer el libro? 好的，没问题。"
    ),
)
_PROBES = (
    (
        "<|im_start|>user\n"
        "Mina: the plumber comes on Monday between 9 and 11, who can be home?\n"
        "Joe: I can, but only until half past ten\n"
        "Mina: then I will take over from you\n"
        "<|im_end|>\n"
        "<|im_start|>assistant\n"
        "The plumber comes on Monday between 9 and 11. Joe is at home until 10:30, then Mina "
        "takes over.<|im_end|>\n"
    ),
    (
        "<|im_start|>user\n"
        "수진: 엄마 생신 선물 뭐로 할까?\n"
        "태호: 작년에 스카프 드렸으니까 이번엔 신발 어때?\n"
        "수진: 좋아, 내가 내일 백화점에서 볼게. 10만 원까지 괜찮지?\n"
        "<|im_end|>\n"
        "<|im_start|>assistant\n"
        "수진이 내일 백화점에서 10만 원까지의 신발을 엄마 생신 선물로 알아보기로 "
        "했습니다.<|im_end|>\n"
    ),
    (
        "When the last bus had gone, the driver locked the depot, counted the tickets twice and "
        "wrote the number on the back of his hand, because nobody in the office ever believed the "
        "sheet."
    ),
    (
        "The room in the library is free from two until five. Please bring your own cup, and tell "
        "Hannah by Wednesday whether you need the projector, since it has to be signed for."
    ),
    (
        "회의는 다음 주 수요일 오후 두 시에 시작합니다. 자료는 화요일까지 공유해 주시고, 참석이 "
        "어려우면 미리 알려 주세요."
    ),
)


def calibration_for(built: BuiltTokenizer, *, longest_tokens: int) -> Calibration:
    """The texts as token ids of one model, each cut to `longest_tokens`."""
    prefix = [built.tokens.index(built.bos)] if built.adds_bos and built.bos else []

    def encoded(texts: Sequence[str]) -> list[list[int]]:
        ids = [built.tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        return [(prefix + text)[:longest_tokens] for text in ids]

    probes = encoded(_PROBES)
    shortest = min(len(ids) for ids in probes)
    return Calibration(encoded(_CHATS + _BREADTH), probes, min(PROBE_TOKENS, shortest))
