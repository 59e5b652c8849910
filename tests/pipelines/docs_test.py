"""The docstring parser is strict about what docstrings lack."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parse(tmp_path, text):
    """The faults of a module with this text."""
    (tmp_path / "sample.lua").write_text(text)
    code = """
        package.path = arg[1] .. "/lua/?.lua"
        local docs = require "tideway.internal.docs"
        local text = io.open(arg[2]):read "*a"
        for _, fault in ipairs(docs.faults(docs.parse("sample", text))) do print(fault) end"""
    (tmp_path / "parse.lua").write_text(code)
    return subprocess.run(["luajit", tmp_path / "parse.lua", ROOT, tmp_path / "sample.lua"],
                          capture_output=True, text=True, check=True).stdout.splitlines()


HEAD = "--- A sample.\n\nlocal M = {}\n\n"


@pytest.mark.parametrize("text,fault", [
    ("function M.f() end\nreturn M\n", "sample.lua:5: tw.sample.f: lacks a docstring"),
    ("--- Does.\nfunction M.f(a) end\nreturn M\n", "tw.sample.f: parameter `a` lacks a ---@param"),
    ("--- The thing.\nfunction M.f() end\nreturn M\n", "starts with `The`"),
])
def test_what_a_public_function_lacks_is_named(tmp_path, text, fault):
    assert [line for line in parse(tmp_path, HEAD + text) if fault in line]


@pytest.mark.parametrize("text", [
    "local function f() end\nreturn M\n",
    "function M._f() end\nreturn M\n",
    "--- Does.\n---@private\nfunction M.f(a) end\nreturn M\n",
    "--- Does.\n---@param a fun(x: string | nil, y: table<string, integer>): boolean whether\n"
    "function M.f(a) end\nreturn M\n",
])
def test_complete_and_private_functions_have_no_fault(tmp_path, text):
    assert parse(tmp_path, HEAD + text) == []


def test_module_without_a_docstring_is_a_fault(tmp_path):
    assert parse(tmp_path, "local M = {}\nreturn M\n") == ["sample.lua:1: tw.sample: lacks a docstring for the module"]
