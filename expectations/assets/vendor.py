"""Copies what Data Docs load from the npm packages of package-lock.json into `vendor/`, with their licences and their hashes.

`make data-docs-assets` runs it, after a change of package.json (`npm install --package-lock-only` writes the lock). It needs npm
and its registry; what it writes is committed, so that nothing else needs them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE / "vendor"
_FILTERS = "bootstrap-table/dist/extensions/filter-control/bootstrap-table-filter-control"
FILES = {
    "bootstrap/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap/bootstrap.min.js": "bootstrap/dist/js/bootstrap.min.js",
    "bootstrap/LICENSE": "bootstrap/LICENSE",
    "bootstrap-dark/bootstrap-prefers-dark.min.css": "@forevolve/bootstrap-dark/dist/css/bootstrap-prefers-dark.min.css",
    "bootstrap-dark/LICENSE": "@forevolve/bootstrap-dark/LICENSE",
    "bootstrap-table/bootstrap-table.min.css": "bootstrap-table/dist/bootstrap-table.min.css",
    "bootstrap-table/bootstrap-table.min.js": "bootstrap-table/dist/bootstrap-table.min.js",
    "bootstrap-table/filter-control.min.css": f"{_FILTERS}.min.css",
    "bootstrap-table/filter-control.min.js": f"{_FILTERS}.min.js",
    "bootstrap-table/LICENSE": "bootstrap-table/LICENSE",
    "fontawesome/css/fontawesome.min.css": "@fortawesome/fontawesome-free/css/fontawesome.min.css",
    "fontawesome/css/solid.min.css": "@fortawesome/fontawesome-free/css/solid.min.css",
    "fontawesome/webfonts/fa-solid-900.woff2": "@fortawesome/fontawesome-free/webfonts/fa-solid-900.woff2",
    "fontawesome/LICENSE.txt": "@fortawesome/fontawesome-free/LICENSE.txt",
    "jquery/jquery.min.js": "jquery/dist/jquery.min.js",
    "jquery/LICENSE.txt": "jquery/LICENSE.txt",
    "popper/popper.min.js": "popper.js/dist/umd/popper.min.js",
    "popper/README.md": "popper.js/README.md",
}
"""File below `vendor/` → file below `node_modules/`. Popper's licence (MIT) is named in its file and in its README."""


def package_of(path: str) -> str:
    """`@scope/name` or `name` of a path below `node_modules/`."""
    return "/".join(path.split("/")[: 2 if path.startswith("@") else 1])


def main() -> None:
    """Install exactly what the lock says (npm checks the hashes of the packages), copy, and say what was copied."""
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
        shutil.rmtree(VENDOR, ignore_errors=True)
        said: dict[str, dict[str, str]] = {}
        for name, path in FILES.items():
            target = VENDOR / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(folder, "node_modules", path), target)
            package = lock[f"node_modules/{package_of(path)}"]
            said[name] = {
                "package": f"{package_of(path)}@{package['version']}",
                "licence": package["license"],
                "integrity": package["integrity"],
                "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
            }
    (HERE / "vendor.json").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
