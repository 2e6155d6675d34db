"""Killed while a real model writes, a pass leaves nothing half done and no process behind."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from companion.config import Config
from companion.modelling import Model
from companion.paths import find_paths

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox
    from tests.companion.surviving.conftest import Home, Nursery

pytestmark = pytest.mark.real_model

# Read before the fixture `home` hides this user's own folders from the tests.
MODELS = Path(os.environ.get("COMPANION_TEST_MODELS") or find_paths().cache)

KILLS = 2
PATIENCE_S = 1200.0
"""A limit for a machine that hangs, not a measurement."""


@pytest.fixture
def usable(survivor: Home) -> None:
    """The home has a real model, the smallest that is there."""
    names = [name for name in ("tiny", "default") if Model(Config(model=name), MODELS).is_usable]
    if not names:
        pytest.skip("run `companion model pull`, or name a cache in COMPANION_TEST_MODELS")
    (survivor.paths.cache / "models").symlink_to(MODELS / "models", target_is_directory=True)
    survivor.paths.config_file.write_text(f'model = "{names[0]}"\n', encoding="utf-8")


@pytest.mark.usefixtures("usable")
def test_a_pass_that_is_killed_while_the_model_writes_is_gone_on_with(
    inbox: Inbox, survivor: Home, nursery: Nursery, dice: random.Random
) -> None:
    ids = {inbox.tell_climbing(), inbox.tell_trip()}
    for number in range(KILLS):
        child = nursery.start("summarize")
        authors: list[psutil.Process] = []

        def has_author(found: list[psutil.Process] = authors, id_: int = child.id) -> bool:
            found[:] = psutil.Process(id_).children()
            return bool(found)

        child.wait_until(has_author)
        child.ends_within(dice.uniform(0.0, 2.0))
        # Once with the process that the model runs in, and once without it: that ends by itself.
        assert child.kill(whole_group=number % 2 == 0) == -signal.SIGKILL, nursery.read_log()
        assert psutil.wait_procs(authors, timeout=PATIENCE_S)[1] == []
        survivor.require_sound()
        for id_ in ids:
            summary = inbox.reader.find_summary(id_)
            assert summary is None or summary.highlights
    assert nursery.start("summarize").wait(PATIENCE_S) == 0, nursery.read_log()
    survivor.require_sound()
    survivor.require_clean()
    made = [inbox.get_summary(id_) for id_ in ids]
    assert all(summary.gist != "pending" for summary in made)
    nursery.run("summarize")
    assert [inbox.get_summary(id_) for id_ in ids] == made
