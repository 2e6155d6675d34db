"""Owns what can go wrong with a model, in words a person can act on; it holds no behaviour."""

from __future__ import annotations


class InferenceError(Exception):
    """Something about a model failed in a way the person at the keyboard can do something about.

    The message says what failed and why, on one line and without message text of any chat;
    `next_step` is an imperative ("run companion model verify"), without a full stop, for the end
    of that line.
    """

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.next_step = next_step


class UnsupportedModel(InferenceError):
    """The file is sound but holds an architecture, tensor or tokenizer that is not converted."""


class BrokenModelFile(InferenceError):
    """The file is cut short, has the wrong hash or is no model file at all."""


class ConversionFailed(InferenceError):
    """The converting process ended without a model, or its model failed the self-test."""


class NoDiskSpace(InferenceError):
    """The disk cannot hold the model; the message says where and how many bytes are needed."""


class ModelMissing(InferenceError):
    """The model is not on this machine, or the name is not one the catalogue knows."""


class PullFailed(InferenceError):
    """No mirror gave the file; the message holds the reason of each of them."""
