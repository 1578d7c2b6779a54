"""Persons: names from Faker, contacts made up from ranges that nobody owns where such ranges exist."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from random import Random

from faker import Faker

from producers.simulation.wording import HERE, elided, pick, say, words

LOCALES = {
    "en": ["en_US"] * 6 + ["en_GB"] * 6 + ["en_IE", "en_IN", "es_ES", "de_DE", "it_IT", "pt_PT", "fr_FR", "nl_NL"],
    "fr": ["fr_FR"] * 12 + ["fr_CA", "fr_BE", "fr_CH", "es_ES", "pt_PT", "it_IT", "de_DE", "en_GB"],
}
WIDE_LOCALES = ["pl_PL", "tr_TR", "ro_RO", "cs_CZ", "hr_HR", "vi_VN", "hu_HU"]
"""Names with letters beyond WinAnsi; left out of PDFs, whose built-in fonts do not draw them."""

_NATIONALITIES = {
    "en": ["British", "American", "Irish", "Canadian", "Indian", "Polish", "French", "Spanish"],
    "fr": ["Française", "Belge", "Suisse", "Marocaine", "Portugaise", "Canadienne", "Italienne", "Sénégalaise"],
}


@dataclass(frozen=True)
class City:
    name: str
    region: str
    country: str


@dataclass(frozen=True)
class Person:
    first: str
    last: str
    male: bool
    email: str
    phone: str
    street: str
    postcode: str
    city: City
    birth: tuple[int, int, int]
    nationality: str


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


@cache
def cities(language: str) -> tuple[City, ...]:
    import tomllib

    rows: list[str] = tomllib.loads((HERE / "places.toml").read_text(encoding="utf-8"))[language]
    return tuple(City(*row.split("|")) for row in rows)


def ascii_letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("ß", "ss").replace("ı", "i").replace("đ", "d"))
    return "".join(c for c in plain.lower() if c.isascii() and c.isalnum())


def full_name(rng: Random, locale: str, male: bool) -> tuple[str, str]:
    """First and last name; the same for the same state of `rng`."""
    fake = _faker(locale)
    fake.seed_instance(rng.getrandbits(48))
    return (fake.first_name_male() if male else fake.first_name_female()), fake.last_name()


def person(rng: Random, language: str, birth_year: int, wide: bool) -> Person:
    """Somebody of `language`; `wide`: a name may have letters that a PDF's built-in fonts lack."""
    locale = rng.choice(WIDE_LOCALES) if wide and rng.random() < 0.12 else rng.choice(LOCALES[language])
    male = rng.random() < 0.5
    first, last = full_name(rng, locale, male)
    city = rng.choice(cities(language))
    return Person(
        first=first,
        last=last,
        male=male,
        email=_email(rng, first, last, birth_year),
        phone=phone(rng, city.country),
        street=_street(rng, language),
        postcode=_postcode(rng, city),
        city=city,
        birth=(birth_year, rng.randint(1, 12), rng.randint(1, 28)),
        nationality=rng.choice(_NATIONALITIES[language]) if rng.random() < 0.4 else _NATIONALITIES[language][0],
    )


def _email(rng: Random, first: str, last: str, year: int) -> str:
    f, n = ascii_letters(first), ascii_letters(last)
    local = rng.choice(
        [
            f"{f}.{n}",
            f"{f}{n}",
            f"{f[:1]}.{n}",
            f"{f}_{n}",
            f"{f}.{n}{year % 100:02d}",
            f"{n}.{f}",
            f"{f[:1]}{n}{rng.randint(1, 99)}",
        ]
    )
    return f"{local}@{rng.choice(['example.com', 'example.org', 'example.net', 'mail.example.com', 'post.example.org'])}"


