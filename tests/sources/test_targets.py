"""What a target is taken for, and what its source is called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from producers.sources import AtsSource, DatabaseSource, FeedSource, FilesSource, MailboxSource, SiteSource
from producers.targets import all_targets, source_of
from talentflow.errors import AddressRefused, BadInput, BadSettings, NotFound
from talentflow.settings import Settings

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Jobs</title>
<item><title>Baker</title><link>https://example.org/1</link><description>Bread.</description></item></channel></rss>"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "sources.yaml").write_text(
        "acme: {type: ats, ats: lever, board: acme}\n"
        "careers: {type: site, url: 'https://careers.example.org/jobs', pages: 5}\n"
        "off: {type: feed, url: 'https://example.org/feed', enabled: false}\n"
        "www.example.net: {type: feed, url: 'https://www.example.net/feed'}\n"
        "broken: {type: site}\n"
    )
    return Settings(home=tmp_path)


def test_a_configured_name_comes_before_a_file_of_that_name(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme").write_text("a file")
    assert source_of("acme", settings) == AtsSource(name="acme", ats="lever", board="acme")


def test_the_address_of_a_configured_source_is_that_source(settings: Settings) -> None:
    source = source_of("https://careers.example.org/jobs", settings)
    assert isinstance(source, SiteSource)
    assert (source.name, source.pages) == ("careers", 5)


def test_files_and_folders_have_the_ids_that_quick_gives_them(settings: Settings, tmp_path: Path) -> None:
    for name in ("cv.pdf", "rows.csv", "rows.parquet"):
        (tmp_path / name).write_bytes(b"x")
    for path in (tmp_path, tmp_path / "cv.pdf", tmp_path / "rows.csv", tmp_path / "rows.parquet"):
        assert source_of(str(path), settings) == FilesSource(name="files", paths=[path])


@pytest.mark.parametrize("name", ["inbox.mbox", "one.EML"])
def test_mail_is_a_mailbox(settings: Settings, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert source_of(str(tmp_path / name), settings) == MailboxSource(name="files", path=tmp_path / name)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgres_address_is_a_database_whose_name_holds_no_secret(settings: Settings, scheme: str) -> None:
    source = source_of(f"{scheme}://anna:geheim@db.example.org:5433/people", settings)
    assert isinstance(source, DatabaseSource)
    assert source.name == "db.example.org-5433-people"
    assert "geheim" not in repr(source)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://boards.greenhouse.io/acme", "greenhouse-acme"),
        ("https://jobs.lever.co/acme/0f1c", "lever-acme"),
        ("https://acme.wd3.myworkdayjobs.com/en-US/External", None),
    ],
)
def test_a_board_of_a_known_system_is_not_looked_at(settings: Settings, url: str, name: str | None) -> None:
    source = source_of(url, settings)
    assert isinstance(source, AtsSource)
    assert re.fullmatch(r"[\w][\w.@-]{0,99}", source.name)
    assert name in (None, source.name)


def test_a_web_address_is_looked_at_once(httpserver: HTTPServer, settings: Settings) -> None:
    httpserver.expect_request("/feed").respond_with_data(FEED, content_type="application/rss+xml")
    httpserver.expect_request("/jobs").respond_with_data("<html><body>Jobs</body></html>", content_type="text/html")
    name = f"{httpserver.host}-{httpserver.port}"
    for path, source in (("/feed", FeedSource), ("/jobs", SiteSource)):
        url = httpserver.url_for(path)
        for _ in range(2):
            assert source_of(url, settings, allow_private_hosts=True) == source(name=name, url=url)
    assert len(httpserver.log) == 2


def test_an_address_that_cannot_be_looked_at_is_no_site(httpserver: HTTPServer, settings: Settings) -> None:
    httpserver.expect_request("/gone").respond_with_data("", status=410)
    with pytest.raises(NotFound):
        source_of(httpserver.url_for("/gone"), settings, allow_private_hosts=True)


def test_private_hosts_are_refused_with_what_allows_them(httpserver: HTTPServer, settings: Settings) -> None:
    with pytest.raises(AddressRefused, match="--allow-private-hosts"):
        source_of(httpserver.url_for("/jobs"), settings)
    assert not httpserver.log


def test_a_source_that_is_not_configured_never_has_the_name_of_one_that_is(httpserver: HTTPServer, settings: Settings) -> None:
    name = f"{httpserver.host}-{httpserver.port}"
    settings.sources_file.write_text(f"{name}: {{type: site, url: 'https://example.org'}}\n")
    httpserver.expect_request("/jobs").respond_with_data("<html></html>", content_type="text/html")
    assert source_of(httpserver.url_for("/jobs"), settings, allow_private_hosts=True).name == f"{name}-given"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("acne", "did you mean acme"),
        ("nothing-like-it", "sources.yaml"),
        ("jobs.example.org/all", "for a site write https://jobs.example.org/all"),
        ("./cvs/missing.pdf", "a file or folder that is there"),
        ("", "the name of a configured source"),
        ("ftp://example.org/jobs", "a web address"),
        ("\0", "sources.yaml"),
    ],
)
def test_what_is_nothing_of_these_is_told_with_what_was_tried(settings: Settings, target: str, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)):
        source_of(target, settings)


def test_an_entry_that_is_wrong_costs_only_itself(settings: Settings) -> None:
    with pytest.raises(BadSettings, match="broken"):
        source_of("broken", settings)
    assert source_of("acme", settings).name == "acme"
    assert all_targets(settings) == ["acme", "careers", "www.example.net", "broken"]


def test_without_targets_and_sources_there_is_nothing_to_ingest(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=re.escape(str(tmp_path / "sources.yaml"))):
        all_targets(Settings(home=tmp_path))
