"""Occupations: what the tables hold and which one a job title means."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.taxonomy import (
    find_occupation,
    find_occupations,
    occupation,
    occupation_labels,
    occupation_nearness,
    occupation_skills,
    occupations,
    skills,
)
from talentflow.taxonomy.occupation_index import build_index
from talentflow.taxonomy.titles import forms_of, words

# Unit groups per minor group of ISCO-08 (ILO 2012, volume 1): which fourth digits exist.
UNIT_GROUPS = """
011:0 021:0 031:0 111:1234 112:0 121:1239 122:123 131:12 132:1234 133:0 134:1234569 141:12 142:0 143:19
211:1234 212:0 213:123 214:1234569 215:123 216:123456 221:12 222:12 223:0 224:0 225:0 226:12345679 231:0 232:0 233:0
234:12 235:1234569 241:123 242:1234 243:1234 251:12349 252:1239 261:129 262:12 263:123456 264:123 265:1234569
311:123456789 312:123 313:123459 314:123 315:12345 321:1234 322:12 323:0 324:0 325:123456789 331:12345 332:1234 333:12349
334:1234 335:123459 341:123 342:123 343:12345 351:1234 352:12 411:0 412:0 413:12 421:1234 422:1234567_9 431:123 432:123
441:12345_69 511:123 512:0 513:12 514:12 515:123 516:1234_5_9 521:12 522:123 523:0 524:1234569 531:12 532:129 541:12349
611:1234 612:123_9 613:0 621:0 622:1234 631:0 632:0 633:0 634:0 711:12345_9 712:1234567 713:123 721:12345 722:1234
723:1234 731:123456789 732:123 741:123 742:12 751:123456 752:123 753:123456 754:12349 811:1234 812:12 813:12 814:123
815:1234567_9 816:0 817:12 818:1239 821:12_9 831:12 832:12 833:12 834:1234 835:0 911:12 912:1239 921:123456 931:123
932:19 933:1234 941:12 951:0 952:0 961:123 962:1234_9
"""
CODES = {minor + digit for part in UNIT_GROUPS.split() for minor, digits in [part.split(":")] for digit in digits if digit != "_"}


def code_of(title: str) -> str | None:
    found = find_occupation(title)
    return found.occupation.code if found else None


def test_every_unit_group_of_isco_08_is_there_and_no_other() -> None:
    assert len(CODES) == 436
    assert {o.code for o in occupations()} == CODES


def test_occupations_are_many_distinct_and_named_in_both_languages() -> None:
    entries = occupations()
    assert len(entries) >= 600
    assert len({o.occupation_id for o in entries}) == len(entries)
    for entry in entries:
        assert entry.title_en
        assert entry.title_fr
        assert len(entry.titles) >= 4
        assert occupation(entry.occupation_id) is entry
    assert [o.code for o in entries] == sorted(o.code for o in entries)
    assert dict(occupation_labels()) == {o.occupation_id: o.title_en for o in entries}


def test_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        occupation("dragon-tamer")


def test_preferred_titles_find_their_own_unit_group() -> None:
    wrong = [(t, o.code, code_of(t)) for o in occupations() for t in (o.title_en, o.title_fr) if code_of(t) != o.code]
    assert wrong == []


def test_almost_every_listed_title_finds_its_unit_group() -> None:
    pairs = [(o.code, t) for o in occupations() for t in o.titles]
    right = sum(code_of(t) == c for c, t in pairs)
    assert right / len(pairs) > 0.97


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Senior Software Engineer II", "2512"),
        ("Développeur Full Stack (H/F)", "2512"),
        ("développeur·euse full-stack confirmé·e", "2512"),
        ("DEVELOPPEUSE FULLSTACK", "2512"),
        ("Infirmière diplômée d'État", "2221"),
        ("Infirmier(ère) de bloc opératoire - CDI", "2221"),
        ("Infirmier / Infirmière", "2221"),
        ("Chargé(e) de recrutement H/F - Paris", "2423"),
        ("Directrice des ressources humaines", "1212"),
        ("DRH", "1212"),
        ("Aide-soignante de nuit", "5321"),
        ("Commis de cuisine", "5120"),
        ("Cheffe de projet digital", "1330"),
        ("Assistant ADV", "4419"),
        ("Data Scientist at Globex", "2511"),
        ("Data engineer chez Initech", "2511"),
        ("Product Manager | Remote", "1223"),
        ("Manager, Marketing", "1221"),
        ("Stagiaire assistant marketing", "2431"),
        ("Alternance - Développeur web", "2513"),
        ("Truck drivers wanted", "8332"),
        ("Front End Developer", "2513"),
        ("Site Reliability Engineer (m/w/d)", "2519"),
        ("Softwar enginer", "2512"),
        ("Electricien bâtiment", "7411"),
        ("Head of Engineering", "1330"),
        ("Professeure des écoles", "2341"),
        ("Kinésithérapeute", "2264"),
        ("Cariste CACES 3", "8344"),
        ("Join our DevOps Engineer talent pool!", "2519"),
        ("Ingénieur Software", "2512"),
        ("Responsable Marketing", "1221"),
        ("Account Manager", "3322"),
        ("Accounts assistant", "3313"),
    ],
)
def test_a_title_as_people_write_it_finds_its_unit_group(title: str, code: str) -> None:
    assert code_of(title) == code


@pytest.mark.parametrize(
    "title", ["", "   ", "???", "Intern", "Stagiaire (H/F)", "Senior", "xqzzy", "12345", "\ud800", "\x00", "the of and"]
)
def test_what_is_no_title_finds_nothing(title: str) -> None:
    assert find_occupation(title) is None


def test_confidence_falls_with_what_is_guessed() -> None:
    def confidence(title: str) -> float:
        found = find_occupation(title)
        assert found is not None
        return found.confidence

    assert confidence("Data engineer") > 0.9
    assert confidence("Data engineer") > confidence("Senior data engineer, payments") > confidence("Manager")
    assert confidence("Manager") < 0.35


def test_words_of_any_field_do_not_choose_one() -> None:
    assert code_of("Chef de la galaxie") is None
    assert code_of("Zorblax specialist") is None
    found = find_occupation("Zorblax engineer")
    assert found is not None
    assert found.occupation.code == "2149"
    assert found.confidence <= 0.25


def test_skills_of_an_occupation_are_those_of_its_group_the_named_ones_first() -> None:
    known = {s.skill_id: s for s in skills()}
    for occupation_id in ("java-developer", "nursing-professionals", "accountants"):
        found = occupation_skills(occupation_id)
        code = occupation(occupation_id).code
        assert len(found) >= 3
        assert len(set(found)) == len(found)
        assert all(any(code.startswith(c) for c in known[s].codes) for s in found)
    assert "java" in occupation_skills("java-developer")[0]


def test_the_more_special_occupation_of_a_group_is_found() -> None:
    for title, name in (
        ("Java engineer", "java-developer"),
        ("SRE", "site-reliability-engineer"),
        ("puéricultrice", "paediatric-nurse"),
    ):
        found = find_occupation(title)
        assert found is not None
        assert found.occupation.occupation_id == name


def test_both_genders_and_numbers_read_alike() -> None:
    for pair in (
        ("infirmières", "infirmier"),
        ("directrice", "directeur"),
        ("vendeuses", "vendeur"),
        ("technicienne", "technicien"),
        ("chargée", "chargé(e)"),
        ("conseillère", "conseiller"),
        ("Software Engineers", "software engineer"),
        ("secretaries", "secrétaire"),
    ):
        assert forms_of(pair[0]) == forms_of(pair[1])


def test_mentions_are_whole_words_the_longest_and_as_written() -> None:
    text = "Élodie — ingénieure logiciel sénior, puis data  scientist et développeuse full-stack ; infirmier·ère à Évry. Softwareengineer."
    found = [(text[m.start : m.end], m.id) for m in find_occupations(text)]
    assert found == [
        ("ingénieure logiciel", "software-developers"),
        ("data  scientist", "data-scientist"),
        ("développeuse full-stack", "full-stack-developer"),
        ("infirmier·ère", "nursing-professionals"),
    ]


def test_a_title_does_not_run_over_punctuation_or_a_line() -> None:
    assert find_occupations("I like data. Scientist friends") == []
    assert find_occupations("Skills: software\n\nengineer") == []


def test_activities_and_common_words_are_no_mentions() -> None:
    text = "We tailor customer service and technical support; the principal reason is IT support. Un chef, un conseil, un agent."
    assert find_occupations(text) == []


def test_acronyms_count_in_capitals_only() -> None:
    assert [m.id for m in find_occupations("Une DRH et un SRE")] == ["human-resource-managers", "site-reliability-engineer"]
    assert find_occupations("drh sre") == []
    assert find_occupations("Open until 5 PM, BA in History") == []


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_ordered_spans_and_no_exception(text: str) -> None:
    end = 0
    for mention in find_occupations(text):
        assert end <= mention.start < mention.end <= len(text)
        end = mention.end
    found = find_occupation(text)
    assert found is None or 0 < found.confidence <= 1
    assert [w.form for w in words(text)] == forms_of(text) or not text.isalpha()


@given(
    st.lists(st.sampled_from(["software engineer", "Infirmière", "data scientists", "chef de projet"]), min_size=1, max_size=5),
    st.text(" .,;\n", min_size=1, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_mentions_survive_what_surrounds_them(titles: list[str], gap: str) -> None:
    text = (gap + "xx" + gap).join(titles)
    assert len(find_occupations(text)) == len(titles)


@pytest.mark.parametrize("piece", ["a", "(", "é(e)", "- ", "a/e", "1 ", "’", "\n", "software engineer ", "·e"])
def test_time_is_linear_in_the_text(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    start = time.process_time()
    find_occupations(text)
    find_occupation(text)
    assert time.process_time() - start < 2


def test_a_lookup_is_quick() -> None:
    titles = [f"{t} for galaxy {n}" for n, o in enumerate(occupations()[:300]) for t in o.titles[2:3]]
    find_occupation("warm up the index")
    start = time.process_time()
    for title in titles:
        find_occupation(title)
    assert (time.process_time() - start) / len(titles) < 0.003


def test_nearness_is_one_for_the_same_and_symmetric() -> None:
    codes = sorted(CODES)
    for a in codes[::7]:
        assert occupation_nearness(a, a) == 1.0
        for b in codes[::11]:
            assert occupation_nearness(a, b) == occupation_nearness(b, a)
            assert 0 <= occupation_nearness(a, b) <= 1
            assert (occupation_nearness(a, b) == 1.0) == (a == b)


def test_nearness_knows_relatives_across_branches() -> None:
    assert occupation_nearness("2512", "2519") > occupation_nearness("2512", "2522") > occupation_nearness("2512", "2221")
    assert occupation_nearness("2221", "5321") >= 0.5
    assert occupation_nearness("5120", "3434") > 0.5
    assert occupation_nearness("2411", "3313") > 0.5
    assert occupation_nearness("2512", "6111") == 0
    assert occupation_nearness("", "2512") == 0


def test_an_index_of_nothing_finds_nothing() -> None:
    empty = build_index([])
    assert empty.exact == {}
