"""How well the chat answers: questions made from the ground truth of simulated CVs, each answer held against that truth.

An answer is right when it is about exactly the candidates that the truth has (those whose text names the thing outside of what
the truth lists count neither for nor against) and says the value that the truth has. One that is not is put down to the
extraction when the records, asked the same, have not what the truth has, and to the chat else. No language model writes.

A statement is unsupported when, whatever the chat's own verifier says of it: a citation is not the text at its place; a quote is
not in the CV word for word; a year is in no line that it cites; the truth and the text of a candidate that it cites both lack
what was asked; or it has no citation and does not say that something is absent.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from talentflow.chat import Answer, Conversation, Statement, Turn
from talentflow.chat.ask import Tools, answer
from talentflow.chat.facts import Chosen
from talentflow.evaluation.chat_questions import Question, of_record, of_truth, questions
from talentflow.taxonomy.folding import fold

HELD_OUT_SEED = 9001
LISTED = 20
"""Candidates that an answer lists at most; more are counted in its first sentence."""
_QUOTE = re.compile(r"“([^”]+)”|« ([^»]+) »")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_ABSENT = re.compile(r"\bnot in\b|\babsents?\b|\bdo(?:es)? not mention\b|\bne mentionnent pas\b|\bnone\b|\baucune?\b")
_NAMED = re.compile(r"\bcandidate? (\d+)")


@dataclass(frozen=True)
class Outcome:
    """One question and its answer. `blame`: `extraction` or `chat` where it is not right."""

    kind: str
    question: str
    after: str | None
    expected: str
    found: str
    outcome: str
    blame: str | None


@dataclass(frozen=True)
class KindScore:
    """Of the kind's questions: `right` answers or refusals, `refused` though the truth has an answer, `wrong` answers."""

    kind: str
    answerable: bool
    asked: int
    right: int
    refused: int
    wrong: int
    by_extraction: int


@dataclass
class ChatScore:
    """`seconds`: whole answers and first statements, p50 and p95, of warm questions; `cold`: of the first question of all."""

    candidates: int
    kinds: list[KindScore]
    statements: int
    unsupported: list[str]
    seconds: dict[str, float]
    outcomes: list[Outcome] = field(default_factory=list[Outcome])

    def total(self, *, answerable: bool) -> KindScore:
        rows = [k for k in self.kinds if k.answerable == answerable]
        sums = (sum(getattr(k, name) for k in rows) for name in ("asked", "right", "refused", "wrong", "by_extraction"))
        return KindScore("all answerable" if answerable else "all unanswerable", answerable, *sums)


def evaluate_chat(candidates: int = 40, seed: int = HELD_OUT_SEED, count: int = 240) -> ChatScore:
    """Simulate CVs, read them as the pipeline does, ask.

    Args:
        candidates: CVs that are simulated, as text: this measures the chat, not the reading of PDFs.
        seed: of the simulation and of the choice of questions.
        count: questions.
    """
    from producers.simulate import simulate
    from talentflow.direct import document_row, process
    from talentflow.engines import open_engine
    from talentflow.eventlog.messages import RawDocument
    from talentflow.ids import content_hash
    from talentflow.settings import Settings

    made = list(simulate(candidates, seed, format="text", cv_share=1.0, defect_rate=0.0))
    raw = [RawDocument("simulation", d.name, content_hash(d.content), d.media_type, "cv", d.content) for d in made]
    with open_engine(Settings(workers=1)) as engine:
        read = list(process([document_row(d) for d in raw], engine, kind="cv"))
    pairs = [(d.truth["candidate"], p) for d, p in zip(made, read, strict=True) if p.candidate is not None]
    chosen = [Chosen(f"Candidate {n}", p.candidate, p.redacted_text or "") for n, (_, p) in enumerate(pairs, 1) if p.candidate]
    truths = [of_truth(truth, c.text) for (truth, _), c in zip(pairs, chosen, strict=True)]
    return score(chosen, questions(truths, [of_record(c.record, c.text) for c in chosen], seed, count))


def score(chosen: Sequence[Chosen], asked: Sequence[Question]) -> ChatScore:
    """Ask all, one after the other, each in a conversation of its own."""
    outcomes: list[Outcome] = []
    answerable: dict[str, bool] = {}
    unsupported: list[str] = []
    statements = 0
    whole: list[float] = []
    first: list[float] = []
    for question in asked:
        found, took, until_first = _ask(chosen, question)
        whole.append(took)
        first.append(until_first)
        outcomes.append(_outcome(question, found, chosen))
        answerable[question.kind] = not question.refused
        statements += len(found.statements)
        faults = (_fault(s, question, found, chosen) for s in found.statements)
        unsupported += [f"{question.text} | {s.text[:160]} | {f}" for s, f in zip(found.statements, faults, strict=True) if f]
    kinds = [_of_kind(kind, answerable[kind], [o for o in outcomes if o.kind == kind]) for kind in answerable]
    kinds.sort(key=lambda k: (not k.answerable, k.kind))
    seconds = {"cold": whole[0], "cold first statement": first[0]}
    for name, values in (("whole", whole[1:]), ("first statement", first[1:])):
        cuts = quantiles(values, n=20) if len(values) > 1 else values * 19
        seconds |= {f"{name} p50": cuts[9], f"{name} p95": cuts[18]} if cuts else {}
    return ChatScore(
        len(chosen), kinds, statements, unsupported, {name: round(value, 4) for name, value in seconds.items()}, outcomes
    )


