"""Lands interactions in this process and kills it, as kill -9 does, at a chosen write.

python -m tests.interactions.land_until HOME TABLE before|after
"""

from __future__ import annotations

import sys
from pathlib import Path

from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.interactions import land_interactions
from talentflow.lakehouse.deltalake import DeltaLakehouse
from tests.faults.stages_until import Dying

if __name__ == "__main__":
    home, table, moment = sys.argv[1:]
    log = SqliteEventLog(Path(home) / "eventlog.sqlite")
    dying = Dying(DeltaLakehouse(Path(home) / "lake"), table, moment, 1)
    land_interactions(log, dying, run_id="killed", batch_events=10)
