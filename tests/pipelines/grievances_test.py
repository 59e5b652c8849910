"""The main job on real databases: what it publishes, and that nothing but the rows decides its bytes."""

import collections
import json
import math
import os
import random
import re
import signal
import sqlite3
import subprocess
import time

import datasets
import load_postgres
import pytest
from conftest import GRIEVANCES, Tideway, data_files

DEPARTMENTS = [
    "Municipal Governance & Community Services",
    "Education, Health & Social Welfare",
    "Infrastructure, Utilities & Natural Resources",
    "Security & Law Enforcement",
]
URGENCIES = ["NORMAL", "URGENT", "HIGHLY URGENT"]


@pytest.fixture(scope="module")
def published(program, complaints, tmp_path_factory):
    """One good run: its folder, its result, its settings."""
    folder = tmp_path_factory.mktemp("published")
    settings = {
        "POSTGRES_URL": f"sqlite:{complaints}", "MIN_DATASET_LEN": "500",
        "DEPARTMENT_DATASET": f"file:{folder}/department", "URGENCY_DATASET": f"file:{folder}/urgency",
    }
    tideway = Tideway(program, folder)
    result = tideway("run", GRIEVANCES, env=settings)
    assert result.code == 0, result.err
    return folder, result, settings, tideway


def expected_counts(database, column):
    """Rows by class, counted by SQL and Python alone: mistakes, and the pool of correct predictions."""
    connection = sqlite3.connect(database)
    wrong = collections.Counter(dict(connection.execute(
        f"SELECT mc.correct_{column}, count(*) FROM misclassified_complaints mc JOIN complaints c"
        f" ON c.id = mc.complaint_id WHERE mc.reviewed AND mc.correct_{column} IS NOT NULL"
        f" AND c.{column} IS NOT mc.correct_{column} GROUP BY 1").fetchall()))
    pool = connection.execute(
        f"SELECT count(*) FROM complaints WHERE {column} IS NOT NULL AND id NOT IN"
        " (SELECT complaint_id FROM misclassified_complaints WHERE complaint_id IS NOT NULL)").fetchone()[0]
    return wrong, pool


@pytest.mark.parametrize("column, names", [("department", DEPARTMENTS), ("urgency", URGENCIES)])
def test_datasets_loads_what_was_published(published, complaints, tmp_path, column, names):
    folder = published[0]
    loaded = datasets.load_dataset(str(folder / column), cache_dir=str(tmp_path))
    assert list(loaded) == ["train", "eval", "test"]
    assert loaded["train"].features == datasets.Features(
        {"grievance": datasets.Value("string"), "label": datasets.ClassLabel(names=names)})
    wrong, pool = expected_counts(complaints, column)
    total = sum(wrong.values()) + min(pool, math.floor(sum(wrong.values()) * 0.5))
    sizes = {split: loaded[split].num_rows for split in loaded}
    held_out = math.ceil(total * 0.2)
    assert sizes == {"train": total - held_out, "eval": held_out - math.ceil(held_out * 0.5),
                     "test": math.ceil(held_out * 0.5)}


def test_each_split_holds_each_class_in_its_share(published, tmp_path):
    folder = published[0]
    loaded = datasets.load_dataset(str(folder / "department"), cache_dir=str(tmp_path))
    total = collections.Counter()
    for split in loaded:
        total.update(loaded[split]["label"])
    for split, share in (("train", 0.8), ("eval", 0.1), ("test", 0.1)):
        for label, rows in collections.Counter(loaded[split]["label"]).items():
            assert abs(rows - total[label] * share) <= 2, (split, label)


def test_published_text_is_clean(published, tmp_path):
    loaded = datasets.load_dataset(str(published[0] / "urgency"), cache_dir=str(tmp_path))
    for text in loaded["train"]["grievance"]:
        assert text == text.strip() and "\n" not in text and "  " not in text
        assert not re.search(r"https?://\S|www\.\S|<.*?>", text)


def test_metadata_names_version_and_splits(published):
    folder = published[0]
    facts = json.loads((folder / "department" / "dataset_metadata.json").read_text())
    assert re.fullmatch(r"v\d{8}_\d{6}", facts["version_tag"])
    assert facts["label_column"] == "department"
    assert facts["num_samples"] == sum(facts["splits"].values())
    assert set(facts) == {"dataset_name", "version_tag", "label_column", "created_at", "num_samples", "splits",
                          "author", "description"}


