"""Transfers to an S3 server through networks and servers that fail: right bytes, or a clear error and no file."""

import os

import pytest

import transfers
from fault_proxy import NETWORK, SERVER, FaultProxy


def make_bucket(s3_server, name):
    (s3_server.buckets / name).mkdir(exist_ok=True)
    return s3_server.buckets / name


@pytest.mark.parametrize("faults", [NETWORK, SERVER], ids=["network", "server"])
def test_transfers_arrive_through_faults_with_no_wrong_byte(tideway, s3_server, faults, tmp_path):
    names = transfers.write_files(tmp_path / "in", 40, seed=7)
    bucket = make_bucket(s3_server, "faults-" + ("network" if faults is NETWORK else "server"))
    with FaultProxy(s3_server.port, seed=7, faults=faults) as proxy:
        told, _ = transfers.run(tideway, s3_server.environment(proxy.port), bucket.name, names)
    failed = transfers.judge(tmp_path, bucket, names, told)
    assert failed <= 1, told
    assert sum(proxy.done.values()) >= 5, proxy.done


def test_what_never_comes_whole_is_an_error_and_no_file(tideway, s3_server, tmp_path):
    names = transfers.write_files(tmp_path / "in", 4, seed=1)
    (tmp_path / "in" / names[0]).write_bytes(os.urandom(20_000))
    bucket = make_bucket(s3_server, "never")
    for name in names:
        (bucket / name).write_bytes(b"old")
    with FaultProxy(s3_server.port, faults={"lost_answer": 100}) as proxy:
        told, _ = transfers.run(tideway, s3_server.environment(proxy.port), bucket.name, names)
    assert {one.outcome for one in told.values()} == {"network"}
    assert list((tmp_path / "out").iterdir()) == []
    assert max(proxy.requests.values()) <= 5, proxy.requests


def test_a_server_that_has_too_much_is_asked_for_less_at_once(tideway, s3_server, tmp_path):
    bucket = make_bucket(s3_server, "slow")
    (tmp_path / "in").mkdir()
    for index in range(400):
        (tmp_path / "in" / f"{index:03}").write_bytes(os.urandom(1000))
    script = tmp_path / "script.lua"
    script.write_text('local tw = require "tideway"\n'
                      'return tw.pipeline { name = "slow", run = function()\n'
                      'local b = tw.store.open "s3://slow" b:upload("in", "data") b:download("data", "out")\nend }\n')
    with FaultProxy(s3_server.port, most_at_once=6) as proxy:
        done = tideway("run", script, env=s3_server.environment(proxy.port))
    assert done.code == 0, done.err
    for path in (tmp_path / "in").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
        assert (bucket / "data" / path.name).read_bytes() == path.read_bytes()
    early, late = proxy.refused[:100], proxy.refused[-200:]
    assert sum(early) / len(early) > 3 * sum(late) / len(late), (sum(early), sum(late))
