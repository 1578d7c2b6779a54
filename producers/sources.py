"""Configured sources: what `sources.yaml` may say, and what it means.

```yaml
acme:
  type: ats
  ats: greenhouse
  board: acme
  schedule: "0 */6 * * *"
careers.example.org:
  type: site
  url: https://careers.example.org/jobs
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from talentflow.errors import BadSettings
from talentflow.records import Kind
from talentflow.settings import Settings

As = Literal["cv", "offer", "auto"]
"""What the user says documents are; `auto` lets each be judged."""
AsAny = Literal["cv", "offer", "auto", "interactions"]
"""What the user says that files hold."""
KINDS: dict[As, Kind | None] = {"cv": "cv", "offer": "job_offer", "auto": None}


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[\w][\w.@-]{0,99}$")
    terms: str | None = None
    """Licence or terms of its documents; without it the note that the reader knows."""
    schedule: str | None = None
    """Cron, in UTC."""
    enabled: bool = True
    quiet_days: float | None = Field(default=None, gt=0)
    """Days without anything new after which it is told as silent; learnt from its last ingests unless set."""


class SiteSource(_Source):
    """Job pages of a site, from its start page, search page or sitemap."""

    type: Literal["site"] = "site"
    kind: As = "offer"
    url: str
    pages: int = Field(default=1000, ge=1, description="pages fetched in one ingest; the rest waits for the next")
    depth: int = Field(default=5, ge=0)
    seconds: float = Field(default=3600, gt=0)
    delay: float = Field(default=1.0, ge=0, description="seconds between requests to one host, at least")
    concurrency: int = Field(default=4, ge=1, le=64)
    respect_robots: bool = True
    include: list[str] = Field(default_factory=list, description="regular expressions: only addresses that match one")
    exclude: list[str] = Field(default_factory=list)


class AtsSource(_Source):
    """The public endpoint of an applicant tracking system."""

    type: Literal["ats"] = "ats"
    kind: As = "offer"
    ats: str
    board: str
    base_url: str | None = None
    company: str | None = None


class FeedSource(_Source):
    """RSS, Atom or a JSON feed."""

    type: Literal["feed"] = "feed"
    kind: As = "offer"
    url: str
    company: str | None = None


class JobspySource(_Source):
    """Large job sites through python-jobspy."""

    type: Literal["jobspy"] = "jobspy"
    kind: As = "offer"
    sites: list[str] = Field(min_length=1)
    search_term: str
    location: str | None = None
    country: str | None = None
    results: int = Field(default=50, ge=1, le=1000)
    accept_terms: bool = False
    """The user has read the sites' terms and answers for using them."""


class FilesSource(_Source):
    """Files and folders."""

    type: Literal["files"] = "files"
    kind: As = "auto"
    paths: list[Path] = Field(min_length=1)
    mapping: Path | None = None
    """A column mapping for CSV and Parquet; without it `FILE.mapping.yaml`, or a guess from the headers."""


class MailboxSource(_Source):
    """A mailbox export with CVs attached."""

    type: Literal["mailbox"] = "mailbox"
    kind: As = "cv"
    path: Path


class InteractionsSource(_Source):
    """What another system says that people did with offers and candidates: files of JSON Lines, JSON lists, CSV or Parquet."""

    type: Literal["interactions"] = "interactions"
    kind: Literal["interactions"] = "interactions"
    paths: list[Path] = Field(min_length=1)
    mapping: Path | None = None
    """A column mapping; without it `FILE.mapping.yaml`, or the columns' names."""


class DatabaseSource(_Source):
    """Candidates of an operational Postgres database."""

    type: Literal["database"] = "database"
    kind: As = "cv"
    url: SecretStr | None = None
    """A Postgres URL; without it TALENTFLOW_CV_DATABASE_URL, else the embedded server."""


Source = SiteSource | AtsSource | FeedSource | JobspySource | FilesSource | MailboxSource | DatabaseSource | InteractionsSource
_SOURCE: TypeAdapter[Source] = TypeAdapter(Annotated[Source, Field(discriminator="type")])


def load_sources(settings: Settings) -> dict[str, Source]:
    """The configured sources by name; none when there is no file. Raises BadSettings with the entry that is wrong."""
    sources: dict[str, Source] = {}
    for name, source in read_sources(settings).items():
        if isinstance(source, BadSettings):
            raise source
        sources[name] = source
    return sources


def read_sources(settings: Settings) -> dict[str, Source | BadSettings]:
    """The configured sources by name, or what is wrong with the entry: one that cannot be used does not cost the others.

    Raises: BadSettings when the file as a whole cannot be read.
    """
    path = settings.sources_file
    try:
        said: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} cannot be read ({error}): correct it, or set TALENTFLOW_SOURCES_FILE to another") from error
    except yaml.YAMLError as error:
        # the sentence of the library quotes the line, which may hold a password
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise BadSettings(f"{path} is not valid YAML{where}: correct it, or set TALENTFLOW_SOURCES_FILE to another") from None
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise BadSettings(f"{path} is not a mapping of names to sources: write each source under its name")
    return {str(name): _source(path, str(name), entry) for name, entry in said.items()}


def _source(path: Path, name: str, entry: Any) -> Source | BadSettings:
    if not isinstance(entry, dict):
        return BadSettings(f"{path}: the source {name} has no settings: give it at least a type")
    try:
        return parse_source(entry | {"name": name})
    except ValidationError as error:
        # input stays out of the sentence: it may hold a password
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or 'type'}: {e['msg']}" for e in error.errors(include_input=False))
        return BadSettings(f"{path}: the source {name} cannot be used: {wrong}. Correct these entries")


def parse_source(said: Any, *, is_json: bool = False) -> Source:
    """A source from its settings, `name` and `type` included. Raises ValidationError."""
    return _SOURCE.validate_json(said) if is_json else _SOURCE.validate_python(said)
