"""What goes wrong with documents on their way, and what should become of each."""

from __future__ import annotations

from random import Random

from producers.simulation.layout import Bullets, Layout, Para

BROKEN = {
    "empty_file": "quarantined:empty_document",
    "truncated_pdf": "quarantined:corrupt_document",
    "scanned_pdf": "quarantined:scanned_document",
    "encrypted_pdf": "quarantined:encrypted_document",
    "binary_noise": "quarantined:unknown_format",
    "wrong_extension": "ok",
    "invalid_utf8": "ok",
    "not_a_record": "other",
    "typing_errors": "ok",
    "mixed_language": "ok",
    "exact_duplicate": "duplicate",
    "second_format": "duplicate",
}
"""Each defect and what is expected of a document with it."""

_WEIGHTS = {
    "not_a_record": 4,
    "typing_errors": 4,
    "exact_duplicate": 3,
    "second_format": 3,
    "scanned_pdf": 2,
    "wrong_extension": 2,
    "invalid_utf8": 2,
}
_NEAR = {"a": "sq", "e": "rz", "i": "uo", "o": "ip", "n": "bm", "t": "ry", "r": "et", "s": "ad"}
_SCANNED = [("rn", "m"), ("l", "1"), ("cl", "d"), ("m", "rn"), ("é", "e"), ("i", "l")]


def defect(rng: Random, rate: float) -> str | None:
    """The defect of a document, or None for a sound one."""
    if rng.random() >= rate:
        return None
    names = list(BROKEN)
    return rng.choices(names, [_WEIGHTS.get(n, 1) for n in names])[0]


def noise(rng: Random, size: int) -> bytes:
    """Bytes of no format."""
    return b"\x00\x8f\x01\xfe" + rng.randbytes(size)


def mistype(rng: Random, page: Layout) -> None:
    """Put typing and recognition errors into sentences, not into names, dates and places (whose truth must stay true)."""
    scanned = rng.random() < 0.4
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, Bullets) and not section.side:
                block.items = [_mistyped(rng, item, scanned) if len(item) > 45 else item for item in block.items]
            elif isinstance(block, Para) and not block.bold and len(block.text) > 90:
                block.text = _mistyped(rng, block.text, scanned)


def _mistyped(rng: Random, text: str, scanned: bool) -> str:
    words = text.split(" ")
    for number, word in enumerate(words):
        if len(word) < 5 or not word.isalpha() or not word.islower() or rng.random() > 0.08:
            continue
        at = rng.randint(1, len(word) - 2)
        if scanned:
            old, new = rng.choice(_SCANNED)
            words[number] = word.replace(old, new, 1)
        elif rng.random() < 0.5:
            words[number] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif word[at] in _NEAR:
            words[number] = word[:at] + rng.choice(_NEAR[word[at]]) + word[at + 1 :]
        else:
            words[number] = word[:at] + word[at] + word[at:]
    return " ".join(words)
