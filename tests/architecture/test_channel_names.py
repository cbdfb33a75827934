"""The hub and the inbox ask a channel's capabilities; they never ask which channel it is.

Names that are nothing but channels must not occur in the code at all. Those that are also words of
the model (an e-mail address, a text message) may, but a variable called `channel` is compared with
no text whatever.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import source

ALSO_WORDS = {"custom", "email", "sms", "voice", "phone"}
TO_COME = {"telegram", "whatsapp", "messenger", "instagram", "viber", "twilio"}
# Sample data and measurements name the channels that they show.
EXEMPT = ("hub/demo", "hub/bench")
COMPARED_IN_TS = re.compile(
    r"""channel(?:\??\.(?:kind|name|id))?\s*(?:[!=]==?)\s*["'`]|case\s+["'`](?:NAMES)["'`]"""
)


def channel_names() -> set[str]:
    folders = (source.ROOT / "channels").iterdir()
    own = {
        path.name
        for path in folders
        if (path / "__init__.py").exists() and not path.name.startswith("_")
    }
    return own | TO_COME


def plain_names() -> set[str]:
    return channel_names() - ALSO_WORDS


def word(names: set[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(names)), re.IGNORECASE)


def test_the_hub_names_no_channel() -> None:
    files = [
        path for path in source.python_files("hub") if not source.shown(path).startswith(EXEMPT)
    ]
    assert len(files) > 10, "the test looked at nothing"
    found = [
        f"{source.shown(path)}:{line} {text}" for path in files for line, text in in_python(path)
    ]
    assert not found, "\n".join(found)


def test_the_inbox_names_no_channel() -> None:
    files = [path for path in source.typescript_files() if "widget" not in path.parts]
    assert files, "the test looked at nothing"
    found = [
        f"{source.shown(path)}:{line} {text}"
        for path in files
        for line, text in in_typescript(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_the_search_finds_what_it_looks_for() -> None:
    code = 'if inbox.channel == "email":\n    x = "telegram"\ntelegram_token = 1\n'
    assert sorted(line for line, _ in in_tree(ast.parse(code))) == [1, 2, 3]
    assert not list(in_tree(ast.parse('kind = "email"\n"""Unlike telegram."""\n')))
    assert list(in_typescript('if (inbox.channel === "email") {'))
    assert list(in_typescript("const whatsappColour = 1;"))
    assert not list(in_typescript('// Telegram does so\nconst kind = "email";'))


def in_python(path: Path) -> Iterator[tuple[int, str]]:
    yield from sorted(in_tree(source.tree(path)))


def in_tree(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, what) of every channel's name in code; docstrings and comments are free to explain."""
    named = word(plain_names())
    for node in ast.walk(tree):
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if is_docstring(node, tree) else node.value
        elif isinstance(node, ast.Name):
            text = node.id
        elif isinstance(node, ast.Attribute):
            text = node.attr
        elif isinstance(node, ast.Compare) and compares_channel(node):
            yield node.lineno, ast.unparse(node)
        if text and named.search(text):
            yield node.lineno, text[:60]


def is_docstring(constant: ast.Constant, tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Expr) and node.value is constant
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
    )


def compares_channel(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    names_channel = any(
        (isinstance(side, ast.Name) and side.id == "channel")
        or (isinstance(side, ast.Attribute) and side.attr == "channel")
        for side in sides
    )
    texts = (leaf for side in sides for leaf in ast.walk(side) if isinstance(leaf, ast.Constant))
    return names_channel and any(isinstance(leaf.value, str) and leaf.value for leaf in texts)


def in_typescript(text: str) -> Iterator[tuple[int, str]]:
    named = word(plain_names())
    cases = "|".join(sorted(channel_names() - {"custom", "email"}))
    compared = re.compile(COMPARED_IN_TS.pattern.replace("NAMES", cases))
    for number, line in enumerate(text.splitlines(), 1):
        code = re.sub(r"(?:^|\s)(?://|/?\*).*", "", line)
        if named.search(code) or compared.search(code):
            yield number, line.strip()
