"""`/api/v1/docs`: what the interface offers, written out from its own description for people to read."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

_METHODS = ("get", "post", "put", "patch", "delete")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters, an example of its body, and what it answers."""
    from ligne.site.api import api

    described = api.get_openapi_schema()
    schemas = described["components"]["schemas"]
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in described["paths"].items():
        for method in _METHODS:
            if operation := operations.get(method):
                shown = _shown(method, path, operation, schemas)
                groups.setdefault(shown["tag"], []).append(shown)
    return render(request, "site/api_docs.html", {"info": described["info"], "groups": sorted(groups.items())})


def _shown(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    good = next(code for code in operation["responses"] if str(code).startswith("2"))
    answer = operation["responses"][good].get("content", {}).get("application/json", {}).get("schema")
    return {
        "tag": operation["tags"][0],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation["description"],
        "scope": operation.get("x-scope", ""),
        "parameters": [
            (p["name"], p["in"], p.get("description") or p["schema"].get("description", ""))
            for p in operation.get("parameters", [])
        ],
        "body": _json(body, schemas),
        "status": good,
        "answer": _json(answer, schemas),
        "refusals": [str(code) for code in operation["responses"] if not str(code).startswith("2")],
    }


def _json(schema: dict[str, Any] | None, schemas: dict[str, Any]) -> str:
    return json.dumps(example(schema, schemas), ensure_ascii=False, indent=2) if schema else ""


def example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:  # noqa: PLR0911 - one line per kind of schema
    """A value that fits `schema`: its own example, its default, or one made from its parts."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    for several in ("anyOf", "allOf", "oneOf"):
        if several in schema:
            return example(schema[several][0], schemas)
    if schema.get("type") == "object":
        return {name: example(inner, schemas) for name, inner in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    if schema.get("format") == "date-time":
        return "2026-11-23T10:05:00+01:00"
    return {"string": "", "integer": 1, "number": 1.5, "boolean": True}.get(schema.get("type", ""))
