"""Drift: what is new in a table, measured run by run, against what the last runs brought.

Each run keeps a profile in `ops.profiles`: of the rows that the gate checked, and of each mart as it was built. A shift is told
when three things hold, so that neither chance nor size alone makes an alarm:

- *it is not chance*: for shares of nulls a two-proportion z-test, for shares of categories a chi-square test of homogeneity, for
  means Welch's test, each at `ALPHA` divided by the measures compared in the run (Bonferroni);
- *it matters*: a share of nulls moved by `NULLS_BY`, a population stability index (PSI) of `PSI` (0.1 is commonly called small
  and 0.25 large), a mean moved by `MEANS_BY` standard deviations (Cohen's d) and by a tenth of itself;
- *it is new*: the value lies outside of what the last runs had among themselves, of which there are `RUNS` at most.

Less than `LEAST_ROWS` rows on either side say nothing.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pyarrow as pa
from pyarrow.compute import call_function

from talentflow.lakehouse import Lakehouse
from talentflow.suites import Suite
from talentflow.tables import PROFILES

ALPHA = 1e-3
NULLS_BY = 0.1
PSI = 0.2
MEANS_BY = 0.5
ROWS_LOST = 0.2
"""Share of a mart's rows that may go from one run to the next."""
LEAST_ROWS = 50
RUNS = 20
"""Runs that a run is compared with."""
KEPT = 60
"""Runs whose profiles are kept."""
OTHER = "(others)"
CATEGORIES = 50
"""Values of a column that a profile counts apart; the rest is `OTHER`."""

Level = Literal["warning", "critical"]


@dataclass(frozen=True)
class Alert:
    """Something that somebody should look at; it stops nothing."""

    kind: Literal["rows", "nulls", "categories", "means", "silent", "volume"]
    of: str
    """A table, `layer.name`, or a source."""
    column: str | None
    message: str
    level: Level = "warning"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class _Numbers:
    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        return max(0.0, self.squares / self.count - self.mean**2) if self.count else 0.0


@dataclass
class Profile:
    """Measures of some rows of one table; pieces are added one by one."""

    table: str
    rows: int = 0
    nulls: dict[str, int] = field(default_factory=dict[str, int])
    categories: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    numbers: dict[str, _Numbers] = field(default_factory=dict[str, _Numbers])

    def add(self, suite: Suite, rows: pa.Table) -> None:
        """Measure flat rows by what the suite watches."""
        self.rows += rows.num_rows
        for name in suite.nulls:
            self.nulls[name] = self.nulls.get(name, 0) + rows[name].null_count
        for name in suite.categories:
            values = rows[name].cast(pa.string()).drop_null()
            counts = call_function("value_counts", [values]).to_pylist()
            self.categories.setdefault(name, Counter()).update({c["values"]: c["counts"] for c in counts})
        for name in suite.means:
            values = rows[name].cast(pa.float64()).drop_null()
            said = self.numbers.setdefault(name, _Numbers())
            said.count += len(values)
            said.total += call_function("sum", [values]).as_py() or 0.0
            said.squares += call_function("sum", [call_function("multiply", [values, values])]).as_py() or 0.0

    def as_rows(self, run_id: str) -> list[dict[str, Any]]:
        """Rows of `ops.profiles`."""
        common = {"run_id": run_id, "table_id": self.table}
        said: list[tuple[str, str, str, float, int]] = [("", "rows", "", float(self.rows), self.rows)]
        said += [(name, "nulls", "", float(n), self.rows) for name, n in self.nulls.items()]
        for name, counts in self.categories.items():
            said += [(name, "category", value, float(n), counts.total()) for value, n in _most(counts).items()]
        for name, n in self.numbers.items():
            said += [(name, "sum", "", n.total, n.count), (name, "squares", "", n.squares, n.count)]
        names = ("column_name", "measure", "category", "value", "rows")
        return [common | dict(zip(names, row, strict=True)) for row in said]


