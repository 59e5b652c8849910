"""What a developer types."""

import pathlib
import subprocess

from conftest import ROOT


def test_unchanged_build_says_nothing(program):
    preset = pathlib.Path(program).parents[1].name
    built = subprocess.run([ROOT / "tools" / "build.sh", preset], capture_output=True, text=True)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")


def test_unknown_verb_is_refused_with_the_list():
    result = subprocess.run([ROOT / "dev", "biuld"], capture_output=True, text=True)
    assert result.returncode == 2 and "unknown verb: biuld" in result.stderr and "build [PRESET]" in result.stderr


def test_unknown_part_of_the_tests_is_refused():
    result = subprocess.run([ROOT / "dev", "test", "pipeline"], capture_output=True, text=True)
    assert result.returncode == 2 and "unknown part: pipeline" in result.stderr
