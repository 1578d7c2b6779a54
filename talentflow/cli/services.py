"""Commands that start and end the full profile's servers on this machine."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from talentflow.cli.terminal import out, print_json, progress
from talentflow.settings import load_settings

Flag = Annotated[bool, Parameter(negative=())]


def up(*names: str, json: Flag = False) -> None:
    """Start servers and keep their addresses where the settings find them; what runs already is left alone.

    Parameters
    ----------
    names
        kafka, registry, redis, postgres, prefect; all of them when none is named.
    json
        Print what runs, with addresses, as JSON. Passwords are only in the service's file, `<home>/services/NAME.json`.
    """
    from talentflow import services

    with progress(quiet=json):
        told = services.up(load_settings(), names)
    _told(told, json=json)


def down(*names: str, json: Flag = False) -> None:
    """End servers that `up` started; their data stays in the home folder.

    Parameters
    ----------
    names
        All of them when none is named.
    json
        Print what is left as JSON.
    """
    from talentflow import services

    with progress(quiet=json):
        told = services.down(load_settings(), names)
    _told(told, json=json)


def status(*names: str, json: Flag = False) -> None:
    """Which servers run, and where they answer.

    Parameters
    ----------
    names
        All of them when none is named.
    json
        Print it as JSON.
    """
    from talentflow import services

    _told(services.status(load_settings(), names), json=json)


def _told(services: list[dict[str, Any]], *, json: bool) -> None:
    if json:
        print_json({"services": services})
        return
    for service in services:
        where = service["address"] if service["up"] else "down"
        out.print(f"{service['name']:<10} {where}", highlight=False)
