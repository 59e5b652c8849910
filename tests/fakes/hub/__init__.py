"""A fake Hugging Face Hub for tests: on loopback, with real git history, faults on order and a recording.

    with Hub() as hub:
        repo = hub.add("datasets", "ns/reviews", {"data/train.parquet": parquet})
        hub.fault("GET", "/objects/", action=Short(100))
        ...  # run a client with HF_ENDPOINT=hub.endpoint and HF_TOKEN=hf_write
        assert repo.head.title == "Upload dataset"

The tokens hf_write, hf_read and hf_none are of the user ns, hf_other is of the user other. Large files come from a
second origin, hub.cdn, which wants signed URLs and refuses credentials.
"""

from .faults import ContentRange, Do, Etag, Expired, Gzip, Headers, Reset, Short, Stall, Status, Whole, Wrong
from .hub import Hub

__all__ = [
    "ContentRange", "Do", "Etag", "Expired", "Gzip", "Headers", "Hub", "Reset", "Short", "Stall", "Status", "Whole",
    "Wrong",
]
