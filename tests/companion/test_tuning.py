"""How the setting of the engine is chosen from figures, and when they are measured again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.config import Config
from companion.modelling import Model
from companion.paths import Paths
from companion.tuning import (
    Machine,
    Setting,
    Trial,
    choose_setting,
    describe_machine,
    find_trials,
    list_settings,
    save_trials,
    try_settings,
)
from tests.companion.conftest import ScriptedEngine, lay_out_model

ONE, SIDE_BY_SIDE, TOGETHER = Setting(1, 1), Setting(2, 1), Setting(1, 2)
MACHINE = Machine("AMD EPYC", 2, "ctranslate2 4.8.5", 1200)
TRIALS = [Trial(ONE, 9.25), Trial(TOGETHER, 6.5), Trial(SIDE_BY_SIDE, 5.0)]


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ((9.0, 6.5, 5.0), SIDE_BY_SIDE),
        ((9.0, 5.0, 6.5), TOGETHER),
        ((5.2, 5.0, 5.1), ONE),  # no more cores than are of use
        ((5.3, 5.0, 6.0), TOGETHER),
    ],
)
def test_the_quickest_is_chosen_unless_fewer_cores_do(
    seconds: tuple[float, ...], chosen: Setting
) -> None:
    settings = (ONE, TOGETHER, SIDE_BY_SIDE)
    trials = [Trial(*pair) for pair in zip(settings, seconds, strict=True)]
    assert choose_setting(trials) == chosen


def test_nothing_is_chosen_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        choose_setting([])


@given(st.integers(1, 300))
def test_no_setting_takes_more_cores_than_there_are(cores: int) -> None:
    settings = list_settings(cores)
    assert ONE in settings
    assert all(1 <= setting.cores <= cores for setting in settings)
    assert len(set(settings)) == len(settings)


def test_one_core_leaves_nothing_to_choose() -> None:
    assert list_settings(1) == [ONE]


def test_every_setting_is_given_the_same_work() -> None:
    engines: dict[Setting, ScriptedEngine] = {}

    def open_engine(setting: Setting) -> ScriptedEngine:
        return engines.setdefault(setting, ScriptedEngine({}))

    trials = try_settings(open_engine, 2)
    assert [trial.setting for trial in trials] == [ONE, TOGETHER, SIDE_BY_SIDE]
    first, *others = engines.values()
    assert first.prompts
    assert all(other.prompts == first.prompts for other in others)
    assert all(engine.closes == 1 for engine in engines.values())


def test_what_was_measured_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "tuning" / "model.json"
    assert find_trials(file, MACHINE) is None
    save_trials(file, MACHINE, TRIALS)
    assert find_trials(file, MACHINE) == TRIALS
    assert [path.name for path in file.parent.iterdir()] == ["model.json"]


@pytest.mark.parametrize(
    "changed",
    [
        {"processor": "Apple M2"},
        {"cores": 4},
        {"engine": "ctranslate2 4.9"},
        {"memory_limit_mb": 9},
    ],
)
def test_of_another_machine_it_is_worth_nothing(tmp_path: Path, changed: dict[str, object]) -> None:
    file = tmp_path / "model.json"
    save_trials(file, MACHINE, TRIALS)
    assert find_trials(file, replace(MACHINE, **changed)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"machine": 1}', "\x00"])
def test_a_broken_file_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "model.json"
    file.write_text(text, encoding="utf-8")
    assert find_trials(file, MACHINE) is None


@pytest.mark.parametrize("trials", ["[]", "[1]", '[{"workers": 1, "threads": 1}]', "null"])
def test_broken_trials_are_none(tmp_path: Path, trials: str) -> None:
    file = tmp_path / "model.json"
    save_trials(file, MACHINE, [])
    stored = file.read_text(encoding="utf-8")
    file.write_text(stored.replace("[]", trials), encoding="utf-8")
    assert find_trials(file, MACHINE) is None


def test_a_disk_that_cannot_be_written_to_costs_a_measurement(tmp_path: Path) -> None:
    (tmp_path / "tuning").write_text("no folder", encoding="utf-8")
    file = tmp_path / "tuning" / "model.json"
    save_trials(file, MACHINE, TRIALS)
    assert not file.exists()


class TestOfAModel:
    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch) -> list[Setting]:
        """The settings of all engines that were opened."""
        opened: list[Setting] = []

        def open_engine(name: str, folder: object, setting: Setting, limit: int) -> ScriptedEngine:
            opened.append(setting)
            return ScriptedEngine({})

        monkeypatch.setattr("companion.modelling._open_engine", open_engine)
        return opened

    def test_it_is_measured_once_and_again_when_asked(
        self, paths: Paths, opened: list[Setting]
    ) -> None:
        lay_out_model(paths.cache)
        model = Model(Config(), paths.cache)
        trials = model.tune()
        assert len(opened) == len(trials) >= 1
        again = Model(Config(), paths.cache).tune()
        assert [trial.setting for trial in again] == [trial.setting for trial in trials]
        assert len(opened) == len(trials)
        model.tune(is_renewed=True)
        assert len(opened) == 2 * len(trials)

    def test_a_wish_is_not_measured(self, paths: Paths, opened: list[Setting]) -> None:
        lay_out_model(paths.cache)
        Model(Config(threads=3), paths.cache).load()
        assert opened == [Setting(3, 1)]
        assert not (paths.cache / "tuning").exists()

    def test_what_was_measured_decides(self, paths: Paths, opened: list[Setting]) -> None:
        lay_out_model(paths.cache)
        model = Model(Config(), paths.cache)
        save_trials(model.trials_file, describe_machine(Config().memory_limit_mb), TRIALS)
        model.load()
        assert opened == [SIDE_BY_SIDE]
