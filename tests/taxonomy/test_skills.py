"""Skills: what is found in offers and CVs, and what is left alone because it is an everyday word there."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentflow.taxonomy.folding import fold
from talentflow.taxonomy.skills import find_skill, find_skills, skill, skill_nearness, skills

SHARED = Path(__file__).parents[2].parent / "shared/data"


def ids(text: str) -> list[str]:
    return [mention.id for mention in find_skills(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Développeur C/C++ et C#, .NET, ASP.NET", ["c-plus-plus", "c-sharp", "dot-net", "aspdot-net"]),
        ("Node.js, k8s; CI/CD; UX/UI", ["node-js", "kubernetes", "ci-cd", "ui-design"]),
        ("node js, NodeJS, K8S", ["node-js", "node-js", "kubernetes"]),
        ("maîtrise d'Excel et de l'Angular", ["microsoft-excel", "angular"]),
        ("MAITRISE DE LA COMPTABILITE GENERALE", ["accounting"]),
        ("Problem-solving and full-stack work", ["problem-solving", "full-stack-development"]),
        ("Python3, HTML5, Java 17", ["python", "html", "java"]),
        ("Cariste, CACES R489, permis B", ["forklift-driving", "driving-licence-b"]),
        ("soudure TIG et MIG", ["tig-welding", "mig-mag-welding"]),
        ("pansements, prise de sang", ["wound-care", "phlebotomy"]),
        ("machine\nlearning", ["machine-learning"]),
        ("R&D and research & development", ["research-and-development", "research-and-development"]),
    ],
)
def test_skills_are_found_as_people_write_them(text: str, expected: list[str]) -> None:
    assert ids(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Go to the store and make the most of it.",
        "Excel at what you do. Excel in a fast-paced environment.",
        "You react quickly, you react to change.",
        "The rest of the team, with less than a week.",
        "C-level executives join on day one.",
        "Plan B, plan C.",
        "In the spring we express thanks with a word of mouth.",
        "j'ai l'habitude de mes clients",
        "visit python.org or write to me@java.com",
        "Javascripting is no word, nor is javanese",
        "Swift response guaranteed",
        "NovaTech SAS, en vue de créer un nœud",
        "un point de vue, une vue d'ensemble; every node matters",
        "Ruby Smith and Pascal Martin",
        "chef de rayon, chef cook",
        "",
    ],
)
def test_everyday_words_are_no_skills(text: str) -> None:
    technical = {
        "go",
        "c",
        "r",
        "microsoft-excel",
        "react",
        "less",
        "rest-api",
        "spring",
        "express",
        "microsoft-word",
        "sas",
        "vue-js",
        "node-js",
    }
    assert not [found for found in ids(text) if found in technical or skill(found).category != "transversal"]


@pytest.mark.parametrize(
    ("text", "skill_id"),
    [
        ("Python, Go and Java", "go"),
        ("We use R, Python and SQL", "r"),
        ("Go developer wanted", "go"),
        ("Node.js, Express, MongoDB", "express"),
        ("JavaScript C C++ Python R", "c"),
        ("Skills\nGo\nKotlin\n", "go"),
        ("python, r, sql", "r"),
        ("Puppet, Ansible", "puppet"),
        ("PYTHON, GO, REST", "rest-api"),
        ("word, excel, powerpoint", "microsoft-excel"),
        ("langage C sous Linux", "c"),
        ("React, Vue, Angular", "vue-js"),
        ("interfaces with typescript and react", "react"),
        ("bonne maîtrise d'excel exigée", "microsoft-excel"),
        ("Ruby developer", "ruby"),
        ("SAS, SQL et R", "sas"),
        ("programmation R (ggplot2)", "r"),
    ],
)
def test_everyday_words_are_skills_in_technical_company(text: str, skill_id: str) -> None:
    assert skill_id in ids(text)


def test_the_longest_name_wins() -> None:
    assert ids("Spring Boot") == ["spring-boot"]
    assert ids("React Native") == ["react-native"]
    assert ids("Microsoft SQL Server") == ["microsoft-sql-server"]


def test_spans_are_those_of_the_text_that_was_given() -> None:
    text = "É█è ﬁche ß İ: Développement « Power BI », gestion de projet\u00a0agile"
    found = {mention.id: text[mention.start : mention.end] for mention in find_skills(text)}
    assert found == {"power-bi": "Power BI", "project-management": "gestion de projet", "agile": "agile"}


def test_lone_surrogates_and_control_characters_do_no_harm() -> None:
    assert ids("\ud800 Python \x00 SQL\udfff") == ["python", "sql"]


@given(st.text(st.characters(), max_size=300))
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(
    st.lists(
        st.sampled_from(["Go", "C", "R", "Python", ",", ".", "\n", "█", "é", " ", "SQL", "Excel", "(", "and", "İ"]), max_size=40
    )
)
def test_mentions_are_ordered_apart_and_known(parts: list[str]) -> None:
    text = "".join(parts)
    reached = 0
    for mention in find_skills(text):
        assert reached <= mention.start < mention.end <= len(text)
        assert skill(mention.id)
        reached = mention.end


@pytest.mark.parametrize("unit", ["c", "c ", "java ", "Go, ", "(", "█", "R&", "a.b ", "é"])
def test_long_repetitions_take_linear_time(unit: str) -> None:
    find_skills("warm up")
    started = time.perf_counter()
    find_skills(unit * (100_000 // len(unit)))
    assert time.perf_counter() - started < 3


def test_a_name_is_looked_up_in_either_language_and_any_case() -> None:
    for name in ("comptabilité", "COMPTABILITE", "accounting", "Accounting"):
        found = find_skill(name)
        assert found is not None
        assert found.skill_id == "accounting"
    for name, skill_id in (("Go", "go"), ("r", "r"), ("Python 3", "python"), ("JS", "javascript"), ("- Docker;", "docker")):
        found = find_skill(name)
        assert found is not None
        assert found.skill_id == skill_id
    assert find_skill("unheard-of thing") is None
    assert find_skill("") is None


def test_unknown_ids_raise() -> None:
    with pytest.raises(KeyError):
        skill("no-such-skill")


def test_nearness_is_symmetric_and_graded() -> None:
    assert skill_nearness("react", "react") == 1
    assert skill_nearness("react", "vue-js") == skill_nearness("vue-js", "react") == 0.5
    assert skill_nearness("amazon-web-services", "microsoft-azure") == 0.5
    assert skill_nearness("react", "payroll") == 0
    assert skill_nearness("react", "no-such-skill") == 0
    for entry in skills():
        for other in entry.near:
            assert skill_nearness(entry.skill_id, other) == skill_nearness(other, entry.skill_id) == 0.5


def test_the_taxonomy_is_whole() -> None:
    entries = skills()
    known = {entry.skill_id for entry in entries}
    assert len(entries) >= 1500
    assert [entry.skill_id for entry in entries] == sorted(known)
    for entry in entries:
        assert entry.name_en
        assert entry.name_fr
        assert entry.category
        assert set(entry.near) <= known - {entry.skill_id}
        assert all(code.isdigit() and len(code) == 4 for code in entry.codes)


def test_every_common_occupation_has_its_skills() -> None:
    per_code = Counter(code for entry in skills() for code in entry.codes)
    common = re.findall(
        r"\d{4}",
        "1211 1212 1221 1321 1323 1324 1330 1411 1412 1420 2111 2113 2120 2131 2141 2142 2143 2144 2145 2151 2152 2153 2161 2166 "
        "2211 2221 2222 2250 2261 2262 2264 2265 2310 2320 2330 2341 2342 2352 2353 2411 2412 2413 2421 2422 2423 2424 2431 2432 "
        "2433 2434 2511 2512 2513 2514 2519 2521 2522 2523 2529 2611 2621 2622 2631 2634 2635 2641 2642 2643 2651 3112 3113 3114 "
        "3115 3118 3122 3123 3211 3212 3213 3221 3251 3256 3258 3311 3312 3313 3321 3322 3323 3331 3332 3333 3334 3341 3343 3344 "
        "3411 3412 3422 3423 3431 3432 3434 3511 3512 3513 3514 3521 4110 4120 4132 4211 4221 4222 4224 4226 4311 4312 4313 4321 "
        "4322 4323 5111 5120 5131 5132 5141 5142 5151 5153 5221 5222 5223 5230 5244 5311 5312 5321 5322 5411 5412 5414 6111 6113 "
        "6121 7112 7115 7121 7122 7123 7126 7127 7131 7212 7213 7214 7222 7223 7231 7232 7233 7411 7412 7421 7422 7511 7512 7522 "
        "7531 8131 8160 8183 8211 8212 8322 8331 8332 8342 8343 8344 9112 9313 9321 9329 9333 9334 9412",
    )
    assert [code for code in common if per_code[code] < 8] == []


def test_every_label_leads_to_its_own_skill() -> None:
    astray = [
        (label, entry.skill_id)
        for entry in skills()
        for label in (entry.name_en, entry.name_fr, *entry.aliases)
        if (found := find_skill(label)) is None or found.skill_id != entry.skill_id
    ]
    assert astray == []


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
def test_knowledge_spans_of_real_ads_are_mostly_found() -> None:
    hits = total = 0
    for line in (SHARED / "skillspan/data/json/dev.json").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["source"] != "tech":
            continue
        starts: list[int] = []
        text = ""
        for token in row["tokens"]:
            starts.append(len(text))
            text += token + " "
        covered = {place for mention in find_skills(text) for place in range(mention.start, mention.end)}
        tags = [*row["tags_knowledge"], "O"]
        for first, tag in enumerate(tags):
            if tag == "B":
                last = next(i for i in range(first + 1, len(tags)) if tags[i] != "I")
                total += 1
                hits += any(place in covered for place in range(starts[first], starts[last] if last < len(starts) else len(text)))
    assert total > 700
    assert hits / total > 0.65


def test_every_occupation_group_has_skills() -> None:
    from collections import Counter

    from talentflow.taxonomy import occupations, skills

    carried = Counter(code for entry in skills() for code in entry.codes)
    assert {entry.code for entry in occupations() if carried[entry.code] < 5} == set()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("- Excel\n- Word", ["microsoft-excel", "microsoft-word"]),
        ("Excel formulas", ["microsoft-excel"]),
        ("Excel in your role", []),
        ("URL: https://x.example", []),
        ("Envoyez une lettre de motivation", []),
        ("Pennylane", ["pennylane"]),
    ],
)
def test_labels_that_are_everyday_words_are_told_apart(text: str, ids: list[str]) -> None:
    assert [mention.id for mention in find_skills(text)] == ids
