"""Every file in examples/ runs and prints what its `-->` lines say; every Lua block of a guide is such a file."""

import re

import pytest
from conftest import ROOT

SPECS = sorted((ROOT / "examples").glob("*_spec.lua"))
WORKERS = sorted((ROOT / "examples").glob("*_worker.lua"))
EXAMPLES = sorted(set((ROOT / "examples").glob("*.lua")) - set(SPECS) - set(WORKERS))
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md")) + [ROOT / "README.md"]
BLOCK = re.compile(r"^```lua\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_what_it_says(tideway, example):
    text = example.read_text()
    expected = [line[4:].strip() for line in text.splitlines() if line.startswith("-->")]
    assert expected, f"{example.name} has no `-->` line that says what it prints"
    result = tideway("run", example)
    assert result.code == 0, result.err
    printed, summary, _ = result.out.partition(f"{example.stem}: done in")
    assert printed.splitlines() == expected
    assert summary


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_example_spec_passes(tideway, spec):
    result = tideway("test", spec)
    assert result.code == 0, result.err
    assert "0 failed" in result.out


@pytest.mark.parametrize("worker", WORKERS, ids=lambda path: path.stem)
def test_example_worker_finds_nothing_to_do(tideway, worker):
    result = tideway("worker", worker, "--until-empty")
    assert result.code == 0, result.err
    assert result.out == "0 done, 0 failed, 0 dead, 0 lost\n"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_lua_blocks_are_parts_of_example_files(guide):
    modules = (ROOT / "examples" / "lib").rglob("*.lua")
    scripts = (ROOT / "scripts").glob("*.lua")
    sources = [path.read_text() for path in [*EXAMPLES, *SPECS, *WORKERS, *modules, *scripts]]
    for block in BLOCK.findall(guide.read_text()):
        assert any(block.rstrip() in source for source in sources), f"in no file of examples/ or scripts/:\n{block}"
