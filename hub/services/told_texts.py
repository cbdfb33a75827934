"""Texts that people write for the hub to send (acknowledgements, waits, absences): one small part
of Jinja2, checked when they are saved and filled in when they are told.

Allowed are names, a dozen filters and `if`; no loops, no calls, no sums. The library is loaded by
the first text that has a brace in it. Called by queues, inboxes and automatic answers.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from hub.errors import BadInput

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

#: What any automatic text may name, and what those may that are told in a line.
NAMES = frozenset({"contact.name", "agent.name", "queue.name", "inbox.name", "workspace.name"})
LINE_NAMES = NAMES | {"place", "wait"}
FILTERS = frozenset(
    {
        "capitalize", "default", "first", "int", "last", "length", "lower", "round",
        "string", "title", "trim", "truncate", "upper",
    }
)  # fmt: skip
#: Longest text that is sent.
MAX_CHARS = 4000
_NODES = frozenset(
    {
        "Template", "Output", "TemplateData", "Name", "Getattr", "Filter", "If", "Compare",
        "Operand", "And", "Or", "Not", "Const", "CondExpr", "Keyword",
    }
)  # fmt: skip


async def check_text(text: str, names: Collection[str], field: str) -> None:
    """Raise `BadInput` when `text` could not be filled in, or names what it may not."""
    if "{" in text:
        await asyncio.to_thread(_check, text, names, field)


async def fill_text(text: str, values: Mapping[str, object]) -> str:
    """`text` with its names filled in; `values` has dotted names. A text that cannot be filled in
    any more is "": nothing is told rather than a half.
    """
    if "{" not in text:
        return text
    return await asyncio.to_thread(_fill, text, values)


def _check(text: str, names: Collection[str], field: str) -> None:
    from jinja2 import TemplateError, nodes

    try:
        tree = _environment().parse(text)
    except (TemplateError, RecursionError) as fault:
        raise BadInput(f"This text cannot be read: {fault}"[:300], field, "template") from None
    for node in tree.find_all(nodes.Node):
        kind = type(node).__name__
        if kind not in _NODES:
            raise BadInput("Only names, filters and if are allowed.", field, "template_kind")
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise BadInput(f"There is no filter {node.name[:40]}.", field, "template_filter")
    strange = sorted(_named(tree) - set(names))
    if strange:
        known = ", ".join(sorted(names))
        told = f"{strange[0][:60]} cannot be filled in here; choose among {known}."
        raise BadInput(told, field, "template_name")


def _named(tree: nodes.Template) -> set[str]:
    """Every name with its dots. A name that only begins a longer one is not one of its own."""
    from jinja2 import nodes

    found = {_dotted(node) for node in tree.find_all(nodes.Getattr)}
    begun = {id(_root(node)) for node in tree.find_all(nodes.Getattr)}
    alone = {node.name for node in tree.find_all(nodes.Name) if id(node) not in begun}
    return found | alone


def _dotted(node: nodes.Node) -> str:
    from jinja2 import nodes

    if isinstance(node, nodes.Getattr):
        return f"{_dotted(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "?"


def _root(node: nodes.Node) -> nodes.Node:
    from jinja2 import nodes

    return _root(node.node) if isinstance(node, nodes.Getattr) else node


def _fill(text: str, values: Mapping[str, object]) -> str:
    from jinja2 import TemplateError

    try:
        template = _environment().from_string(text)
        return template.render(_nested(values))[:MAX_CHARS]
    except (TemplateError, RecursionError, ArithmeticError, TypeError, ValueError):
        return ""


def _nested(values: Mapping[str, object]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in values.items():
        head, _, tail = name.partition(".")
        if tail:
            tree.setdefault(head, {})[tail] = value
        else:
            tree[name] = value
    return tree


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(autoescape=False)
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.globals = {}
    made.tests = {}
    return made
