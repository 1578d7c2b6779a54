"""What the market asks for and has, from the warehouse's marts."""

from __future__ import annotations

from typing import Any

from talentflow.errors import ServiceUnavailable
from talentflow.settings import Settings
from talentflow.warehouse import open_warehouse

_IS_BUILT = """
select count(*) as n
from information_schema.tables
where lower(table_schema) = 'marts' and lower(table_name) = 'mart_skill_market'
"""
_SKILLS = """
with offers as (select count(distinct offer_id) as n from marts.bridge_offer_skills),
candidates as (select count(distinct candidate_id) as n from marts.bridge_candidate_skills)

select
    m.skill,
    cast(m.offers as double) / greatest(o.n, 1) as asked,
    cast(m.candidates as double) / greatest(c.n, 1) as had
from marts.mart_skill_market as m, offers as o, candidates as c
where m.offers > 0
order by m.offers desc, m.candidates desc, m.skill
limit ?
"""


def skill_market(settings: Settings, most: int = 10) -> list[dict[str, Any]]:
    """The skills that offers ask for most: `skill`, `asked` and `had`, shares of the offers and candidates with any skill.

    None before the marts are first published.
    """
    warehouse = open_warehouse(settings)
    try:
        if not warehouse.query(_IS_BUILT)[0]["n"]:
            return []
        return warehouse.query(_SKILLS, [most])
    except ServiceUnavailable:
        return []
