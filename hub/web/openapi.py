"""The OpenAPI 3.1 document, built from the route table and its structs; `inbox_ui/openapi.json`
must equal it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from hub.web.live_events import LiveFrame
from hub.web.route import PUBLIC, Route
from hub.web.views import Problem

_REF = "#/components/schemas/{name}"


def build_openapi(routes: Sequence[Route], prefix: str, version: str) -> dict[str, Any]:
    """Every path, parameter, body and answer. The live socket's frames stand in
    `components` too.
    """
    shapes = [s for r in routes for s in (r.body, r.query, r.returns) if s is not None]
    schemas, components = msgspec.json.schema_components(
        [*shapes, Problem, LiveFrame], ref_template=_REF
    )
    by_shape = dict(zip(map(repr, shapes), schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route, by_shape, components)
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Santral",
            "version": version,
            "description": "Ids are local to the workspace; times are milliseconds UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {**components, "LiveFrame": schemas[-1]},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "santral"},
                "api_key": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(
    route: Route, by_shape: dict[str, Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "tags": [route.tag],
        "summary": (route.handler.__doc__ or route.handler.__name__).strip().splitlines()[0],
        "x-permission": route.permission,
        "security": [] if route.permission == PUBLIC else [{"session": []}, {"api_key": []}],
        "parameters": [
            *({"name": n, "in": "path", "required": True, "schema": {"type": "string"}}
              for n in re.findall(r"{(\w+)}", route.path)),
            *(_query_parameters(by_shape[repr(route.query)], components) if route.query else []),
        ],
        "responses": {
            "200": _answer(by_shape[repr(route.returns)] if route.returns else None),
            "default": {
                "description": "An error; `code` is stable.",
                "content": {"application/json": {"schema": {"$ref": _REF.format(name="Problem")}}},
            },
        },
    }  # fmt: skip
    if route.body is not None:
        operation["requestBody"] = _json(by_shape[repr(route.body)])
    elif route.is_raw:
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    return operation


def _answer(schema: dict[str, Any] | None) -> dict[str, Any]:
    if schema is None:
        return {"description": "Not JSON: a file, a page or a socket."}
    return {"description": "OK", "content": {"application/json": {"schema": schema}}}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _query_parameters(schema: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    struct = components[schema["$ref"].rsplit("/", 1)[1]]
    required = struct.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in struct["properties"].items()
    ]
