"""The composition root: what each command of the CLI does. The only package that may import every
layer.
"""

from hub.app.commands import backup, init, migrate, replay, restore
from hub.app.server import serve

__all__ = ["backup", "init", "migrate", "replay", "restore", "serve"]
