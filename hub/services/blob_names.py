"""The name of a blob below its root, `<workspace>/<ab>/<rest of the SHA-256>`: the same as a path
on the disk and as a key in a bucket, so that one can be copied to the other. Used by both stores.
"""

from __future__ import annotations

import re

from hub.errors import NotFound

#: Beside the workspaces: what is not a blob (yet).
TEMPORARY = "tmp"
_WORKSPACE = re.compile(r"[a-z0-9_-]{1,40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9_-]{1,40}/([0-9a-f]{2})/([0-9a-f]{62})")


def folder_name(workspace: str) -> str:
    """Raises `NotFound` for what can be no workspace."""
    if not _WORKSPACE.fullmatch(workspace) or workspace == TEMPORARY:
        raise NotFound("there is no such workspace")
    return workspace


def blob_name(workspace: str, sha256: str) -> str:
    """Raises `NotFound` for what can be no blob."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound("there is no such file")
    return f"{folder_name(workspace)}/{sha256[:2]}/{sha256[2:]}"


def sha256_of(name: str) -> str:
    """Of a whole name; "" for what is none."""
    found = _NAME.fullmatch(name)
    return found[1] + found[2] if found else ""
