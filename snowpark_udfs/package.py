"""The code that runs inside Snowflake, as one zip file that Python imports from.

python -m snowpark_udfs.package deployments/output/talentflow_functions.zip
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import talentflow

SHIPPED = (
    *("talentflow/__init__.py", "talentflow/automaton.py", "talentflow/ids.py", "talentflow/pay.py", "talentflow/records.py"),
    *("talentflow/classification", "talentflow/extraction", "talentflow/matching", "talentflow/taxonomy"),
    *("snowpark_udfs/__init__.py", "snowpark_udfs/functions.py", "snowpark_udfs/handlers.py"),
)
"""What the functions import of ours; a test imports them with nothing else there."""

PACKAGES = ("pandas==2.*", "pydantic==2.*", "rapidfuzz==3.*")
"""What they import besides, from Snowflake's Anaconda channel. phonenumbers is plain Python and in the zip file, in the version
that the pipeline uses, so that both redact alike; what stands in for ahocorasick_rs is in `talentflow/automaton.py`."""

RUNTIME = "3.11"

_TIME = (2020, 1, 1, 0, 0, 0)


def build(path: Path) -> str:
    """Write the zip file; the same code gives the same bytes. Returns `code_hash` of what is in it."""
    contents = dict(sorted(_files()))
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
    return _hash(contents)


def code_hash() -> str:
    """Of the functions' code and data and the packages they run with: what they made is old when it changed."""
    return _hash(dict(sorted(_files())))


def _hash(contents: Mapping[str, bytes]) -> str:
    whole = sha256(repr((PACKAGES, RUNTIME)).encode())
    for name, content in contents.items():
        whole.update(f"{name} {len(content)}\n".encode() + content)
    return whole.hexdigest()[:32]


def _files() -> Iterator[tuple[str, bytes]]:
    import phonenumbers

    root = Path(talentflow.__file__).parent.parent
    for name in SHIPPED:
        place = root / name
        for file in [place] if place.is_file() else place.rglob("*"):
            if file.suffix in (".py", ".csv"):
                yield file.relative_to(root).as_posix(), file.read_bytes()
    numbers = Path(phonenumbers.__file__).parent
    for part in (numbers, numbers / "data", numbers / "shortdata"):  # the others say where and whose a number is
        for file in part.glob("*.py"):
            yield file.relative_to(numbers.parent).as_posix(), file.read_bytes()


if __name__ == "__main__":
    build(Path(sys.argv[1]))
