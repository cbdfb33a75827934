"""Webhooks until all of them stand on their timelines and can be found, in a store that is full
already.
"""

from __future__ import annotations

from hub.bench import ingest
from hub.bench.report import Result, result
from hub.bench.sample import require_sample
from hub.bench.settings import Settings

#: What this layout on disk can give: ADR 20.
GOAL = 0.10


async def run(settings: Settings) -> list[Result]:
    folder = await require_sample(settings)
    sides = await ingest.measure(settings, str(folder), settings.scale.contacts)
    return [
        result("projected", "messages/s", sides.projected.rates, sides.bare.rates, goal=GOAL),
        result(
            "projected_cpu", "us/message", sides.projected.cpu_us, sides.bare.cpu_us, better="lower"
        ),
    ]
