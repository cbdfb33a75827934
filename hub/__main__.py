"""The command line: `hub serve | init | check-config | migrate | backup | restore | demo | …`.

Reads arguments and settings and calls hub.app, which is imported only when a command needs it.
Exit status: 0 done, 1 failed (said in one line), 2 wrong arguments or settings.
"""

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from getpass import getpass
from pathlib import Path

from hub import __version__, log, ui_stamp
from hub import config as config_
from hub.config import SETTINGS, Config
from hub.errors import ConfigFault, HubError

Command = Callable[[argparse.Namespace], int]

_NEW_CHANNEL = "Write the folder of a new channel, with tests, into the repository."

_log = log.get("hub")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    args_ = list(sys.argv[1:] if argv is None else argv)
    if args_[:1] == ["bench"]:
        from hub import bench

        return bench.main(args_[1:])
    args = _parser().parse_args(args_)
    log.setup(args.log_level.upper())
    command: Command = args.command
    try:
        return command(args)
    except ConfigFault as fault:
        print("These settings cannot work:", *fault.faults, sep="\n  ", file=sys.stderr)
        return 2
    except (HubError, OSError) as fault:
        print(f"hub: {_one_line(fault)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def serve(args: argparse.Namespace) -> int:
    return _serve(args, demo=False)


def demo(args: argparse.Namespace) -> int:
    return _serve(args, demo=True)


def init(args: argparse.Namespace) -> int:
    from hub.app import commands

    return commands.init(_load(args), link=args.link)


def check_config(args: argparse.Namespace) -> int:
    config = _load(args)
    for setting in SETTINGS:
        value = getattr(config, setting.name)
        print(f"{setting.env:<22} {_shown(value, is_secret=setting.is_secret)}")
    return 0


def migrate(args: argparse.Namespace) -> int:
    from hub.app import commands

    return commands.migrate(_load(args))


def backup(args: argparse.Namespace) -> int:
    from hub.app import commands

    passphrase = _passphrase(args, twice=True)
    return commands.backup(_load(args), args.target, fuzzy=args.fuzzy, passphrase=passphrase)


def restore(args: argparse.Namespace) -> int:
    from hub.app import commands

    return commands.restore(_load(args), args.source, passphrase=_passphrase(args, twice=False))


def replay(args: argparse.Namespace) -> int:
    from hub.app import commands

    return commands.replay(_load(args), inbox=args.inbox, since=args.since)


def new_channel(args: argparse.Namespace) -> int:
    from hub.app import scaffold

    for path in scaffold.new_channel(args.name, args.into):
        print(path)
    print(f"Now: make test ARGS='tests/contract/test_channels.py tests/channels/{args.name}'")
    return 0


def _serve(args: argparse.Namespace, *, demo: bool) -> int:
    config = config_.load(os.environ, toml=args.config, demo=demo)
    if ui_stamp.is_stale():
        _log.warning("the built inbox does not fit its sources: run `make ui`")
    from hub.app import server

    return server.serve(config, demo=demo)


def _load(args: argparse.Namespace) -> Config:
    return config_.load(os.environ, toml=args.config, demo=args.demo)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hub", description="Santral, a contact centre.")
    parser.add_argument("--version", action="version", version=f"Santral {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--config", type=Path, metavar="FILE", help="instead of ./hub.toml")
        sub.add_argument("--log-level", default="info", choices=["debug", "info", "warning"])
        if name not in ("serve", "demo"):
            sub.add_argument("--demo", action="store_true", help="work on the demo's data")
        sub.set_defaults(command=command)
        return sub

    add("serve", serve, "Start the hub.")
    add("demo", demo, "Start with sample data and stand-ins of the vendors.")
    add("init", init, "Prepare the store and the first workspace.").add_argument(
        "--link", action="store_true", help="print a new sign-in link for the administrator"
    )
    add("check-config", check_config, "Check the settings and show them without secrets.")
    add("migrate", migrate, "Bring the store to this version.")
    _add_backup_options(add("backup", backup, "Write everything into one file."))
    restoring = add("restore", restore, "Read a backup into an empty store.")
    restoring.add_argument("source", type=Path)
    restoring.add_argument("--passphrase-file", type=Path, metavar="FILE")
    restoring.add_argument("--with-key", action="store_true", help="restore the secret key too")
    again = add("replay", replay, "Hand journal entries to the hub again; repeats change nothing.")
    again.add_argument("--inbox", help="only this inbox")
    again.add_argument("--since", metavar="TIME", help="only from this time on (ISO 8601)")
    _add_new_channel(
        commands.add_parser("new-channel", help=_NEW_CHANNEL, description=_NEW_CHANNEL)
    )
    # Its own arguments are read by hub.bench; listed here for --help.
    commands.add_parser("bench", help="Measure against the bare floor of this machine.")
    return parser


def _add_new_channel(parser: argparse.ArgumentParser) -> None:
    """For developers: it needs neither settings nor a store."""
    parser.add_argument("name", help="such as line or my_fax")
    parser.add_argument("--into", type=Path, default=Path(), metavar="DIR", help="the repository")
    parser.set_defaults(command=new_channel, log_level="info")


def _add_backup_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", type=Path)
    parser.add_argument("--fuzzy", action="store_true", help="MongoDB: do not hold writes")
    parser.add_argument("--with-key", action="store_true", help="the secret key too, encrypted")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE")


def _passphrase(args: argparse.Namespace, *, twice: bool) -> str | None:
    if args.passphrase_file:
        text: str = args.passphrase_file.read_text(encoding="utf-8")
        return text.rstrip("\r\n") or None
    if not args.with_key:
        return None
    passphrase = getpass("Passphrase for the secret key: ")
    if twice and getpass("Again: ") != passphrase:
        raise ConfigFault(["the two passphrases differ"])
    return passphrase


def _one_line(fault: Exception) -> str:
    if isinstance(fault, OSError) and fault.errno == errno.EADDRINUSE:
        return "the port is taken; choose another one, for example HUB_LISTEN=8081"
    return log.clean_text(str(fault)) or type(fault).__name__


def _shown(value: object, *, is_secret: bool) -> str:
    if value is None or value == ():
        return "-"
    if is_secret:
        return "(set)" if not str(value).startswith("sqlite:") else str(value)
    return ", ".join(map(str, value)) if type(value) is tuple else str(value)


if __name__ == "__main__":
    sys.exit(main())
