"""Ctrl-C, kill -9 and a full disk, as they meet a user of `talentflow quick`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.command import ROOT, environment, talentflow, told
from tests.faults.runs import contents, run_stages

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stops")]

ARGUMENTS = ("quick", "--simulate", "150", "--seed", "3", "--no-serve")


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "talentflow", *ARGUMENTS, "--json"],
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    """Until the run has come as far as this file."""
    deadline = time.monotonic() + 120
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"{path} was not written in time"
        os.sched_yield()


@pytest.mark.parametrize("reached", ["bronze/documents", "silver/candidates"])
def test_ctrl_c_ends_with_a_sentence_and_no_process_and_the_next_run_finishes(tmp_path: Path, reached: str) -> None:
    home = tmp_path / "home"
    process = start(home)
    wait_for(home / "lake" / reached / "_delta_log", process)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "run the command again to go on" in stderr
    assert "Traceback" not in stderr
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive, alive
    summary = told(*ARGUMENTS, home=home)
    assert summary["status"] == "ok"
    assert summary["tables"]["bronze.documents"] + bronze_quarantined(home) >= 140


def bronze_quarantined(home: Path) -> int:
    return sum(q["documents"] for q in told("status", home=home)["quarantine"] if q["stage"] == "bronze")


def test_a_run_killed_outright_is_finished_by_the_next(tmp_path: Path) -> None:
    home, undisturbed = tmp_path / "home", tmp_path / "undisturbed"
    process = start(home)
    wait_for(home / "lake" / "silver" / "texts" / "_delta_log", process)
    server = [c for c in psutil.Process(process.pid).children(recursive=True) if "prefect" in " ".join(c.cmdline())]
    process.kill()
    process.communicate()
    summary = told(*ARGUMENTS, home=home)
    for left in server:
        left.kill()
    whole = told(*ARGUMENTS, home=undisturbed)
    for table in (
        "bronze.documents",
        "bronze.quarantine",
        "silver.texts",
        "silver.candidates",
        "silver.job_offers",
        "silver.embeddings",
    ):
        assert summary["tables"][table] == whole["tables"][table], table


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount the small disk that this test fills")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a test mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_said_in_a_sentence(small_disk: Path) -> None:
    done = talentflow(*ARGUMENTS, home=small_disk, check=1)
    assert "is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_disk_that_fills_in_the_middle_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    talentflow("simulate", "--out", inputs, "--count", "150", "--seed", "3", home=tmp_path / "elsewhere")
    done = run_stages(inputs, small_disk)
    assert done.returncode == 1
    assert "talentflow.errors.StorageFull" in done.stderr
    subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
    assert run_stages(inputs, small_disk).returncode == 0
    assert run_stages(inputs, tmp_path / "undisturbed").returncode == 0
    assert contents(small_disk) == contents(tmp_path / "undisturbed")
