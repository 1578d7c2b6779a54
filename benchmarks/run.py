"""Measure quick mode against the plain script, on the same files, and write the table of `README.md`.

    python -m benchmarks.run [--sizes 200,2000,10000] [--seed 77]

Each size: files are simulated (not timed), then in turn the plain script, a first run from nothing, a second run with nothing
new, recommendations on the published index, and a run with 1 % new documents. Times are wall clock of whole processes; the
wait for the Prefect server's start is shown apart. Peak memory is the sum over a process and its children, sampled.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

HERE = Path(__file__).parent
TABLE = ("<!-- measured: begin -->", "<!-- measured: end -->")


def timed(command: list[str], env: dict[str, str]) -> tuple[dict[str, Any], float, float]:
    """The JSON that a command prints, its wall seconds and the peak MiB of its process tree."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            peak[0] = max(peak[0], tree_mib(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, err = process.communicate()
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{err.decode()[-4000:]}")
    return json.loads(out), seconds, peak[0]


def tree_mib(pid: int) -> float:
    """Proportional set size of a process and its children, the Prefect server and the cache left out."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            if "prefect" not in process.cmdline() and "valkey" not in process.name():
                total += process.memory_full_info().pss
    except (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError):
        return 0.0
    return total / 2**20


def talentflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "talentflow", *arguments]


def measure(size: int, seed: int, folder: Path, models: Path) -> dict[str, Any]:
    """All figures of one size."""
    files, home = folder / "files", folder / "home"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "TALENTFLOW_"))}
    env |= {"TALENTFLOW_HOME": str(home), "TALENTFLOW_MODELS": str(models)}
    timed(talentflow("simulate", "--out", str(files), "--count", str(size), "--seed", str(seed), "--json"), env)
    plain, plain_seconds, plain_peak = timed([sys.executable, "-m", "benchmarks.plain", str(files)], env)
    home.mkdir(parents=True)
    (home / "models").symlink_to(models)
    quick = talentflow("quick", "--cvs", str(files / "cvs"), "--offers", str(files / "offers"), "--no-serve", "--json")
    first, first_seconds, first_peak = timed(quick, env)
    second, second_seconds, _ = timed(quick, env)
    latency = recommend(env)
    more = folder / "more"
    extra = max(1, size // 100)
    timed(talentflow("simulate", "--out", str(more), "--count", str(extra), "--seed", str(seed + 1), "--json"), env)
    grown = talentflow("quick", "--cvs", str(more / "cvs"), "--offers", str(more / "offers"), "--no-serve", "--json")
    third, third_seconds, _ = timed(grown, env)
    return {
        "documents": size,
        "plain": plain | {"wall": plain_seconds, "peak": plain_peak},
        "first": _run(first, first_seconds) | {"peak": first_peak, "stages": first["stages"]},
        "second": _run(second, second_seconds),
        "grown": _run(third, third_seconds) | {"new": extra},
        "latency": latency,
    }


def _run(summary: dict[str, Any], wall: float) -> dict[str, Any]:
    own = sum(s["seconds"] for s in summary["stages"] if s["name"] != "warehouse")
    waited = summary["orchestrator_seconds"]
    kept = {k: summary[k] for k in ("rows_written", "texts_embedded", "seconds")}
    return kept | {"wall": wall, "waited": waited, "stages_seconds": own}


def recommend(env: dict[str, str]) -> dict[str, Any]:
    out, _, _ = timed([sys.executable, "-m", "benchmarks.latency"], env)
    return out


def table(results: list[dict[str, Any]]) -> str:
    """The figures as Markdown."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    lines = [f"Measured on {machine}. Seconds are wall clock.", ""]
    lines += ["| documents | " + " | ".join(f"{r['documents']:,}" for r in results) + " |", "|---|" + "---:|" * len(results)]

    def row(name: str, cell: Any) -> None:
        lines.append(f"| {name} | " + " | ".join(cell(r) for r in results) + " |")

    row("plain script, s", lambda r: f"{r['plain']['wall']:.1f}")
    row("quick, whole process, s", lambda r: f"{r['first']['wall']:.1f}")
    row("… of which waiting for the Prefect server, s", lambda r: f"{r['first']['waited']:.1f}")
    row("quick / plain", lambda r: f"{r['first']['wall'] / r['plain']['wall']:.2f}")
    row("quick, documents per second end to end", lambda r: f"{r['documents'] / r['first']['wall']:.0f}")
    row("plain script, peak MiB", lambda r: f"{r['plain']['peak']:.0f}")
    row("quick, peak MiB", lambda r: f"{r['first']['peak']:.0f}")
    for stage in ("bronze", "parse", "classify", "extract", "link", "gate", "embed"):
        row(f"{stage}, documents per second", lambda r, stage=stage: _rate(r, stage))
    row("index, s", lambda r: _seconds(r, "index"))
    row("warehouse, s (beside index)", lambda r: _seconds(r, "warehouse"))
    row("second run, nothing new: whole process, s", lambda r: f"{r['second']['wall']:.1f}")
    row("… the flow's own time, s", lambda r: f"{r['second']['seconds']:.1f}")
    row("… rows written / texts embedded", lambda r: f"{r['second']['rows_written']} / {r['second']['texts_embedded']}")
    row("run with 1 % new, the flow's own time, s", lambda r: f"{r['grown']['seconds']:.1f}")
    row("… as a share of the first", lambda r: f"{r['grown']['seconds'] / r['first']['seconds']:.0%}")
    row("recommendation, uncached p50 / p95, ms", lambda r: f"{r['latency']['cold_p50']:.1f} / {r['latency']['cold_p95']:.1f}")
    row("recommendation, cached p50 / p95, ms", lambda r: f"{r['latency']['cached_p50']:.2f} / {r['latency']['cached_p95']:.2f}")
    return "\n".join(lines)


def _stage(result: dict[str, Any], name: str) -> dict[str, Any]:
    return next(s for s in result["first"]["stages"] if s["name"] == name)


def _rate(result: dict[str, Any], name: str) -> str:
    stage = _stage(result, name)
    return f"{stage['in'] / stage['seconds']:.0f}"


def _seconds(result: dict[str, Any], name: str) -> str:
    return f"{_stage(result, name)['seconds']:.1f}"


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(np.array(values), share))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="200,2000,10000")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        models = Path(scratch) / "models"
        models.mkdir()
        for size in map(int, options.sizes.split(",")):
            results.append(measure(size, options.seed, Path(scratch) / str(size), models))
            sys.stderr.write(f"{size} documents measured\n")
            options.out.write_text(json.dumps(results, indent=1) + "\n")
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, after = text.split(TABLE[0])[0], text.split(TABLE[1])[1]
    readme.write_text(f"{before}{TABLE[0]}\n\n{table(results)}\n\n{TABLE[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
