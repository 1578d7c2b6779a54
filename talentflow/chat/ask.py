"""Ask a question about chosen candidates: the one entry of the app and the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from talentflow.cache import Cache
from talentflow.chat import Answer, Conversation, Statement
from talentflow.chat.extractive import Bearing, Found, extract
from talentflow.chat.facts import Chosen, Fact, citation, facts
from talentflow.chat.generate import Source, Written, notice_of, room, whole, write
from talentflow.chat.letters import Opening
from talentflow.chat.passages import Passage, bearing_on
from talentflow.chat.questions import Asked, understand
from talentflow.chat.sentences import joined, said
from talentflow.chat.spelling import corrected
from talentflow.embedder import Embedder
from talentflow.errors import BadInput, TalentflowError
from talentflow.hostile import flags, muted
from talentflow.lakehouse import Lakehouse
from talentflow.llm import LanguageModel
from talentflow.llm.cached import CachedModel
from talentflow.records import Candidate, JobOffer, record_of
from talentflow.tables import CANDIDATES, JOB_OFFERS, TEXTS
from talentflow.taxonomy.folding import fold

MOST_CHOSEN = 500
MOST_CHARACTERS = 2_000
"""Of a question."""
SOURCES = 24
"""Of one model's answer, at most."""
_LEGAL_FORM = re.compile(r"[ ,]+(?:gmbh|ag|sas?u?|sarl|ltd|limited|inc|llc|plc|corp|bv|s\.?[ap]\.?[as]?\.?)\.?$", re.IGNORECASE)
_BY_MODEL = ("free", "summary", "compare")
"""What a model may put into words; the rest is answered from records, exactly and at once."""


@dataclass(frozen=True)
class Tools:
    """What an answer is made with, opened when a question needs it. `embedder` None: passages are found by words alone. `model`
    None: no model writes."""

    embedder: Callable[[], Embedder] | None = None
    cache: Callable[[], Cache] | None = None
    model: LanguageModel | None = None


def choose(lakehouse: Lakehouse, candidate_ids: Sequence[str]) -> list[Chosen]:
    """Read the chosen candidates, in the order given, called Candidate 1 and on.

    Raises: BadInput when none or more than `MOST_CHOSEN` are chosen, or one is not there (any more).
    """
    ids = list(dict.fromkeys(candidate_ids))
    if not ids:
        raise BadInput("no candidate is chosen: choose some first")
    if len(ids) > MOST_CHOSEN:
        raise BadInput(f"{len(ids)} candidates are chosen, {MOST_CHOSEN} can be asked about at once: choose fewer")
    columns = [name for name in CANDIDATES.schema.names if name in Candidate.model_fields]
    rows = {row["candidate_id"]: row for row in lakehouse.read(CANDIDATES, columns, where={"candidate_id": ids}).to_pylist()}
    missing = [i for i in ids if i not in rows]
    if missing:
        raise BadInput(
            f"{len(missing)} of the chosen candidates are not there ({', '.join(missing[:3])}): they may have been deleted; "
            "choose anew"
        )
    documents = [row["document_id"] for row in rows.values()]
    columns = ["document_id", "redacted_text", "notes"]
    texts = {row["document_id"]: row for row in lakehouse.read(TEXTS, columns, where={"document_id": documents}).to_pylist()}
    return [
        _chosen(said("en", "candidate", n=n), record_of(Candidate, rows[i]), texts.get(rows[i]["document_id"]))
        for n, i in enumerate(ids, 1)
    ]


def _chosen(name: str, record: Candidate, text: Mapping[str, Any] | None) -> Chosen:
    """Text that speaks to software is no part of what is read: it is told to the recruiter."""
    if text is None:
        return Chosen(name, record, "")
    return Chosen(name, record, muted(text["redacted_text"] or ""), tuple(flags(text["notes"])))


def everyone(lakehouse: Lakehouse, wanted: Sequence[str] = ()) -> list[str]:
    """Ids of candidates: those that begin as `wanted` says, in its order; of all, where it is empty.

    Raises: BadInput when there are none, or a beginning is nobody's or several people's.
    """
    ids = sorted(lakehouse.read(CANDIDATES, ["candidate_id"])["candidate_id"].to_pylist())
    if not ids:
        raise BadInput("there are no candidates yet: bring CVs in with  talentflow quick --cvs FOLDER, then ask")
    return [_of_beginning(start, ids, "candidate") for start in wanted] if wanted else ids


def opening(lakehouse: Lakehouse, offer_id: str) -> Opening:
    """Read an offer by its id, or the beginning of it. Raises: BadInput when it is nobody's, or several offers'."""
    ids = lakehouse.read(JOB_OFFERS, ["offer_id"])["offer_id"].to_pylist()
    found = _of_beginning(offer_id, ids, "offer")
    columns = [name for name in JOB_OFFERS.schema.names if name in JobOffer.model_fields]
    (row,) = lakehouse.read(JOB_OFFERS, columns, where={"offer_id": [found]}).to_pylist()
    texts = lakehouse.read(TEXTS, ["redacted_text"], where={"document_id": [row["document_id"]]}).to_pylist()
    return Opening(record_of(JobOffer, row), muted(texts[0]["redacted_text"] or "") if texts else "")


def _of_beginning(start: str, ids: Sequence[str], what: str) -> str:
    """The one id that begins so. Raises BadInput."""
    those = [i for i in ids if i.startswith(start)] if start else []
    if len(those) == 1:
        return those[0]
    said_so = f"{len(those)} {what}s have ids that begin with it: give more of it" if those else f"no {what} has it"
    raise BadInput(f"--{what} {start}: {said_so}; `talentflow match` and the app show ids")