def profiles_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Profile]]:
    """run_id → table → its profile, from rows of `ops.profiles`."""
    found: defaultdict[str, dict[str, Profile]] = defaultdict(dict)
    for row in rows:
        profile = found[row["run_id"]].setdefault(row["table_id"], Profile(row["table_id"]))
        column, value = row["column_name"], row["value"]
        match row["measure"]:
            case "rows":
                profile.rows = int(value)
            case "nulls":
                profile.nulls[column] = int(value)
            case "category":
                profile.categories.setdefault(column, Counter())[row["category"]] = int(value)
            case measure:
                numbers = profile.numbers.setdefault(column, _Numbers())
                numbers.count = row["rows"]
                setattr(numbers, "total" if measure == "sum" else "squares", value)
    return dict(found)


def note_profiles(lakehouse: Lakehouse, profiles: Iterable[Profile], *, run_id: str) -> tuple[list[Alert], int]:
    """Keep this run's profiles and compare them with the last runs'.

    Returns:
        What drifted, and the rows written. A run without rows keeps and says nothing.
    """
    now = [p for p in profiles if p.rows]
    if not now:
        return [], 0
    past = profiles_of(lakehouse.read(PROFILES).to_pylist())
    past.pop(run_id, None)
    alerts = compare(now, [past[r] for r in sorted(past, reverse=True)])
    rows = [row for p in now for row in p.as_rows(run_id)]
    written = lakehouse.upsert(PROFILES, pa.Table.from_pylist(rows, schema=PROFILES.schema))
    if forgotten := sorted(past, reverse=True)[KEPT:]:
        written += lakehouse.delete(PROFILES, "run_id", forgotten)
    return alerts, written


def compare(now: Iterable[Profile], past: list[dict[str, Profile]]) -> list[Alert]:
    """What drifted against the last runs, the newest of which comes first."""
    pairs = [(p, earlier[:RUNS]) for p in now if (earlier := [run[p.table] for run in past if p.table in run])]
    compared = sum(len(p.nulls) + len(p.categories) + len(p.numbers) for p, _ in pairs)
    alpha = ALPHA / max(compared, 1)
    alerts: list[Alert] = []
    for profile, earlier in pairs:
        alerts += _rows_lost(profile, earlier[0])
        alerts += [a for name in profile.nulls if (a := _nulls(name, profile, earlier, alpha))]
        alerts += [a for name in profile.categories if (a := _categories(name, profile, earlier, alpha))]
        alerts += [a for name in profile.numbers if (a := _means(name, profile, earlier, alpha))]
    return alerts


def _rows_lost(profile: Profile, last: Profile) -> list[Alert]:
    """Of marts alone: other profiles are of what is new."""
    if not profile.table.startswith("marts.") or last.rows < LEAST_ROWS or profile.rows >= last.rows * (1 - ROWS_LOST):
        return []
    said = f"{profile.table} has {profile.rows:,} rows, the run before had {last.rows:,}"
    return [Alert("rows", profile.table, None, said)]


def _nulls(name: str, profile: Profile, earlier: list[Profile], alpha: float) -> Alert | None:
    earlier = [e for e in earlier if name in e.nulls and e.rows]
    n, m = profile.rows, sum(e.rows for e in earlier)
    if min(n, m) < LEAST_ROWS:
        return None
    a, b = profile.nulls[name] / n, sum(e.nulls[name] for e in earlier) / m
    together = (a * n + b * m) / (n + m)
    error = math.sqrt(together * (1 - together) * (1 / n + 1 / m))
    shares = [e.nulls[name] / e.rows for e in earlier if e.rows >= LEAST_ROWS]
    if abs(a - b) < NULLS_BY or not error or _two_sided(abs(a - b) / error) > alpha or _is_usual(a, shares):
        return None
    said = f"{a:.0%} of {n:,} rows of {profile.table} have no {name}, in the last runs {b:.0%} of {m:,}"
    return Alert("nulls", profile.table, name, said)


