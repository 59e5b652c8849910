"""Wrong input: one helpful message, the documented exit code, and no half output."""

import os
import sqlite3
import stat
import subprocess

import pytest
from conftest import GRIEVANCES, ROOT, Result

PIPELINE = """
local tw = require "tideway"
return tw.pipeline {{ name = "t", params = {{ rows = 10 }}, run = function(job)
  local rows = tw.dataset.from_rows {{ {{ id = 1, text = "a" }}, {{ id = 2, text = "b" }}, {{ id = 3 }} }}
  {body}
end }}
"""


def script(folder, body):
    path = folder / "t.lua"
    path.write_text(PIPELINE.format(body=body))
    return path


def fails(result, code, *texts):
    assert result.code == code, result.err
    assert result.out == ""
    for text in texts:
        assert text in result.err, result.err
    assert "stack traceback" not in result.err


def test_unknown_parameter_has_a_suggestion(tideway, tmp_path):
    fails(tideway("run", script(tmp_path, ""), "-p", "row=3"), 2, "row", "did you mean `rows`?")


def test_parameter_of_the_wrong_type_names_both(tideway, tmp_path):
    fails(tideway("run", script(tmp_path, ""), "-p", "rows=many"), 2, "rows", "many", "number")


def test_missing_script_is_named(tideway):
    fails(tideway("run", "nowhere.lua"), 2, "nowhere.lua")


# What root may do beyond others is taken from it.
POWERLESS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"] if os.geteuid() == 0 else []


def run_powerless(tideway, *arguments, env=None):
    run = subprocess.run([*POWERLESS, tideway.program, *map(str, arguments)], cwd=tideway.folder,
                         env=tideway.environment(env or {}), capture_output=True, text=True)
    return Result(run.returncode, run.stdout, run.stderr)


@pytest.mark.parametrize("verb", ["run", "check"])
def test_unreadable_script_is_named(tideway, tmp_path, verb):
    script(tmp_path, "").chmod(0)
    fails(run_powerless(tideway, verb, "t.lua"), 1, "permission denied", "t.lua", "check its owner and permissions")


def test_output_folder_that_may_not_be_written_is_named(tideway, settings, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o555)
    env = {**settings, "DEPARTMENT_DATASET": f"file:{tmp_path}/locked/department"}
    for verb in ("check", "run"):
        fails(run_powerless(tideway, verb, GRIEVANCES, env=env), 1, "permission denied", f"{tmp_path}/locked")
    fails(run_powerless(tideway, "run", script(tmp_path, 'rows:write_parquet "locked/rows.parquet"')), 1,
          "permission denied", "locked/rows.parquet")
    assert list((tmp_path / "locked").iterdir()) == []


def test_settings_that_name_one_dataset_are_refused_before_anything_is_published(tideway, settings, tmp_path):
    env = {**settings, "URGENCY_DATASET": settings["DEPARTMENT_DATASET"]}
    fails(tideway("run", GRIEVANCES, env=env), 1, "department_dataset and urgency_dataset name the same dataset")
    assert not (tmp_path / "department").exists()


def test_bad_uri_of_one_dataset_is_refused_before_the_other_is_published(tideway, settings, tmp_path):
    fails(tideway("run", GRIEVANCES, env={**settings, "URGENCY_DATASET": "nowhere:urgency"}), 2, "nowhere:urgency")
    assert not (tmp_path / "department").exists()


def test_script_that_is_a_folder_is_refused(tideway, tmp_path):
    (tmp_path / "folder.lua").mkdir()
    fails(tideway("run", "folder.lua"), 2, "folder.lua")


def test_syntax_error_names_file_and_line(tideway, tmp_path):
    (tmp_path / "bad.lua").write_text("local x =\nreturn end\n")
    fails(tideway("run", "bad.lua"), 1, "bad.lua:2")


