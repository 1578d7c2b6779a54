"""Settings: one profile, one choice a port on top of it, and where everything is kept.

Every field can be set in the environment with the prefix `TALENTFLOW_` (`TALENTFLOW_HOME=/data/talentflow`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from talentflow.errors import BadSettings


class Settings(BaseSettings):
    """What a run needs to know. Immutable: opened once at the edge and passed on."""

    model_config = SettingsConfigDict(env_prefix="TALENTFLOW_", frozen=True, extra="ignore")

    home: Path = Path(".talentflow")
    profile: Literal["quick", "full"] = "quick"

    eventlog: Literal["sqlite"] = "sqlite"
    lakehouse: Literal["deltalake"] = "deltalake"
    engine: Literal["local"] = "local"
    warehouse: Literal["duckdb"] = "duckdb"
    embedder: Literal["minilm"] = "minilm"
    vectors: Literal["faiss"] = "faiss"
    cache: Literal["valkey", "none"] = "valkey"

    workers: int = Field(
        default_factory=lambda: max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1),
        ge=1,
    )
    batch_rows: int = Field(default=512, ge=1, description="documents a stage reads, handles and commits at a time")
    ok_threshold: float = Field(default=0.8, ge=0, le=1, description="least share of `ok` documents a stage may end with")

    max_document_bytes: int = Field(default=20 * 2**20, description="a larger file is quarantined unread")
    max_pages: int = Field(default=200, description="pages of a PDF")
    max_characters: int = Field(default=400_000, description="characters of a document's text")
    max_expansion: int = Field(default=100 * 2**20, description="bytes that a DOCX may unpack to")
    parse_seconds: float = Field(default=20.0, description="time for one document")
    worker_memory_bytes: int = Field(default=3 * 2**30, description="address space of a worker process beyond its start")

    sources_file: Path = Field(default=Path(), description="configured sources; `sources.yaml` in the home unless set")
    allow_private_hosts: bool = Field(default=False, description="sources may be on private, loopback and link-local addresses")

    ui_host: str = "127.0.0.1"
    ui_port: int = 7860

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @model_validator(mode="before")
    @classmethod
    def _sources_beside(cls, said: dict[str, Any]) -> dict[str, Any]:
        home = Path(said.get("home") or cls.model_fields["home"].default).expanduser().absolute()
        return {"sources_file": home / "sources.yaml"} | said

    @property
    def lake_dir(self) -> Path:
        """Delta tables: `lake/<layer>/<table>`."""
        return self.home / "lake"

    @property
    def models_dir(self) -> Path:
        """Models built once; kept by `--fresh`."""
        return self.home / "models"

    @property
    def index_dir(self) -> Path:
        """Vector index generations and the pointer to the published one."""
        return self.home / "index"

    @property
    def warehouse_dir(self) -> Path:
        """The published warehouse file and the one being built."""
        return self.home / "warehouse"

    @property
    def reports_dir(self) -> Path:
        """Data Docs and run summaries."""
        return self.home / "reports"


def load_settings() -> Settings:
    """Settings from the environment. Raises BadSettings with the name of the variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"TALENTFLOW_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors(include_url=False)
        )
        raise BadSettings(f"the settings cannot be used: {wrong}. Correct or unset these variables") from error


PROJECT_DIR = Path(__file__).resolve().parent.parent
"""Where `dbt/`, `expectations/` and `flows/` are found beside the package."""
