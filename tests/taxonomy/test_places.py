"""Places: location lines, running text, how near two places are."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentflow.records import Place
from talentflow.taxonomy.places import find_place, find_place_list, find_places, place_nearness

SHARED = Path(__file__).parents[2].parent / "shared/data"
IDF, ARA = "Île-de-France", "Auvergne-Rhône-Alpes"


def place(locality: str | None, region: str | None, country: str | None) -> Place:
    return Place(locality=locality, region=region, country=country)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Remote - Brazil", place(None, None, "BR")),
        ("Brésil (télétravail)", place(None, None, "BR")),
        ("São Paulo", place("São Paulo", "São Paulo", "BR")),
        ("SAO PAULO", place("São Paulo", "São Paulo", "BR")),
        ("Austin, TX", place("Austin", "Texas", "US")),
        ("Austin, TX 78701, USA", place("Austin", "Texas", "US")),
        ("Birmingham, AL", place("Birmingham", "Alabama", "US")),
        ("Birmingham", place("Birmingham", "West Midlands", "GB")),
        ("Cambridge, MA", place("Cambridge", "Massachusetts", "US")),
        ("London, Ontario", place("London", "Ontario", "CA")),
        ("London, UK", place("London", "Greater London", "GB")),
        ("London, England, United Kingdom", place("London", "Greater London", "GB")),
        ("Greater Manchester", place(None, "Greater Manchester", "GB")),
        ("Toronto, ON, CA", place("Toronto", "Ontario", "CA")),
        ("Berlin, DE", place("Berlin", "Berlin", "DE")),
        ("Paris (75)", place("Paris", IDF, "FR")),
        ("75011 Paris", place("Paris", IDF, "FR")),
        ("Paris CEDEX 09", place("Paris", IDF, "FR")),
        ("Lyon 3e", place("Lyon", ARA, "FR")),
        ("13 - Marseille", place("Marseille", "Provence-Alpes-Côte d'Azur", "FR")),
        ("Île-de-France", place(None, IDF, "FR")),
        ("69 - Rhône", place(None, ARA, "FR")),
        ("Nice", place("Nice", "Provence-Alpes-Côte d'Azur", "FR")),
        ("69680 Chassieu", place("Chassieu", ARA, "FR")),
        ("Chassieu (69), France", place("Chassieu", ARA, "FR")),
        ("Foo, France", place("Foo", None, "FR")),
        ("Foo Bar, TX", place("Foo Bar", "Texas", "US")),
        ("Medellín, Antioquia, Colombia", place("Medellín", None, "CO")),
        ("Europe", place(None, "Europe", None)),
        ("Luxembourg, LU", place("Luxembourg", "Luxembourg", "LU")),
        ("Esch-sur-Alzette, Luxembourg", place("Esch-sur-Alzette", "Luxembourg", "LU")),
        ("LATAM", place(None, "Latin America", None)),
        ("Anywhere in the world", place(None, "Worldwide", None)),
        ("US", place(None, None, "US")),
        ("Remote", None),
        ("█████", None),
        ("", None),
    ],
)
def test_a_location_line_is_read(line: str, expected: Place | None) -> None:
    assert find_place(line) == expected


@pytest.mark.parametrize(
    ("line", "countries"),
    [
        ("Argentina, Brazil, Poland", ["AR", "BR", "PL"]),
        ("Remote - Argentina; Remote - Brazil", ["AR", "BR"]),
        ("Brazil, Sao Paulo, Argentina, Buenos Aires, Mexico, Mexico City", ["BR", "AR", "MX"]),
        ("Paris ou Lyon", ["FR", "FR"]),
        ("Spain, Madrid, United Kingdom, London", ["ES", "GB"]),
        ("Virgin Islands, British, Aruba", ["VG", "AW"]),
        ("France, France", ["FR"]),
    ],
)
def test_a_list_gives_every_place_once(line: str, countries: list[str]) -> None:
    assert [found.country for found in find_place_list(line)] == countries


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("We have a nice team in Nice, France.", ["Nice, France"]),
        ("Reading books. Based in Reading, UK.", ["Reading, UK"]),
        ("Mobile apps for Mobile, AL", ["Mobile, AL"]),
        ("Basé à Tours. Tours de magie. Orange recrute.", ["Tours"]),
        ("Join us in the US or help us", ["US"]),
        ("Paris 12e, puis Lyon", ["Paris 12e", "Lyon"]),
        ("Split the work, global reach, Global team", []),
        ("Campinas (Brazil) or Recife", ["Campinas (Brazil)", "Recife"]),
        ("Maçon depuis dix ans", []),
        ("Parisian parisians", []),
        ("contact me@london.uk", []),
        ("Our team in Charlotte is growing", ["Charlotte"]),
        ("an insurance broker in Cork.", ["Cork"]),
        ("two years of experience in Mobile.", []),
        ("Centre hospitalier de Brest", ["Brest"]),
    ],
)
def test_running_text_names_places_with_care(text: str, spans: list[str]) -> None:
    assert [text[mention.start : mention.end] for _, mention in find_places(text)] == spans


def test_nearness_is_graded_and_symmetric() -> None:
    lyon, grenoble, paris = place("Lyon", ARA, "FR"), place("Grenoble", ARA, "FR"), place("Paris", IDF, "FR")
    assert place_nearness(lyon, lyon) == 1
    assert place_nearness(lyon, grenoble) == place_nearness(grenoble, lyon) == 0.7
    assert place_nearness(lyon, paris) == place_nearness(paris, lyon) == 0.4
    assert place_nearness(lyon, place("London", "Greater London", "GB")) == 0
    assert place_nearness(lyon, place(None, "Europe", None)) == place_nearness(place(None, "EMEA", None), lyon) == 0.3
    assert place_nearness(lyon, place(None, "Latin America", None)) == 0
    assert place_nearness(place(None, "Europe", None), place(None, "EMEA", None)) == 0
    birmingham = place("Birmingham", "West Midlands", "GB")
    assert place_nearness(birmingham, place("Birmingham", "Alabama", "US")) == 0


@given(
    st.text(st.characters(), max_size=200)
    | st.lists(st.sampled_from(["Paris", "TX", ",", " ", "(69)", "FR", "\n", "75011", "-", "Foo", "US", "F\ud800o"])).map("".join)
)
def test_any_text_gives_places_inside_it(text: str) -> None:
    find_place_list(text)
    reached = 0
    for _, mention in find_places(text):
        assert reached <= mention.start < mention.end <= len(text)
        reached = mention.end


@pytest.mark.parametrize("unit", ["a", "Paris ", "Paris, ", "(69) ", " ", "A, ", "1", "Foo, ", "- ", "Paris, Fooooooo, "])
def test_long_repetitions_take_linear_time(unit: str) -> None:
    find_places("warm up")
    text = unit * (100_000 // len(unit))
    started = time.perf_counter()
    find_places(text)
    find_place_list(text)
    assert time.perf_counter() - started < 3


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
def test_the_locations_of_real_ads_are_read() -> None:
    lines = (SHARED / "job_ads/job_ads.jsonl").read_text(encoding="utf-8").splitlines()
    locations = {location for line in lines if (location := json.loads(line)["location"])}
    assert [location for location in locations if not find_place_list(location)] == []
