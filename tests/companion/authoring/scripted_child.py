"""The child process with a scripted engine in place of a model: some texts end it for good.

Run by the tests of companion.authoring; argument: "loading" to die while the model loads.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from companion.authoring.serving import Order, serve
from inference.interface import Decoding, Generation, Prompt
from inference.summarizer import Summarizer
from tests.companion.conftest import CLIMBING_GIST, TRIP_GIST, ScriptedEngine

ABORTS, HANGS, RAISES = "zwxabort", "zwxhang", "zwxraise"


class FatalEngine(ScriptedEngine):
    """Dies of some words in a prompt, as an engine of native code may."""

    def generate(
        self, prompts: Sequence[Prompt], decodings: Sequence[Decoding]
    ) -> Iterator[tuple[int, Generation]]:
        texts = "".join(self.decode(prompt) for prompt in prompts)
        if ABORTS in texts:
            os.abort()
        if HANGS in texts:
            time.sleep(3600)
        if RAISES in texts:
            raise ValueError(texts)
        yield from super().generate(prompts, decodings)


def open_summarizer(order: Order) -> Summarizer:
    if sys.argv[1:] == ["loading"]:
        os.kill(os.getpid(), signal.SIGKILL)
    engine = FatalEngine({"Mile End": CLIMBING_GIST, "항공권": TRIP_GIST})
    return Summarizer(engine, masks_secrets=order.mask_secrets)


if __name__ == "__main__":
    os._exit(serve(sys.stdin.buffer, sys.stdout.buffer, open_summarizer))
