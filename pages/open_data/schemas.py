"""What describes the files to programs."""

from functools import cache
from hashlib import sha256

from django.utils.text import slugify

from partners.models import Partnership
from publishing.models import SourceDocument

from .fields import ADDRESS, INTEGER, MOMENT, TEXT
from .files import address_of, as_json, as_of, licence, plain
from .kinds import KINDS


def json_schema():
    """Return the JSON Schema (2020-12) of all JSON files; each names its own part of ``$defs``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address_of("data_schema"),
        "title": "Open data",
        "oneOf": [{"$ref": f"#/$defs/{kind.name}"} for kind in KINDS],
        "$defs": {kind.name: schema_of_file(kind) for kind in KINDS},
    }


def schema_of_file(kind):
    row = schema_of_object({field.name: schema_of_value(field) for field in kind.fields})
    return {
        "title": kind.title,
        "description": kind.description,
        **schema_of_object(
            {
                "$schema": ADDRESS.json,
                "kind": {"const": kind.name},
                "description": TEXT.json,
                "url": ADDRESS.json,
                "as_of": or_null(MOMENT.json) | {"description": "When the content last changed."},
                "licence": or_null(TEXT.json) | {"description": "null: none is stated."},
                "licence_url": or_null(ADDRESS.json),
                "licence_note": TEXT.json,
                "count": INTEGER.json | {"minimum": 0, "description": "How many items there are."},
                "items": {"type": "array", "items": row},
            }
        ),
    }


def schema_of_object(properties):
    """Return the schema of an object that has all these ``properties``, and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def schema_of_value(field):
    schema = {"title": field.type.name, "description": field.description, **field.type.json}
    if field.choices:
        schema["enum"] = list(field.choices)
    return schema if field.required else or_null(schema)


def or_null(schema):
    """Return the schema of a value that may be missing."""
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | choices


def data_package():
    """Return the Data Package (datapackage.org, version 2) of the CSV files."""
    partnership = Partnership.objects.first()
    name = partnership.name if partnership else ""
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": slugify(name) or "open-data",
        "title": f"{name}: open data" if name else "Open data",
        "description": licence()["licence_note"],
        "homepage": address_of("data"),
        "sources": [
            {
                "title": document.title,
                "path": document.address or address_of("source", document.slug),
            }
            for document in SourceDocument.objects.defer("text")
        ],
        "resources": [resource(kind) for kind in KINDS],
    }
    if moment := plain(as_of()):
        package["created"] = moment
    if licences := licences_stated():
        package["licenses"] = licences
    return {key: value for key, value in package.items() if value}


def licences_stated():
    stated = licence()
    if not stated["licence"]:
        return []
    described = {"title": stated["licence"], "path": stated["licence_url"]}
    return [{key: value for key, value in described.items() if value}]


def resource(kind):
    """Return what the Data Package says of the CSV file of ``kind``."""
    return {
        "name": kind.name,
        "type": "table",
        "title": kind.title,
        "description": kind.description,
        "path": address_of("data_csv", kind.name),
        "mediatype": "text/csv",
        "format": "csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [table_field(field) for field in kind.fields],
            "primaryKey": [kind.key],
            "foreignKeys": [
                {
                    "fields": [field.name],
                    "reference": {"resource": field.refers_to, "fields": ["slug"]},
                }
                for field in kind.fields
                if field.refers_to
            ],
            "missingValues": [""],
        },
    }


def table_field(field):
    """Return the Table Schema of one column. An empty list is an empty cell, so none is required."""
    constraints = {}
    if field.required and field.type.json["type"] != "array":
        constraints["required"] = True
    if field.choices:
        constraints["enum"] = list(field.choices)
    described = {"name": field.name, "description": field.description, **field.type.table}
    return described | ({"constraints": constraints} if constraints else {})


@cache
def shape():
    """Return a name of what the files look like: another one as soon as a field is another.

    It is part of their ETag, since a new release may say more of content that has not moved.
    """
    return sha256(as_json(json_schema()).encode()).hexdigest()[:8]
