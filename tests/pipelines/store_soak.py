"""800 transfers through faults of networks and servers, by 16 seeds, stalls among them.

Collected by ./dev soak only.
"""

import pytest

import transfers
from fault_proxy import NETWORK, SERVER, FaultProxy

EACH = 50


@pytest.mark.parametrize("seed", range(16))
def test_transfers_arrive_through_faults(tideway, s3_server, seed, tmp_path):
    faults = {**NETWORK, **SERVER}
    if seed % 4 == 0:
        faults = {"stall": 1, **faults}  # each takes a minute to be known
    bucket = s3_server.buckets / f"seed-{seed:02}"
    bucket.mkdir()
    names = transfers.write_files(tmp_path / "in", EACH, seed)
    with FaultProxy(s3_server.port, seed, faults) as proxy:
        told, seconds = transfers.run(tideway, s3_server.environment(proxy.port), bucket.name, names)
    failed = transfers.judge(tmp_path, bucket, names, told)
    print(f"seed {seed}: {len(told)} transfers in {seconds:.1f} s, {failed} failed, faults: {dict(proxy.done)}")
    for name, one in told.items():
        if one.outcome != "ok":
            print(f"  {name}: {one.problem}")
    assert failed <= EACH // 10, told
