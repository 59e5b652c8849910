"""HTTP/2: many requests are streams of one connection, and a server without it gets connections side by side."""

import contextlib

import pytest
from streams import Streams, Untold

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {{
  name = "asks",
  run = function()
    local tasks = {{}}
    for i = 1, {count} do
      tasks[i] = tw.spawn(function() return tw.http.request({call}) end)
    end
    for _, task in ipairs(tasks) do print(task:wait().body) end
  end,
}}
"""


@pytest.fixture
def ask(tideway, authority):
    """Runs so many requests at once and gives what they print."""

    def ask(count, call):
        (tideway.folder / "asks.lua").write_text(SCRIPT.format(count=count, call=call))
        result = tideway("run", "asks.lua", "-q", env={"SSL_CERT_FILE": authority[0]})
        assert result.code == 0, result.err
        return result.out.split()

    return ask


@pytest.mark.parametrize("count", [1, 40])
def test_requests_at_once_are_streams_of_one_connection(ask, authority, count):
    with contextlib.closing(Streams(authority, together=count)) as server:
        answers = ask(count, f'"GET", "{server.url}", {{ timeout_s = 20, retry = {{ tries = 1 }} }}')
    assert answers == ["ok"] * count
    assert server.connections == 1


def test_large_bodies_are_sent_side_by_side_over_one_connection(ask, authority):
    with contextlib.closing(Streams(authority, together=3)) as server:
        ask(3, f'"PUT", "{server.url}", {{ body = ("x"):rep(2000000), timeout_s = 20, retry = {{ tries = 1 }} }}')
    assert server.bodies == [b"x" * 2_000_000] * 3
    assert server.connections == 1


def test_a_server_that_does_not_tell_of_http2_gets_connections_side_by_side(ask, authority):
    with contextlib.closing(Untold(authority, together=8)) as server:
        answers = ask(8, f'"GET", "{server.url}", {{ timeout_s = 20, retry = {{ tries = 1 }} }}')
    assert answers == ["ok"] * 8
    assert server.connections == 8