def phone(rng: Random, country: str) -> str:
    """A number as people of the country write it."""
    d = [rng.randint(0, 9) for _ in range(8)]
    pairs = [f"{rng.randint(0, 99):02d}" for _ in range(4)]
    if country == "GB":
        last = f"{rng.randint(0, 999):03d}"
        return rng.choice(
            [f"07700 900{last}", f"+44 7700 900{last}", f"020 7946 0{last}", f"+44 (0)7700 900{last}", f"07700900{last}"]
        )
    if country == "IE":
        tail = f"{d[0]}{d[1]}{d[2]} {d[3]}{d[4]}{d[5]}{d[6]}"
        return rng.choice([f"085 {tail}", f"+353 85 {tail}"])
    if country == "BE":
        return rng.choice(["0470 " + " ".join(pairs[:3]), "+32 470 " + " ".join(pairs[:3])])
    if country == "CH":
        return rng.choice(["079 ", "+41 79 "]) + f"{d[0]}{d[1]}{d[2]} {d[3]}{d[4]} {d[5]}{d[6]}"
    if country == "LU":
        return f"+352 621 {d[0]}{d[1]}{d[2]} {d[3]}{d[4]}{d[5]}"
    if country == "FR":
        head = rng.choice(["06", "07", "06"])
        rest = [f"{rng.randint(10, 79):02d}", *pairs[:3]]
        joined = rng.choice([" ", ".", "", " ", "-"])
        return rng.choice(
            [head + joined + joined.join(rest), f"+33 {head[1]} " + " ".join(rest), f"+33 (0){head[1]} " + " ".join(rest)]
        )
    area = rng.choice(
        ["312", "415", "512", "617", "206", "303", "404", "602"] if country == "US" else ["416", "604", "514", "613"]
    )
    last = f"01{rng.randint(0, 99):02d}"
    return rng.choice(
        [f"({area}) 555-{last}", f"{area}-555-{last}", f"+1 {area} 555 {last}", f"{area}.555.{last}", f"+1 ({area}) 555-{last}"]
    )


def _street(rng: Random, language: str) -> str:
    study = words(language)["study"]
    name, kind = rng.choice(study["street_names"]), rng.choice(study["streets"])
    number = rng.randint(1, 180)
    if language == "fr":
        return f"{number}{rng.choice(['', '', '', ' bis'])}{rng.choice([' ', ', ', ' '])}{kind} {name}"
    return f"{rng.choice(['', '', '', f'Flat {rng.randint(1, 20)}, '])}{number} {name} {kind}"


def _postcode(rng: Random, city: City) -> str:
    if city.country == "FR":
        return f"{city.region}{rng.choice(['000', '100', '200', '300'])}"
    if city.country in ("BE", "CH", "LU"):
        return str(rng.randint(1000, 9999))
    if city.country == "US":
        return f"{rng.randint(10000, 98999)}"
    if city.country == "CA":
        first = f"{rng.choice('KLMV')}{rng.randint(1, 9)}{rng.choice('ABCEH')}"
        return f"{first} {rng.randint(1, 9)}{rng.choice('ABCEH')}{rng.randint(1, 9)}"
    letters = rng.choice(["LS", "M", "BS", "B", "G", "EH", "CF", "L", "S", "NE", "NG", "SE"])
    return f"{letters}{rng.randint(1, 20)} {rng.randint(1, 9)}{rng.choice('ABDEFGH')}{rng.choice('JLNPQRS')}"


def place_line(rng: Random, city: City) -> str:
    """A city as a line names it: alone, with its region, département or country."""
    countries = {
        "GB": "UK",
        "IE": "Ireland",
        "US": "USA",
        "CA": "Canada",
        "FR": "France",
        "BE": "Belgique",
        "CH": "Suisse",
        "LU": "Luxembourg",
    }
    country = countries[city.country]
    if city.country in ("US", "CA") and city.region:
        return rng.choice(
            [f"{city.name}, {city.region}", f"{city.name}, {city.region}", f"{city.name}, {city.region}, {country}"]
        )
    if city.country == "FR":
        return rng.choice(
            [city.name, city.name, f"{city.name} ({city.region})", f"{city.name}, France", f"{city.region} - {city.name}"]
        )
    return rng.choice([city.name, city.name, f"{city.name}, {country}"]) if city.name != country else city.name


def employer(rng: Random, language: str, sector: str, city: City) -> str:
    """A made-up employer of the sector."""
    data = _employers()[language]
    surname, surname2 = rng.sample(data["surnames"], 2)
    name = say(
        rng,
        rng.choice(data[sector]),
        Word=rng.choice(data["words"]),
        Words=rng.choice(data.get("plants", data["words"])),
        soft=rng.choice(["", "", " & Co", "line", "point"]),
        surname=surname,
        surname2=surname2,
        city=city.name,
        saint=rng.choice(words(language)["study"]["saints"]),
    )
    return elided(name) if language == "fr" else name


@cache
def _employers() -> dict[str, dict[str, list[str]]]:
    import tomllib

    return tomllib.loads((HERE / "employers.toml").read_text(encoding="utf-8"))


def school(rng: Random, language: str, level: str, city: City) -> str:
    """A made-up school of the level."""
    study = words(language)["study"]
    group = {"secondary": "secondary", "vocational": "vocational", "associate": "vocational"}.get(level, "higher")
    name = pick(
        rng,
        study[f"schools_{group}"],
        city=city.name,
        surname=rng.choice(_employers()[language]["surnames"]),
        saint=rng.choice(study["saints"]),
    )
    return elided(name) if language == "fr" else name
