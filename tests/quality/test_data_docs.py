"""Data Docs look and work right without internet, and run nothing that a document holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from playwright.sync_api import Browser, Page, expect

from talentflow.data_docs import ASSETS_DIR, KEPT_RUNS, Note, publish
from talentflow.flat import flatten
from talentflow.suites import load_suites
from talentflow.tables import IDENTITIES, JOB_OFFERS
from tests.rows import identity_row, offer_row, table_of

HOSTILE = (
    "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    '<meta http-equiv="refresh" content="0;url=http://evil.example/"><a href="javascript:alert(1)">a</a>'
)


def test_the_vendored_files_are_those_of_the_locked_packages_with_their_licences() -> None:
    said = json.loads((ASSETS_DIR / "vendor.json").read_text("utf-8"))
    lock = json.loads((ASSETS_DIR / "package-lock.json").read_text("utf-8"))["packages"]
    there = {p.relative_to(ASSETS_DIR / "vendor").as_posix() for p in (ASSETS_DIR / "vendor").rglob("*") if p.is_file()}
    assert there == said.keys()
    for name, file in said.items():
        package, _, version = file["package"].rpartition("@")
        locked = lock[f"node_modules/{package}"]
        assert (version, file["integrity"], file["licence"]) == (locked["version"], locked["integrity"], locked["license"])
        assert hashlib.sha256((ASSETS_DIR / "vendor" / name).read_bytes()).hexdigest() == file["sha256"], name
    for folder in {Path(name).parts[0] for name in there}:
        assert any(name.startswith(f"{folder}/") and ("LICENSE" in name or "README" in name) for name in there), folder


def test_pages_of_the_oldest_runs_go(tmp_path: Path) -> None:
    said = {"table": "silver.texts", "rows": 1, "met": 1, "unmet": {}}
    for n in range(KEPT_RUNS + 2):
        page = tmp_path / f"validations/silver/texts/{n:03}/time/page.html"
        page.parent.mkdir(parents=True)
        page.write_text("<p>said</p>")
        publish(tmp_path, [Note(f"{n:03}", said)])
    kept = sorted(p.name for p in (tmp_path / "validations/silver/texts").iterdir())
    assert (len(kept), kept[0]) == (KEPT_RUNS, "002")
    assert "001" not in (tmp_path / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of a run: offers of which some fail, one of them hostile, and identities."""
    from talentflow.quality import Checks

    suites, site = load_suites(), tmp_path_factory.mktemp("docs")
    checks = Checks(site, run_id="20261126T120000-abc")
    bad = offer_row("bad") | {"contract": HOSTILE, "date_posted": HOSTILE}
    offers = flatten(table_of(JOB_OFFERS, *(offer_row(f"o{n}") for n in range(20)), bad))
    offers = offers.append_column("text_length", pa.array([100] * offers.num_rows))
    checks.check(suites["silver.job_offers"], [offers.to_pandas()])
    people = flatten(table_of(IDENTITIES, identity_row("cv", name="Anna Keller", email="anna keller at home")))
    quality = checks.check(suites["silver.identities"], [people.to_pandas()])
    assert quality.failing == {"cv": ["email_is_an_address"]}
    checks.publish()
    return site


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    """A browser without a network; fails when anything is asked of one, a file is missing, or a script fails."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    faults: list[str] = []
    context.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else faults.append(r.url))
    context.on("requestfailed", lambda r: faults.append(r.url))
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto((site / "index.html").as_uri())
    yield page
    context.close()
    assert faults == []


@pytest.mark.slow
@pytest.mark.xdist_group("gate")
def test_the_index_can_be_filtered_and_searched_and_leads_to_the_pages(page: Page) -> None:
    rows = page.locator("#checked tbody tr")
    expect(rows).to_have_count(2)
    page.locator(".bootstrap-table-filter-control-table").select_option("silver.identities")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("email_is_an_address (100 %)")
    page.goto(page.url + "?run=20261126T120000-abc")
    expect(page.get_by_placeholder("Search")).to_have_value("20261126T120000-abc")
    expect(rows).to_have_count(2)
    page.get_by_placeholder("Search").press_sequentially("nothing like it")
    expect(page.locator("#checked")).to_contain_text("No matching records found")
    page.goto(page.url.partition("?")[0])
    rows.filter(has_text="silver.job_offers").get_by_role("link", name="open").click()
    expect(page.locator("body")).to_contain_text("contract_is_known (warning)")
    page.get_by_role("link", name="silver.job_offers").click()
    expect(page.get_by_role("heading", name="Expectation Suite")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(rows).to_have_count(2)


@pytest.mark.slow
@pytest.mark.xdist_group("gate")
def test_a_page_is_styled_collapses_and_shows_failures_alone(page: Page) -> None:
    page.locator("#checked tbody tr", has_text="silver.job_offers").get_by_role("link", name="open").click()
    icon = page.locator(".fa-times").first
    expect(icon).to_be_visible()
    assert "Font Awesome" in icon.evaluate("e => getComputedStyle(e).fontFamily")
    assert page.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"')")
    assert page.locator(".card").first.evaluate("e => getComputedStyle(e).borderRadius") != "0px"
    more = page.get_by_text("Run Name")
    expect(more).to_be_hidden()
    page.get_by_role("link", name="Show more info...").click()
    expect(more).to_be_visible()
    met = page.get_by_text("currency_is_iso_4217")
    expect(met).to_be_visible()
    page.locator("label", has_text="Failed Only").click()
    expect(met).to_be_hidden()
    expect(page.get_by_text("contract_is_known")).to_be_visible()
    page.locator("label", has_text="Show All").click()
    expect(met).to_be_visible()


@pytest.mark.slow
@pytest.mark.xdist_group("gate")
def test_a_hostile_value_is_text_and_personal_data_is_not_there(page: Page, site: Path) -> None:
    page.locator("#checked tbody tr", has_text="silver.job_offers").get_by_role("link", name="open").click()
    expect(page.locator("body")).to_contain_text(HOSTILE)
    assert page.title() == "Silver job offers: what was checked"
    pages = {p: p.read_text("utf-8") for p in site.rglob("*.html")}
    assert len(pages) == 5
    for path, text in pages.items():
        assert "anna keller" not in text.lower(), path