def answer(conversation: Conversation, question: str, chosen: Sequence[Chosen], tools: Tools) -> Iterator[Statement | Answer]:
    """Statements as they are ready, and last of all the whole answer. A model that fails leaves an answer without it.

    Args:
        conversation: the turns before; follow-up questions are understood by them.
        chosen: its candidates, as `choose` gives them.

    Raises: BadInput for a question that is empty or too long.
    """
    if not question.strip():
        raise BadInput(said("en", "empty"))
    if len(question) > MOST_CHARACTERS:
        raise BadInput(f"the question has {len(question)} characters, {MOST_CHARACTERS} are read: ask in fewer words")
    asked = _understood(conversation, question, chosen)
    named = [Chosen(said(asked.language, "candidate", n=n), c.record, c.text) for n, c in enumerate(chosen, 1)]

    def bearing(text: str, of: Sequence[Chosen]) -> Sequence[Passage]:
        embedder, cache = tools.embedder and tools.embedder(), tools.cache and tools.cache()
        return bearing_on(text, {c.record.candidate_id: c.text for c in of}, embedder, cache)

    found = extract(asked, named, bearing)
    if asked.read_as:
        notice = said(asked.language, "read_as", what=joined(list(asked.read_as), asked.language))
        found = replace(found, notice=" ".join(filter(None, (notice, found.notice))))
    model = tools.model
    if model is None or found.refused or asked.intent not in _BY_MODEL:
        yield from found.statements
        yield whole(asked.language, found.statements, refused=found.refused, notice=found.notice)
        return
    remembering = CachedModel(model, tools.cache()) if tools.cache else model
    yield from _by_model(conversation, asked, named, found, bearing, remembering)


def _understood(conversation: Conversation, question: str, chosen: Sequence[Chosen]) -> Asked:
    """The question, after those before it were understood in turn."""
    numbers = {c.record.candidate_id: n for n, c in enumerate(chosen, 1)}
    organisations = {
        name.strip()
        for c in chosen
        for name in (*(w.name for w in c.record.work), *(e.institution for e in c.record.education))
        if name
    }
    organisations |= {short for name in organisations if (short := _LEGAL_FORM.sub("", name)) and len(short) > 3}
    before: Asked | None = None
    spoken_of: list[int] = []

    def read(text: str) -> Asked:
        asked = understand(text, len(chosen), before, spoken_of, organisations)
        slips = corrected(asked.words, chosen, asked.language) if asked.intent not in ("personal", "judgement") else {}
        if not slips:
            return asked
        mended = re.sub(r"[^\W_]+", lambda word: slips.get(fold(word[0]), word[0]), text)
        return replace(understand(mended, len(chosen), before, spoken_of, organisations), read_as=tuple(slips.values()))

    for turn in conversation.turns[-8:]:
        before = read(turn.question)
        cited = [numbers[c.candidate_id] for c in turn.answer.citations if c.candidate_id in numbers]
        spoken_of = list(dict.fromkeys(cited)) or spoken_of
    return read(question)


def _by_model(
    conversation: Conversation,
    asked: Asked,
    named: Sequence[Chosen],
    found: Found,
    bearing: Bearing,
    model: LanguageModel,
) -> Iterator[Statement | Answer]:
    history = [(turn.question, turn.answer.answer) for turn in conversation.turns[-3:]]
    left = room(asked.text, asked.language, model, history)
    sources = _sources(asked, named, found, bearing, model, left)
    kept: list[Statement] = []
    ended = Written(None)
    try:
        for piece in write(asked.text, asked.language, sources, model, history):
            if isinstance(piece, Written):
                ended = piece
            else:
                kept.append(piece)
                yield piece
    except TalentflowError as error:
        notice = said(asked.language, "without_model", why=str(error))
        yield from found.statements
        yield whole(asked.language, found.statements, notice=notice)
        return
    counting = [s for s in kept if s.struck is None]
    notice = notice_of(ended, kept, asked.language)
    if not counting:
        yield from found.statements
        fallback = said(asked.language, "nothing_left", notice=notice or "").strip()
        yield whole(asked.language, [*kept, *found.statements], notice=fallback)
        return
    yield whole(asked.language, kept, notice=notice, partial=ended.broke_off is not None, model=model.model_id)


def _sources(
    asked: Asked, named: Sequence[Chosen], found: Found, bearing: Bearing, model: LanguageModel, left: int
) -> list[Source]:
    """Facts of the candidates that the answer is about, then passages, as many as `left` tokens have room for."""
    about = [c for c in named if c.record.candidate_id in found.spoken_of]
    fields = asked.fields or ("current_job", "work", "experience_years", "education", "languages", "skills", "location")
    told: list[tuple[Chosen, Fact]] = []
    if asked.intent != "free":
        told = [(c, f) for c in about for name in fields for f in facts(c, name, asked.language)]
    sources = [Source(c.name, f.text, f.citations) for c, f in told]
    by_id = {c.record.candidate_id: c for c in named}
    for passage in bearing(asked.text, about or named):
        candidate = by_id[passage.candidate_id]
        if quote := citation(candidate, passage.start, passage.end):
            sources.append(Source(candidate.name, passage.text, (quote,)))
    kept: list[Source] = []
    for source in sources[:SOURCES]:
        left -= model.count(source.candidate + source.text) + 12
        if left < 0:
            break
        kept.append(source)
    return kept