def test_script_that_returns_no_pipeline_is_refused(tideway, tmp_path):
    (tmp_path / "none.lua").write_text("return 1\n")
    fails(tideway("run", "none.lua"), 2, "none.lua", "pipeline")


def test_error_in_a_row_function_names_row_and_column(tideway, tmp_path):
    body = 'rows:map(function(row) return { n = #row.text } end, { returns = { n = "int64" } }):count()'
    body = 'rows:map(function(row) return { n = #row.text } end, { returns = { n = "int64" } }):collect()'
    fails(tideway("run", script(tmp_path, body)), 1, "row 3", "text", "t.lua:")


def test_unknown_column_has_a_suggestion(tideway, tmp_path):
    fails(tideway("run", script(tmp_path, 'rows:select { "txt" }:collect()')), 2, "txt", "did you mean `text`?")


def test_unknown_global_has_a_suggestion(tideway, tmp_path):
    fails(tideway("run", script(tmp_path, "prnt(1)")), 1, "prnt", "did you mean `print`?")


def test_unknown_label_names_value_and_labels(tideway, tmp_path):
    body = 'rows:encode("text", tw.labels { "a", "c" }, { as = "label" }):collect()'
    fails(tideway("run", script(tmp_path, body)), 1, "`b`", "text")


def test_split_shares_above_one_name_the_sum(tideway, tmp_path):
    fails(tideway("run", script(tmp_path, "rows:split { train = 0.8, test = 0.3 }")), 2, "1.1")


def test_database_that_is_down_is_named_without_the_password(tideway, settings):
    env = {**settings, "POSTGRES_URL": "postgresql://me:hunter2secret@127.0.0.1:1/db"}
    result = tideway("run", GRIEVANCES, env=env)
    fails(result, 5, "database connection failed after 3 tries", "127.0.0.1")
    assert "hunter2secret" not in result.err


def test_wrong_password_is_an_authentication_error(tideway, settings, postgres):
    admin = subprocess.run(
        [ROOT / "tests" / "support" / "postgres.sh", "password-uri", postgres],
        capture_output=True, text=True, check=True,
    ).stdout.strip()
    env = {**settings, "POSTGRES_URL": admin.replace(":right-password@", ":wrong-password@")}
    result = tideway("run", GRIEVANCES, env=env)
    fails(result, 4, "password authentication failed")
    assert "wrong-password" not in result.err


def test_missing_table_is_named(tideway, settings, tmp_path):
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE x (y)").connection.commit()
    fails(tideway("run", GRIEVANCES, env={**settings, "POSTGRES_URL": f"sqlite:{tmp_path}/empty.db"}), 1,
          "misclassified_complaints")


def test_missing_table_of_a_server_is_named(tideway, settings, postgres):
    database = f"{postgres.rpartition('/')[0]}/template1"
    fails(tideway("run", GRIEVANCES, env={**settings, "POSTGRES_URL": database}), 1,
          'relation "misclassified_complaints" does not exist', "search_path")


def test_database_uri_without_a_path_is_explained(tideway, settings):
    result = tideway("run", GRIEVANCES, env={**settings, "POSTGRES_URL": "sqlite:"})
    fails(result, 2, "names no file", "after its colon")


def test_output_below_a_file_is_refused_and_nothing_is_written(tideway, settings, tmp_path):
    (tmp_path / "file").write_text("x")
    fails(tideway("run", GRIEVANCES, env={**settings, "DEPARTMENT_DATASET": f"file:{tmp_path}/file/department"}), 1,
          f"{tmp_path}/file")


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    assert mounted.returncode == 0, f"cannot mount a small disk: {mounted.stderr}"
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_full_disk_is_said_and_leaves_no_half_output(tideway, settings, small_disk):
    result = tideway("run", GRIEVANCES, env={**settings, "DEPARTMENT_DATASET": f"file:{small_disk}/department"})
    fails(result, 1, "no space left", str(small_disk))
    assert list(small_disk.rglob("*.parquet")) == []
    assert not (small_disk / "department" / "README.md").exists()