def test_the_same_data_again_publishes_nothing(published):
    folder, _, settings, tideway = published
    def times():
        seen = [path for path in folder.glob("*/**/*") if not any(p.startswith(".tideway") for p in path.parts)]
        return {path: path.stat().st_mtime_ns for path in seen}

    before = times()
    result = tideway("run", GRIEVANCES, env=settings)
    assert result.code == 0 and "nothing changed" in result.err
    assert before == times()


def test_null_keys_are_reported(published):
    assert re.search(r"\d+ rows of misclassified_complaints have no complaint_id", published[1].err)


def test_null_labels_are_dropped_and_counted(published, complaints):
    nulls = sqlite3.connect(complaints).execute(
        "SELECT sum(department IS NULL), sum(urgency IS NULL) FROM complaints WHERE id NOT IN"
        " (SELECT complaint_id FROM misclassified_complaints WHERE complaint_id IS NOT NULL)").fetchone()
    receipt = published[3].receipts()[0]
    dropped = [count for step in receipt["steps"] for count in step.get("dropped", {}).values()]
    assert min(nulls) > 0 and set(nulls) <= set(dropped)


@pytest.mark.parametrize("workers", ["1", "2", "8"])
def test_bytes_do_not_depend_on_workers(published, tideway, settings, tmp_path, workers):
    result = tideway("run", GRIEVANCES, "--workers", workers, env=settings)
    assert result.code == 0, result.err
    assert data_files(tmp_path) == data_files(published[0])


def test_bytes_do_not_depend_on_the_memory_promise(published, tideway, settings, tmp_path):
    result = tideway("run", GRIEVANCES, "--memory", "64MiB", env=settings)
    assert result.code == 0, result.err
    assert data_files(tmp_path) == data_files(published[0])


@pytest.mark.parametrize("shuffle_seed", [None, 7])
def test_bytes_do_not_depend_on_the_database(
        published, tideway, settings, complaints, postgres, tmp_path, shuffle_seed):
    load_postgres.load(complaints, postgres, shuffle_seed)
    result = tideway("run", GRIEVANCES, env={**settings, "POSTGRES_URL": postgres})
    assert result.code == 0, result.err
    assert data_files(tmp_path) == data_files(published[0])


def test_bytes_survive_kills_at_random_moments(published, tideway, settings, tmp_path):
    chance = random.Random(20)
    started = time.monotonic()
    assert tideway("run", GRIEVANCES, env={**settings, "DEPARTMENT_DATASET": f"file:{tmp_path}/timing",
                                           "URGENCY_DATASET": f"file:{tmp_path}/timing2"}).code == 0
    duration = time.monotonic() - started
    for _ in range(int(os.environ.get("TIDEWAY_KILLS", "20"))):
        process = tideway.start("run", GRIEVANCES, env=settings)
        try:
            process.wait(timeout=chance.uniform(0, duration))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
    result = tideway("run", GRIEVANCES, env=settings)
    assert result.code == 0, result.err
    assert data_files(tmp_path) == data_files(published[0])
    for folder in ("department", "urgency"):
        assert list((tmp_path / folder).rglob("*tideway-tmp*")) == []


def test_a_label_below_the_minimum_is_skipped_and_the_next_goes_on(tideway, settings, complaints, tmp_path):
    wrong = {column: sum(expected_counts(complaints, column)[0].values()) for column in ("department", "urgency")}
    assert wrong["urgency"] != wrong["department"]
    minimum = math.floor(min(wrong.values()) * 1.5) + 1
    result = tideway("run", GRIEVANCES, env={**settings, "MIN_DATASET_LEN": minimum})
    assert result.code == 0, result.err
    assert "skipped_insufficient_data" in result.err
    assert sum((tmp_path / column / "README.md").exists() for column in wrong) == 1
    strict = tideway("run", GRIEVANCES, "--strict-skip", env={**settings, "MIN_DATASET_LEN": minimum})
    assert strict.code == 3


def test_all_missing_settings_are_named_at_once(tideway, tmp_path):
    result = tideway("run", GRIEVANCES)
    assert result.code == 2
    for name in ("POSTGRES_URL", "DEPARTMENT_DATASET", "URGENCY_DATASET"):
        assert name in result.err
    assert not (tmp_path / "department").exists()


def test_check_prints_the_plan_and_runs_nothing(tideway, settings, tmp_path):
    result = tideway("check", GRIEVANCES, env=settings)
    assert result.code == 0, result.err
    for step in ("query", "sample", "concat", "text.clean", "encode", "split"):
        assert step in result.out
    assert not (tmp_path / "department").exists()
