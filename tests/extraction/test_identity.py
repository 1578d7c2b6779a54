"""Personal data: found, and blanked everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.extraction import find_identity, redact
from talentflow.extraction.redaction import BLANK
from talentflow.records import Evidence


def blanked(text: str, kind: str = "cv") -> str:
    return redact(text, find_identity(text, kind=kind).spans)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("top", "name"),
    [
        ("Jean DUPONT\nIngénieur logiciel\njean.dupont@example.fr", "Jean DUPONT"),
        ("DUPONT Jean-Baptiste\n06 12 34 56 78", "Jean-Baptiste DUPONT"),
        ("CURRICULUM VITAE\nMarie-Ève de la Tour\nComptable", "Marie-Ève de la Tour"),
        ("Curriculum Vitae - Jane Smith\nNurse", "Jane Smith"),
        ("J E A N   D U P O N T\nArchitecte", "JEAN DUPONT"),
        ("Name: Ada Lovelace\nEmail: ada@example.org", "Ada Lovelace"),
        ("Nom : Durand\nPrénom : Zoé\n", "Zoé Durand"),
        ("Software Engineer\nNikolai Petrov\nnpetrov@example.com", "Nikolai Petrov"),
        ("Wei Zhang | Senior Data Scientist\nwei.zhang@example.io", "Wei Zhang"),
        ("SANDRA\nMILLER\nsandra.miller@example.com", "SANDRA MILLER"),
        ("Dr. Ngozi Okonkwo, PhD\nngozi@example.org", "Ngozi Okonkwo"),
        ("Mme Claire Boulanger – Boulangère\n", "Claire Boulanger"),
        ("Łukasz Żółć\nlukasz.zolc@example.pl", "Łukasz Żółć"),
        ("PROFILE\nA nurse.\nCONTACT\njane.o-neil@example.com\nJane O'Neil\n", "Jane O'Neil"),
        ("María José García López\nmjgarcia@example.es", "María José García López"),
    ],
)
def test_names_at_the_top(top: str, name: str) -> None:
    assert find_identity(top + "\nExperience\nClerk, Foo Ltd, 2019 - 2020\n", kind="cv").name == name


@pytest.mark.parametrize(
    "top",
    [
        "Software Engineer\nExperience\n",
        "Data Scientist\nLyon\n",
        "Acme Consulting Ltd\nOur offer\n",
        "Compétences clés\nExcel\n",
        "",
    ],
)
def test_titles_places_and_companies_are_no_names(top: str) -> None:
    assert find_identity(top, kind="cv").name is None


def test_every_mention_of_the_name_is_blanked_and_nothing_moves() -> None:
    text = "Anna WIŚNIEWSKA\nanna.wisniewska@example.com\nAnna leads. A. Wisniewska (2020) - annual report, Wiśniewska & co"
    redacted = blanked(text)
    assert len(redacted) == len(text)
    assert "isniewska" not in redacted.casefold()
    assert "Anna" not in redacted
    assert "annual report" in redacted
    assert [i for i, c in enumerate(text) if c == "\n"] == [i for i, c in enumerate(redacted) if c == "\n"]


def test_a_month_that_is_also_a_first_name_stays_a_date() -> None:
    text = "June Miller\njune.miller@example.com\nExperience\nClerk, Foo Ltd\nJune 2019 - May 2020\n"
    redacted = blanked(text)
    assert "June 2019" in redacted
    assert redacted.startswith("████ ██████")


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("Tél : 01.42.68.53.00", "42.68"),
        ("+44 7700 900456", "7700"),
        ("(415) 555-0173", "555"),
        ("Mobile +33 (0)6 11 22 33 44", "11 22"),
        ("jane [at] example [dot] org", "jane"),
        ("mailto:jane@example.org", "jane"),
        ("linkedin.com/in/jane-smith-42", "jane-smith"),
        ("LinkedIn: jane-smith-42", "jane-smith"),
        ("Née le 3 mai 1990 à Brest", "1990"),
        ("Date of birth: 05/06/1985", "1985"),
        ("28 ans", "28"),
        ("Nationality: British", "British"),
        ("Nationalité : franco-marocaine", "marocaine"),
        ("Sexe : Femme", "Femme"),
        ("Gender: Male", "Male"),
        ("Situation familiale : mariée, 2 enfants", "mariée"),
        ("Célibataire", "libataire"),
        ("12 bis, rue de la Paix 75002 Paris", "Paix"),
        ("221B Baker Street, London NW1 6XE", "Baker"),
        ("1600 Pennsylvania Avenue, Washington", "Pennsylvania"),
        ("Photo de Jane", "Photo"),
    ],
)  # fmt: skip
def test_personal_data_in_the_head_is_blanked(line: str, secret: str) -> None:
    text = f"Jane Smith\n{line}\nNurse\nExperience\nNurse, Leeds General Hospital, 2019 - 2021\n"
    assert secret in text
    redacted = blanked(text)
    assert secret not in redacted
    assert "Nurse, Leeds General Hospital, 2019 - 2021" in redacted


def test_city_and_country_stay() -> None:
    redacted = blanked("Jane Smith\n12 rue de la Paix, 75002 Paris, France\njane@example.org\n")
    assert "Paris, France" in redacted
    assert "75002" not in redacted


def test_years_and_amounts_are_no_phone_numbers() -> None:
    text = "Jane Smith\nExperience\nClerk 2015 - 2019 - 2021\nBudget 1 200 000 000 euros\n10 years of experience\n"
    assert find_identity(text, kind="cv").phone is None
    assert "2015 - 2019" in blanked(text)
    assert "10 years of experience" in blanked(text)


def test_fields_are_told_apart() -> None:
    found = find_identity(
        "Mr John Miles\n4 Mill Lane, York\nBorn 3 May 1990\nNationality: British\njohn.miles@example.com\n01904 123456\ngithub.com/jmiles\n",
        kind="cv",
    )
    assert (found.name, found.email, found.phone) == ("John Miles", "john.miles@example.com", "01904 123456")
    assert (found.address, found.birth_date, found.gender, found.nationality) == ("4 Mill Lane", "1990-05-03", "male", "British")
    assert found.urls == ["github.com/jmiles"]


def test_offers_keep_all_but_contacts() -> None:
    text = "Nurse\nMercy Hospital, 12 Main Street, Leeds\nContact: Paula Grey, paula.grey@example.com, 0113 496 0000\nYou are 25 years old? Apply."
    found = find_identity(text, kind="job_offer")
    assert found.email == "paula.grey@example.com"
    redacted = blanked(text, "job_offer")
    assert "Paula Grey" not in redacted
    assert "12 Main Street" in redacted


@pytest.mark.parametrize(
    "line",
    [
        "Contact Centre Adviser",
        "Hiring manager Senior Team Lead",
        "Recruiter Training Consultant",
        "Référent : Chef de Rang",
        "Contact Paris Office",
        "Recruteur : Groupe Soleil",
        "Contact : Ressources Humaines",
        "Referent Nurse Practitioner",
    ],
)
def test_titles_teams_and_employers_of_offers_stay(line: str) -> None:
    assert blanked(f"{line}\nAcme Ltd, Leeds\nWe are hiring.", "job_offer").startswith(line)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Recruiter: Jane Smith", "Jane Smith"),
        ("Contactez Mme Bellini au 01 40 20 30 40", "Bellini"),
        ("Hiring manager: Thandiwe Mokoena", "Thandiwe Mokoena"),
        ("Questions? Write to our VP, Cara Halladay (challaday@example.com)", "Cara Halladay"),
        ("Contact : Neil Ferguson, jobs@example.com", "Neil Ferguson"),
    ],
)
def test_people_named_in_offers_are_blanked(line: str, name: str) -> None:
    assert name not in blanked(f"Nurse\nAcme Ltd\n{line}\n", "job_offer")


@pytest.mark.parametrize(
    ("written", "read"),
    [("MIGUEL A. SANTOS", "MIGUEL A. SANTOS"), ("DUPONT Jean", "Jean DUPONT"), ("Jean DUPONT", "Jean DUPONT")],
)
def test_capitals_tell_the_surname(written: str, read: str) -> None:
    assert find_identity(f"{written}\nWelder\nms@example.com\n", kind="cv").name == read


def test_a_flat_belongs_to_its_street() -> None:
    found = find_identity("Jane Smith\nFlat 7, 65 Green Lane, Leeds LS1 4AB\njane@example.org\n", kind="cv")
    assert found.address == "Flat 7, 65 Green Lane"


@pytest.mark.parametrize(
    ("label", "number"), [("Tél : ", "06 12 34 56 22"), ("", "+33 6 12 34 56 22"), ("Phone ", "+44 7700 900812")]
)
def test_an_age_is_no_part_of_the_number_before_it(label: str, number: str) -> None:
    assert find_identity(f"Jean Dupont\n{label}{number} 45 ans\n", kind="cv").phone == number


@given(st.text(max_size=200), st.lists(st.tuples(st.integers(-5, 250), st.integers(-5, 250)), max_size=5))
def test_redaction_keeps_length_and_other_characters(text: str, spans: list[tuple[int, int]]) -> None:
    redacted = redact(text, [Evidence(field="x", start=a, end=b) for a, b in spans])
    assert len(redacted) == len(text)
    for old, new in zip(text, redacted, strict=True):
        assert new in (old, BLANK)


@settings(max_examples=60)
@given(st.text(max_size=400))
def test_any_text_gives_an_identity(text: str) -> None:
    found = find_identity(text, kind="cv")
    assert all(0 <= s.start <= s.end <= len(text) for s in found.spans)
    again = redact(text, found.spans)
    assert len(again) == len(text)
