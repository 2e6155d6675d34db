"""Keeps the model in a process of its own, so that a crash or a hang costs one conversation.

And all of the memory comes back: a process that loaded a model and freed it keeps twice what
the daemon takes without one.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from companion.authoring.encoding import decode_summary, encode_chat
from companion.authoring.frames import BadFrame, read_frame, write_frame
from companion.authoring.interface import AuthorLost
from companion.authoring.serving import Order
from companion.config import Config
from companion.modelling import Model
from inference.errors import InferenceError
from inference.interface import Chat, Summary
from inference.processes import make_environment, write_command

COMMAND = tuple(write_command("companion.authoring"))

SILENCE_S = 1800
"""A child that says nothing for so long hangs. A long chat takes a minute or two here, the
conversion of the largest model three, and a slow machine with others at work ten times that."""

_SLICE_S = 60
"""Silence is counted in these: an hour in which all was stopped (SIGSTOP) is one of them."""

_GRACE_S = 5.0


class ModelProcess:
    """The configured model, loaded into a child process when it is first needed.

    The author of the daemon and of `companion summarize`. Messages reach the child through a
    pipe alone: no command line, environment or file ever holds them. The child ends with its
    parent, however that ends.
    """

    def __init__(
        self,
        config: Config,
        cache: Path,
        command: Sequence[str] = COMMAND,
        *,
        silence_s: float = SILENCE_S,
    ) -> None:
        self._model = Model(config, cache)
        self._order = Order(
            config.model, str(cache), config.threads, config.memory_limit_mb, config.mask_secrets
        )
        self._command = command
        self._silence_s = silence_s
        self._child: subprocess.Popen[bytes] | None = None
        self.on_wait: Callable[[], None] = lambda: None
        self._is_interrupted = False

    @property
    def is_usable(self) -> bool:
        return self._model.is_usable

    @property
    def is_loaded(self) -> bool:
        return self._child is not None

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def child_pid(self) -> int | None:
        """None while none runs."""
        child = self._child
        return child.pid if child else None

    def summarize(self, chats: Sequence[Chat]) -> Generator[tuple[int, Summary], None, None]:
        """As an author does. Stopping early ends the child: what it works at is not wanted."""
        missing = 0 if self._is_interrupted else len(chats)
        if not missing:
            return
        try:
            child = self._find_living() or self._start()
            self._send(child, {"chats": [encode_chat(chat) for chat in chats]})
            while missing:
                answer = self._receive(child)
                missing -= 1
                yield answer["index"], decode_summary(answer["summary"])
        except (AuthorLost, InferenceError):
            if not self._is_interrupted:
                raise
        finally:
            if missing:
                self.unload()

    def interrupt(self) -> None:
        """At once: the child is killed, and none is started again."""
        self._is_interrupted = True
        child = self._child
        if child is not None:
            child.kill()

    def unload(self) -> None:
        """End the child; calling twice is fine."""
        child, self._child = self._child, None
        if child is None:
            return
        stdin, stdout = _get_pipes(child)
        with suppress(BrokenPipeError):
            stdin.close()
        try:
            child.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        stdout.close()

    def _find_living(self) -> subprocess.Popen[bytes] | None:
        """The child of earlier chats; one that died since was ended by none of the next."""
        if self._child is not None and self._child.poll() is not None:
            self.unload()
        return self._child

    def _start(self) -> subprocess.Popen[bytes]:
        """A child with the model loaded; raises an `InferenceError` when it cannot be."""
        try:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Threads share one heap: of several, each keeps pages that others could use
                # (30 MB).
                env=make_environment(MALLOC_ARENA_MAX="1"),
            )
        except OSError as error:
            raise InferenceError(
                f"no process could be started for the model: {error.strerror}",
                next_step="free some memory, then run companion model verify",
            ) from error
        self._child = child
        if self._is_interrupted:
            child.kill()
        try:
            self._send(child, asdict(self._order))
            self._receive(child)
        except AuthorLost as error:
            raise InferenceError(
                f"the model could not be loaded: {error}",
                next_step="free some memory, then run companion model verify",
            ) from error
        return child

    def _send(self, child: subprocess.Popen[bytes], document: dict[str, object]) -> None:
        stdin, _ = _get_pipes(child)
        try:
            write_frame(stdin, document)
        except BrokenPipeError:
            raise AuthorLost(_describe_end(child)) from None

    def _receive(self, child: subprocess.Popen[bytes]) -> dict[str, Any]:
        """The next answer; raises `AuthorLost` where there will be none."""
        _, stdout = _get_pipes(child)
        try:
            answer = read_frame(lambda size: self._read(stdout, size))
        except BadFrame:
            raise AuthorLost("its process said what cannot be") from None
        if answer is None:
            raise AuthorLost(_describe_end(child))
        if "broken" in answer:
            raise AuthorLost(str(answer["broken"]))
        if "error" in answer:
            raise InferenceError(str(answer["error"]), next_step=str(answer["next_step"]))
        return answer

    def _read(self, stdout: IO[bytes], size: int) -> bytes:
        """What is there to read, at most `size` bytes, waiting for it."""
        silent_s = 0.0
        while silent_s < self._silence_s:
            slice_s = min(_SLICE_S, self._silence_s - silent_s)
            if select.select([stdout], [], [], slice_s)[0]:
                return os.read(stdout.fileno(), size)
            silent_s += slice_s
            self.on_wait()
        raise AuthorLost(f"its process did nothing for {silent_s / 60:.0f} minutes")


def _get_pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise AssertionError("the child was started without pipes")
    return child.stdin, child.stdout


def _describe_end(child: subprocess.Popen[bytes]) -> str:
    """How a child ended that closed its pipe."""
    try:
        status = child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        return "its process no longer answers"
    if status < 0:
        return f"its process was ended by {signal.Signals(-status).name}"
    return f"its process ended with status {status}"