def _categories(name: str, profile: Profile, earlier: list[Profile], alpha: float) -> Alert | None:
    here, *before = _alike([_most(profile.categories[name]), *(e.categories[name] for e in earlier if name in e.categories)])
    there: Counter[str] = Counter()
    for counts in before:
        there.update(counts)
    n, m = here.total(), there.total()
    if min(n, m) < LEAST_ROWS:
        return None
    values = sorted(here | there)
    psi = _psi(here, there)
    if psi < PSI or _chi_square(here, there, values) > alpha:
        return None
    # each run against the others: what the mix of sources does to them is no news
    usual = [_psi(c, there - c) for c in before if c.total() >= LEAST_ROWS and (there - c).total() >= LEAST_ROWS]
    if len(usual) >= 3 and psi <= max(usual):
        return None
    moved = sorted(values, key=lambda v: -abs(here[v] / n - there[v] / m))[:3]
    shares = ", ".join(f"{v} {there[v] / m:.0%} → {here[v] / n:.0%}" for v in moved)
    said = f"{name} of {n:,} rows of {profile.table} is not as in the last runs: {shares} (PSI {psi:.2f})"
    return Alert("categories", profile.table, name, said)


def _most(counts: Counter[str]) -> Counter[str]:
    """The most frequent values, and the others together."""
    order = sorted(counts, key=lambda v: (v == OTHER, -counts[v], v))
    return _fold(counts, set(order[:CATEGORIES]))


def _alike(profiles: list[Counter[str]]) -> list[Counter[str]]:
    """Counts of the same values: what one of them has among the others is so in all."""
    partial = [set(counts) for counts in profiles if OTHER in counts]
    named = set.intersection(*partial) if partial else set().union(*profiles)
    return [_fold(counts, named) for counts in profiles]


def _fold(counts: Counter[str], named: set[str]) -> Counter[str]:
    folded: Counter[str] = Counter()
    for value, n in counts.items():
        folded[value if value in named else OTHER] += n
    return folded


def _psi(here: Counter[str], there: Counter[str]) -> float:
    """Population stability index; half a row for what is missing on one side."""
    values = sorted(here | there)
    n, m = here.total() + len(values) / 2, there.total() + len(values) / 2
    shares = [((here[v] + 0.5) / n, (there[v] + 0.5) / m) for v in values]
    return sum((a - b) * math.log(a / b) for a, b in shares)


def _chi_square(here: Counter[str], there: Counter[str], values: list[str]) -> float:
    """p of homogeneity; values expected less than five times are taken together."""
    from scipy.special import chdtrc

    n, m = here.total(), there.total()
    cells: list[tuple[float, float]] = []
    rare = (0.0, 0.0)
    for v in values:
        pair = (float(here[v]), float(there[v]))
        if (here[v] + there[v]) * min(n, m) / (n + m) < 5:
            rare = (rare[0] + pair[0], rare[1] + pair[1])
        else:
            cells.append(pair)
    if sum(rare):
        cells.append(rare)
    if len(cells) < 2:
        return 1.0
    statistic = 0.0
    for a, b in cells:
        expected = (a + b) / (n + m)
        statistic += (a - n * expected) ** 2 / (n * expected) + (b - m * expected) ** 2 / (m * expected)
    return float(chdtrc(len(cells) - 1, statistic))


def _means(name: str, profile: Profile, earlier: list[Profile], alpha: float) -> Alert | None:
    here = profile.numbers[name]
    before = [e.numbers[name] for e in earlier if name in e.numbers and e.numbers[name].count]
    there = _Numbers(sum(b.count for b in before), sum(b.total for b in before), sum(b.squares for b in before))
    if min(here.count, there.count) < LEAST_ROWS:
        return None
    moved = abs(here.mean - there.mean)
    spread = math.sqrt((here.variance + there.variance) / 2)
    if moved < max(MEANS_BY * spread, abs(there.mean) / 10) or not moved:
        return None
    error = math.sqrt(here.variance / here.count + there.variance / there.count)
    means = [b.mean for b in before if b.count >= LEAST_ROWS]
    if (error and _two_sided(moved / error) > alpha) or _is_usual(here.mean, means):
        return None
    said = f"{name} of {here.count:,} rows of {profile.table} is {here.mean:.3g} on average, in the last runs {there.mean:.3g}"
    return Alert("means", profile.table, name, said)


def _two_sided(z: float) -> float:
    return math.erfc(z / math.sqrt(2))


def _is_usual(value: float, others: list[float]) -> bool:
    """Whether at least three runs had values on both sides of this one."""
    return len(others) >= 3 and min(others) <= value <= max(others)
