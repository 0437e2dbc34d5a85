"""The summary is read by other people's programs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from archives import batch, some_calls, table

DOCS = Path(__file__).parent.parent.parent.parent / "docs" / "archives.md"


@pytest.fixture(scope="module")
def results(tiny_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    calls = some_calls(folder / "calls", count=2)
    lanes = ("--channels", "split", "--lane-names", "Agent,Customer")
    out = folder / "results"
    assert batch(calls / "2026-03", "--out-dir", out, "--model", tiny_path, *lanes, "--formats", "").code == 0
    return out


def test_csv_and_parquet_hold_the_same(results: Path) -> None:
    polars = pytest.importorskip("polars")
    rows = table(results / "summary.csv")
    frame = polars.read_parquet(results / "summary.parquet")
    assert frame.columns == list(rows[0])
    assert len(frame) == len(rows) == 2
    for ours, theirs in zip(rows, frame.iter_rows(named=True), strict=True):
        assert theirs["lane"] == ours["lane"]
        assert theirs["seconds"] == float(ours["seconds"])
        assert theirs["modified"].strftime("%Y-%m-%dT%H:%M:%SZ") == ours["modified"]
        assert theirs["key"] == ours["key"]


def test_the_query_of_the_page_finds_the_calls_of_march(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb")
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (query,) = re.findall(r"```sql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    from datetime import datetime, timezone

    march, april = (datetime(2026, month, 5, tzinfo=timezone.utc) for month in (3, 4))
    whole = parquet.read_table(results / "summary.parquet")
    wanted = {"name": ["a", "b", "c", "d"], "lane": ["Customer", "Agent", "Customer", "Customer"]}
    wanted |= {"longest_angry_seconds": [30.0, 40.0, 10.0, 50.0], "modified": [march, march, march, april]}
    made = pyarrow.table({name: pyarrow.array(wanted[name], whole.schema.field(name).type) for name in wanted})
    folder = results.parent / "query"
    (folder / "results").mkdir(parents=True)
    parquet.write_table(made, folder / "results" / "summary.parquet")
    monkeypatch.chdir(folder)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert connection.execute(query).fetchall() == [("a", 30.0)]


def test_names_that_a_spreadsheet_would_run_are_no_formulas(tiny_path: Path, tmp_path: Path) -> None:
    calls = some_calls(tmp_path / "calls", count=1)
    (calls / "2026-04" / "call 0.wav").rename(calls / "=cmd.wav")
    assert batch(calls, "--out-dir", tmp_path / "out", "--model", tiny_path, "--formats", "").code == 0
    assert table(tmp_path / "out" / "summary.csv")[0]["name"] == "'=cmd.wav"