def _ask(chosen: Sequence[Chosen], question: Question) -> tuple[Answer, float, float]:
    conversation = Conversation(tuple(c.record.candidate_id for c in chosen))
    took = first = 0.0
    for text in [*([question.after] if question.after else []), question.text]:
        started, first = time.perf_counter(), 0.0
        said: list[Statement | Answer] = []
        for piece in answer(conversation, text, chosen, Tools()):
            first = first or time.perf_counter() - started
            said.append(piece)
        took = time.perf_counter() - started
        assert isinstance(said[-1], Answer)
        conversation = Conversation(conversation.candidate_ids, (*conversation.turns, Turn(text, said[-1])))
    return conversation.turns[-1].answer, took, first or took


def _outcome(question: Question, found: Answer, chosen: Sequence[Chosen]) -> Outcome:
    if question.refused:
        outcome = "right" if found.refused else "wrong"
    else:
        outcome = "refused" if found.refused else "right" if _is_right(question, found, chosen) else "wrong"
    blame = None
    if outcome != "right":
        record = question.by_record
        has_it = record is None or (question.of <= record.of <= question.also and record.says == question.says)
        blame = "chat" if has_it else "extraction"
    expected = (
        "a refusal" if question.refused else f"{sorted(question.of)} {' '.join('/'.join(s) for s in question.says)}".strip()
    )
    return Outcome(question.kind, question.text, question.after, expected, found.answer, outcome, blame)


def _is_right(question: Question, found: Answer, chosen: Sequence[Chosen]) -> bool:
    numbers = {c.record.candidate_id: n for n, c in enumerate(chosen, 1)}
    head = found.statements[0]
    folded = fold(found.answer)
    if not all(any(fold(word) in folded for word in group) for group in question.says):
        return False
    counted = re.match(r"(\d+) (?:of|cvs? sur|candidats? sur)", fold(head.text))
    if question.lack:
        return {int(n) for n in _NAMED.findall(fold(head.text))} == set(question.of)
    about = head.citations if question.kind == "most" else found.citations
    cited = {numbers[c.candidate_id] for c in about}
    if counted and int(counted[1]) > LISTED:
        return cited <= question.also and len(question.of) <= int(counted[1]) <= len(question.also)
    return question.of <= cited <= question.also


def _fault(statement: Statement, question: Question, found: Answer, chosen: Sequence[Chosen]) -> str | None:
    texts = {c.record.candidate_id: c.text for c in chosen}
    if any(c.text != texts[c.candidate_id][c.start : c.end] or not c.text.strip(" █\n") for c in statement.citations):
        return "a citation is not the text at its place"
    if not statement.citations:
        return None if found.refused or _ABSENT.search(fold(statement.text)) else "no citation"
    flat = {" ".join(texts[c.candidate_id].split()) for c in statement.citations}
    for quote in _QUOTE.findall(statement.text):
        if not any(" ".join((quote[0] or quote[1]).split()) in text for text in flat):
            return "a quote is not in the CV"
    lines = " ".join(_line(texts[c.candidate_id], c.start, c.end) for c in statement.citations)
    said = _QUOTE.sub("", statement.text)
    if years := [year for year in _YEAR.findall(said) if year not in lines and year[2:] not in lines]:
        return f"{years[0]} is in no line that is cited"
    if question.kind.startswith(("who", "count", "follow-up")) and not question.lack and "No CV says all" not in found.answer:
        numbers = {c.record.candidate_id: n for n, c in enumerate(chosen, 1)}
        over = {numbers[c.candidate_id] for c in statement.citations} - question.also
        if over and "Aucun CV ne dit tout" not in found.answer:
            return f"the truth and the text of {sorted(over)} do not say it"
    return None


def _line(text: str, start: int, end: int) -> str:
    low, high = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    return text[low : high if high >= 0 else len(text)]


def _of_kind(kind: str, answerable: bool, outcomes: Sequence[Outcome]) -> KindScore:
    def count(outcome: str) -> int:
        return sum(o.outcome == outcome for o in outcomes)

    blamed = sum(o.blame == "extraction" for o in outcomes)
    return KindScore(kind, answerable, len(outcomes), count("right"), count("refused"), count("wrong"), blamed)
