"""The real model, from a conversation to its summary: what every good summary must be.

`COMPANION_TEST_MODELS` names a cache folder as `inference.modelstore.ModelStore` takes it: the
models lie below its `models/`. Without it the cache of the user who runs the tests is used.
Nothing is fetched here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from companion.config import Config
from companion.modelling import Model
from companion.paths import find_paths

pytestmark = pytest.mark.real_model

# Read before the fixture `home` hides this user's own folders from the tests.
MODELS = Path(os.environ.get("COMPANION_TEST_MODELS") or find_paths().cache)

SUMMARISE_S = 1200
"""A limit for a machine that hangs, not a measurement."""

TRIP = {
    "id": "ko",
    "title": "제주 여행",
    "me": "지우",
    "messages": [
        {"sender": "민서", "text": "항공권 지금 안 사면 내일부터 오른대"},
        {"sender": "민서", "text": "김포 7시 40분 출발 1인 89,000원"},
        {"sender": "도윤", "text": "7시 40분은 너무 이르지 않아? 나 인천이라 첫차 타야 해"},
        {"sender": "하린", "text": "9시 20분 것도 있던데"},
        {"sender": "민서", "text": "그건 104,000원"},
        {"sender": "도윤", "text": "만오천원 차이면 난 9시 20분"},
        {"sender": "민서", "text": "그럼 9시 20분으로 4명 예약한다"},
        {"sender": "민서", "text": "예약 끝! 한 사람당 104,000원 수요일까지 보내줘"},
        {"sender": "하린", "text": "지우야 너 면허 언제 땄어? 운전 지우가 해야 될 수도 있어"},
    ],
}
CLIMBING = {
    "id": "en",
    "title": "Climbing Thursdays",
    "me": "Jiwoo",
    "messages": [
        {"sender": "Ben", "text": "Bad news, the Kings Cross wall is shut this week for resetting"},
        {"sender": "Marta", "text": "The Arch then? Bermondsey"},
        {"sender": "Lena", "text": "Bermondsey takes me an hour, what about Mile End"},
        {"sender": "Ben", "text": "Mile End works. 19:00 though, not 18:30, I have a dentist at 5"},
        {"sender": "Lena", "text": "7pm Mile End, great"},
        {"sender": "Marta", "text": "Fine by me. Thursday 26th, Mile End, 7pm"},
        {"sender": "Ben", "text": "Day pass there is £14.50, they don't take cash"},
        {
            "sender": "Ben",
            "text": "Jiwoo can you book the five of us? Your membership gets 10% off",
        },
    ],
}


@pytest.fixture
def models(home: Path) -> None:
    """The home of the test has the real models; skips where the default one is not there."""
    model = Model(Config(), MODELS)
    if not model.is_usable:
        pytest.skip(
            f"the model {model.name} is {model.state} in {MODELS}; "
            "run `companion model pull`, or name another cache in COMPANION_TEST_MODELS"
        )
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "models").symlink_to(MODELS / "models", target_is_directory=True)


def summarize(*documents: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers of `companion summarize --stdin --jsonl`, in order."""
    done = subprocess.run(
        [sys.executable, "-m", "companion", "summarize", "--stdin", "--jsonl"],
        input="".join(json.dumps(document) + "\n" for document in documents),
        capture_output=True,
        text=True,
        check=False,
        timeout=SUMMARISE_S,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def strip_times(summary: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in summary.items() if name != "seconds"}


@pytest.mark.usefixtures("models")
def test_a_korean_and_an_english_chat_are_summarised_and_twice_the_same() -> None:
    summaries = summarize(TRIP, CLIMBING)
    assert [(item["id"], item["language"]) for item in summaries] == [("ko", "ko"), ("en", "en")]
    for summary, document in zip(summaries, (TRIP, CLIMBING), strict=True):
        check_summary(summary, document["messages"])
    assert "model" in {item["origin"] for item in summaries}
    assert list(map(strip_times, summarize(TRIP, CLIMBING))) == list(map(strip_times, summaries))


def check_summary(summary: dict[str, Any], messages: Any) -> None:
    ids = set(range(len(messages)))
    assert summary["origin"] in {"model", "extractive"}
    assert 2 <= len(summary["highlights"]) <= 4
    for item in summary["highlights"]:
        assert item["text"] == messages[item["message"]]["text"]
    assert 1 <= len(summary["sentences"]) <= 4
    for part in (*summary["sentences"], *summary["actions"]):
        assert part["evidence"]
        assert set(part["evidence"]) <= ids
    assert (summary["covered"], summary["skipped"]) == (len(ids), 0)
    if summary["origin"] == "model":
        assert summary["model"] == Model(Config(), MODELS).name
        written = " ".join(sentence["text"] for sentence in summary["sentences"])
        hangul = sum("가" <= letter <= "힣" for letter in written)
        assert (hangul > len(written) / 3) is (summary["language"] == "ko")
