"""Look at dead letters, and send them again."""

from __future__ import annotations

import base64
import json as json_
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from pydantic import BaseModel, ValidationError

from talentflow.cli.terminal import out, print_json
from talentflow.errors import BadInput
from talentflow.settings import load_settings

if TYPE_CHECKING:
    from talentflow.eventlog.dead_letters import DeadLetter

Flag = Annotated[bool, Parameter(negative=())]


def dead_letters(*, replay: Flag = False, mended: Path | None = None, json: Flag = False) -> None:
    """Messages that a producer sent and that do not fit their topic's schema: each with the reason.

    To mend some by hand: `talentflow dead-letters --json > letters.json`, correct each `value` there, then
    `talentflow dead-letters --mended letters.json`. Exit code 1 when some that were to be sent still do not fit.

    Parameters
    ----------
    replay
        Send again those that fit by now: after a change of the schema.
    mended
        Send again those that fit with the values of this file, which is JSON as `--json` prints it.
    json
        Print them, or what was sent, as JSON.
    """
    from talentflow.eventlog import dead_letters as letters
    from talentflow.eventlog import open_eventlog
    from talentflow.eventlog.messages import TOPICS

    values = _values(mended) if mended else {}
    log = open_eventlog(load_settings())
    try:
        if replay or mended:
            done = {topic: letters.send_again(log, topic, values.get(topic)) for topic in TOPICS}
            _show_sent({t: (d.sent, d.unusable) for t, d in done.items()}, json=json)
        elif json:
            print_json({"dead_letters": [_told(found) for topic in TOPICS for found in letters.dead_letters(log, topic)]})
        else:
            _show([found for topic in TOPICS for found in letters.dead_letters(log, topic)])
    finally:
        log.close()


def _show(found: list[DeadLetter]) -> None:
    for one in found:
        out.print(
            f"{one.topic} {one.place} {one.at} {_shown(one.message.key)}: {_shown(one.error)}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if found:
        out.print("Send them again: talentflow dead-letters --replay, or --mended FILE", highlight=False)
    else:
        out.print("No dead letter")


def _show_sent(done: dict[str, tuple[int, int]], *, json: bool) -> None:
    if json:
        print_json({topic: {"sent": sent, "unusable": unusable} for topic, (sent, unusable) in done.items()})
    else:
        for topic, (sent, unusable) in done.items():
            out.print(f"{topic}: {sent} sent again, {unusable} still do not fit", highlight=False)
    if any(unusable for _, unusable in done.values()):
        sys.exit(1)


def _told(one: DeadLetter) -> dict[str, Any]:
    try:
        value = {"value": one.message.value.decode()}
    except UnicodeDecodeError:
        value = {"value_base64": base64.b64encode(one.message.value).decode()}
    known = {"topic": one.topic, "place": one.place, "error": _shown(one.error), "at": one.at, "schema_id": one.schema_id}
    headers = {_shown(name): _shown(said) for name, said in one.message.headers.items()}
    return known | {"key": _shown(one.message.key), "headers": headers} | value


def _shown(text: str) -> str:
    """Text with what cannot be written as UTF-8 escaped: keys and headers may be any bytes."""
    return text.encode("utf-8", "backslashreplace").decode()


class _Mended(BaseModel):
    topic: str
    place: str
    value: str | None = None


class _File(BaseModel):
    dead_letters: list[_Mended]


def _values(path: Path) -> dict[str, dict[str, bytes]]:
    """Topic → place → the value to send. Raises BadInput."""
    try:
        said = _File.model_validate(json_.loads(path.read_bytes()))
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}): name a file that `dead-letters --json` has written") from error
    except (ValueError, ValidationError) as error:
        why = " ".join(str(error).split())[:200]
        raise BadInput(f"{path} is not what `dead-letters --json` writes ({why}): correct it") from error
    values: dict[str, dict[str, bytes]] = {}
    for one in said.dead_letters:
        if one.value is not None:
            values.setdefault(one.topic, {})[one.place] = one.value.encode()
    return values
