"""Settings: one profile, one choice a port on top of it, and where everything is kept.

Every field can be set in the environment with the prefix `TALENTFLOW_` (`TALENTFLOW_HOME=/data/talentflow`).
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from talentflow.errors import BadSettings

_FULL = {
    "eventlog": "kafka",
    "lakehouse": "spark",
    "engine": "ray",
    "warehouse": "snowflake",
    "vectors": "pinecone",
    "cache": "redis",
}
"""What the profile `full` chooses where nothing else is said."""


class Settings(BaseSettings):
    """What a run needs to know. Immutable: opened once at the edge and passed on."""

    model_config = SettingsConfigDict(env_prefix="TALENTFLOW_", frozen=True, extra="ignore")

    home: Path = Path(".talentflow")
    profile: Literal["quick", "full"] = "quick"

    eventlog: Literal["sqlite", "kafka"] = "sqlite"
    lakehouse: Literal["deltalake", "spark"] = "deltalake"
    engine: Literal["local", "ray", "spark"] = "local"
    warehouse: Literal["duckdb", "snowflake"] = "duckdb"
    embedder: Literal["minilm"] = "minilm"
    vectors: Literal["faiss", "pinecone"] = "faiss"
    cache: Literal["valkey", "redis", "none"] = "valkey"
    llm: Literal["none", "llama", "openai", "groq"] = "none"
    extraction: Literal["rules", "llm", "rules+llm"] = Field(default="rules", description="who reads records out of texts")

    kafka_bootstrap: str | None = Field(default=None, description="host:port of brokers, with commas between them")
    kafka_partitions: int = Field(default=4, ge=1, description="of a topic that is made when it is first written to")
    kafka_replicas: int = Field(default=1, ge=1, description="of a topic that is made when it is first written to")
    kafka_topic_prefix: str = Field(default="", description="before every topic's name, where several share the brokers")
    kafka_max_message_bytes: int = Field(default=900_000, description="a larger message is kept as a file, and says where")
    kafka_tls: bool = Field(default=False, description="connections to the brokers are encrypted")
    kafka_ca_file: Path | None = Field(default=None, description="PEM of who signed the brokers' certificates")
    kafka_username: str | None = Field(default=None, description="for brokers that ask who one is (SASL)")
    kafka_password: SecretStr | None = None
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-256"
    schema_registry_url: SecretStr | None = Field(default=None, description="http(s)://… or mock://…; else schemas are local")
    objects_dir: Path = Field(default=Path(), description="where large messages are kept; `objects` in the home unless set")
    lake_uri: str | None = Field(default=None, description="where Spark keeps the tables; `lake` in the home unless set")
    ray_address: str | None = Field(default=None, description="of a cluster; without it Ray runs on this machine")
    spark_master: str = Field(default="local[*]", description="local[*], spark://host:port, or sc://host:port (Spark Connect)")
    spark_driver_memory: str = "1g"
    redis_url: SecretStr | None = Field(default=None, description="redis://, rediss:// or unix://")
    redis_prefix: str = Field(default="talentflow:", description="before every key, where several share the server")
    pinecone_api_key: SecretStr | None = None
    pinecone_index: str = Field(default="talentflow", description="made when it is not there")
    pinecone_host: str | None = Field(default=None, description="of Pinecone's control plane, where it is not Pinecone's own")
    snowflake_account: str | None = Field(default=None, description="as in its address: ORGANISATION-ACCOUNT")
    snowflake_user: str | None = None
    snowflake_password: SecretStr | None = None
    snowflake_private_key_path: Path | None = Field(default=None, description="PEM (PKCS 8) of the user's key, for a password")
    snowflake_private_key_passphrase: SecretStr | None = None
    snowflake_role: str | None = Field(default=None, description="the user's default one unless set")
    snowflake_warehouse: str | None = Field(default=None, description="that computes; the user's default one unless set")
    snowflake_database: str = Field(default="TALENTFLOW", description="made when it is not there and the role may")
    snowflake_schema: str = Field(default="TALENTFLOW", description="of the functions, the stage and what is loaded meanwhile")
    snowflake_host: str | None = Field(default=None, description="of a server of one's own; else it follows from the account")
    snowflake_port: int | None = None
    snowflake_protocol: Literal["https", "http"] = "https"
    snowflake_block: str | None = Field(default=None, description="a Prefect block whose credentials runs take, for those here")
    snowflake_statement_seconds: int = Field(
        default=900, ge=1, description="that a statement may take, waits for the network too"
    )
    prefect_api_url: str | None = None
    llm_api_key: SecretStr | None = None
    llm_url: str | None = Field(default=None, description="http(s)://…/v1 of a server that is not OpenAI's or Groq's own")
    llm_model: str | None = Field(default=None, description="as the server names it")
    llm_model_path: Path | None = Field(default=None, description="a GGUF file for TALENTFLOW_LLM=llama")
    llm_context_tokens: int = Field(default=8192, ge=256, description="that the model reads at once, its answer included")
    llm_seconds: float = Field(default=60.0, gt=0, description="for a server's next piece of an answer")
    llm_patience: float = Field(default=60.0, ge=0, description="that rate limits and failing servers are waited for")
    llm_at_once: int = Field(default=4, ge=1, description="documents that the model is asked about at a time")
    llm_price_input: float = Field(default=0.0, ge=0, description="of a million tokens that the model reads, in any currency")
    llm_price_output: float = Field(default=0.0, ge=0, description="of a million tokens that the model writes")

    lineage_enabled: bool = Field(default=True, description="runs write OpenLineage events to `lineage/` in the home")
    lineage_url: str | None = Field(default=None, description="of a server that takes OpenLineage events too: http(s)://host")
    lineage_endpoint: str = Field(default="api/v1/lineage", description="where on that server")
    lineage_api_key: SecretStr | None = None
    lineage_namespace: str = Field(
        default="talentflow", min_length=1, description="of jobs and tables, where several share a server"
    )
    lineage_file_bytes: int = Field(default=8 * 2**20, ge=1, description="a larger file of events is followed by another")
    lineage_files: int = Field(default=8, ge=2, description="files of events that are kept, the newest ones")

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
    cv_database_url: SecretStr | None = Field(default=None, description="Postgres of candidates; the embedded one unless set")

    ui_host: str = "127.0.0.1"
    ui_port: int = 7860

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then the services that run on this machine."""
        return init_settings, env_settings, _RunningServices(settings_cls)

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @model_validator(mode="before")
    @classmethod
    def _in_the_home(cls, said: dict[str, Any]) -> dict[str, Any]:
        home = Path(said.get("home") or cls.model_fields["home"].default).expanduser().absolute()
        chosen = _FULL if said.get("profile") == "full" else {}
        return {"sources_file": home / "sources.yaml", "objects_dir": home / "objects"} | chosen | said

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

    @property
    def lineage_dir(self) -> Path:
        """OpenLineage events, and which of them were sent."""
        return self.home / "lineage"


class _RunningServices(PydanticBaseSettingsSource):
    """Addresses that `talentflow services up` has written into the home."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """No field is looked up by itself."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        home = Path(self.current_state.get("home") or Settings.model_fields["home"].default).expanduser()
        said: dict[str, Any] = {}
        for path in sorted((home / "services").glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError):
                said |= json.loads(path.read_text(encoding="utf-8"))["settings"]
        return said


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
