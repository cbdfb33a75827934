"""The process that looks up public holidays and ends: with arguments `COUNTRY REGION FIRST LAST`
it prints `{date: name}`, with none `{country: [regions]}`, as JSON.

Started by `hub.services.public_holidays` as a script, so that the library and what it loads stay
out of the hub; imports nothing of the hub.
"""

from __future__ import annotations

import json
import sys


def main(arguments: list[str]) -> int:
    import holidays

    found: object
    if not arguments:
        found = holidays.list_supported_countries()
    else:
        country, region, first, last = arguments
        days = holidays.country_holidays(
            country, subdiv=region or None, years=range(int(first), int(last) + 1)
        )
        found = {day.isoformat(): name for day, name in sorted(days.items())}
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
