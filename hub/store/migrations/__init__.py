"""All migrations in order. A new one is a module `m<number>_<what>.py` with a MIGRATION, added to
the tuple below.

Run by `hub.services.migrate`, to which the composition root hands ALL.
"""

from __future__ import annotations

from hub.ports.migrations import Migration
from hub.store.migrations import m0001_first_schema

ALL: tuple[Migration, ...] = (m0001_first_schema.MIGRATION,)
