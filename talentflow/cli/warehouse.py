"""Commands of the warehouse: its credentials in a Prefect block."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from talentflow.cli.terminal import out, print_json
from talentflow.settings import load_settings

Flag = Annotated[bool, Parameter(negative=())]


def block(name: str, *, json: Flag = False) -> None:
    """Keep the settings' credentials of Snowflake in a Prefect block: runs with TALENTFLOW_SNOWFLAKE_BLOCK=NAME take them there.

    The Prefect server is that of PREFECT_API_URL, of `talentflow services`, or the one that this home's runs use. Snowflake is
    not asked. A block of this name is replaced.

    Parameters
    ----------
    name
        Small letters, digits and dashes.
    json
        Print the block's name as JSON.
    """
    from flows.server import use_server

    settings = load_settings()
    server = use_server(settings)
    from flows.blocks import save_block

    made = save_block(settings, name)
    if json:
        print_json({"block": made, "server": server})
        return
    out.print(
        f"{made} is kept by {server}: set TALENTFLOW_SNOWFLAKE_BLOCK={name} where runs are", highlight=False, soft_wrap=True
    )
