"""The stories that every door of the library tells alike."""

import pathlib

import pytest
from journeys import play_lines

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "tests/scenarios"
FILES = sorted(FOLDER.glob("*.journey"))


def test_there_are_scenarios() -> None:
    assert len(FILES) >= 3


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_tells_its_story(file: pathlib.Path) -> None:
    assert play_lines(file.read_text(encoding="utf-8").splitlines()) == ""


RECORD = 'record {"source": "crm", "id": "1", "channel": "PHONE"}'
LOST = 'resolve {"identifier": "email:nobody@example.com"}'


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ([RECORD, 'expect {"outcome": "DUPLICATE"}'],
         "line 2: answer.outcome is 'RECORDED', expected 'DUPLICATE'"),
        ([RECORD, 'expect {"colour": null}'], "line 2: answer has no field colour"),
        ([RECORD, "error NOT_FOUND"], "line 2: the call ended with OK, expected NOT_FOUND"),
        ([LOST, "error INVALID_ARGUMENT"],
         "line 2: the call ended with NOT_FOUND, expected INVALID_ARGUMENT"),
        (['record {"source": "crm", "identifier": "1"}'],
         "line 1: Touchpoint has no field 'identifier'"),
        (["recall {}"], "line 1: no such verb: recall"),
    ],
)
def test_the_runner_can_fail(lines: list[str], mistake: str) -> None:
    assert play_lines(lines) == mistake
