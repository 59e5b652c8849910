"""The labelled set that tw.pii is judged by is the one that was written before it."""

import collections
import hashlib
import json
import subprocess
import sys

import pii_labels
import pytest

FROZEN = {
    "hostile.txt": "4a2876f39e1850dbfb4eba26614536a421fc3a02b5dab5f79a86edee988f5936",
    "labelled/cpp.txt": "a1ec1629ecd938b6ed504015acea1f90a5d51975ce8bd6063f7e5682b2e49382",
    "labelled/csv.txt": "0d864f72e226cf55ac65704b329fab3164811be893872ebaca5e9604ac485ca1",
    "labelled/java.txt": "d7df7c576be8fdfde51711c306ffb5a19b8ec1d13e9abad11be3162384591722",
    "labelled/javascript.txt": "e61c668b9689501f7267f864f968ed9ded6b77c76def726205fa9d4beea755d2",
    "labelled/json.txt": "eb441d6895c0c402496e35b9bc40c11eb27eb565febc3eaf57686d42521e69b1",
    "labelled/prose.txt": "8dcbc969fc842b218cc1a28fa21219f2d1332c868b3410ea287fc5d5fb51388b",
    "labelled/python.txt": "7796a28f0a6b1da9860103680e0617e4a5018513cea091cf8ff16242825d524c",
}


@pytest.mark.parametrize("name", FROZEN)
def test_labels_are_those_that_were_frozen(name):
    assert hashlib.sha256((pii_labels.FOLDER / name).read_bytes()).hexdigest() == FROZEN[name]


def test_labels_have_enough_of_every_kind_and_format():
    documents = pii_labels.labelled()
    kinds = collections.Counter(kind for document in documents for kind, _, _ in document.spans)
    assert len(kinds) == 11 and min(kinds.values()) >= 100, kinds
    formats = collections.Counter(document.format for document in documents)
    assert len(formats) == 7 and min(formats.values()) >= 100, formats
    assert len(set(pii_labels.hostile())) >= 2_000


def test_labelled_code_parses():
    for document in pii_labels.labelled():
        if document.format == "json":
            json.loads(document.text)
        elif document.format == "python":
            compile(document.text, "labelled", "exec")


def test_templates_make_the_set_again(tmp_path):
    subprocess.run([sys.executable, pii_labels.FOLDER / "make.py", tmp_path, "7"], check=True)
    for name in FROZEN:
        assert (tmp_path / name).read_bytes() == (pii_labels.FOLDER / name).read_bytes(), name


def test_spans_are_the_marked_values_without_their_dots():
    document = pii_labels.document("prose", "né ⟦api_key:gh·p_1⟧, ⟦email:a@b.io⟧.")
    assert document.text == "né ghp_1, a@b.io.".encode()
    assert document.spans == {("api_key", 4, 9), ("email", 11, 17)}
