"""JSON-LD as others read it: PyLD finds it in a page and parses it, schema_org knows the words.

Nothing is fetched: schema.org's context is put together from its vocabulary by the rule that
schema.org has for it, and any other address that a page should ask for is an error.
"""

import json
import re
from collections import defaultdict
from functools import cache

from pyld import jsonld
from schema_org.registry import CLASS_METADATA, DATATYPES, PROPERTY_BY_SCHEMA, ancestry

VOCABULARY = "https://schema.org/"
DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")

COERCED = {"URL": "@id", "Date": "Date", "DateTime": "DateTime"}


@cache
def schema_org_context():
    """Return what strings mean: an address or a date where the property takes no other text."""
    terms = {"@vocab": VOCABULARY}
    for name, meaning in PROPERTY_BY_SCHEMA.items():
        for datatype, coercion in COERCED.items():
            if datatype in meaning.ranges and "Text" not in meaning.ranges:
                terms.setdefault(name, {"@type": coercion})
    return {"@context": terms}


def nodes(html, address):
    """Return the nodes that the page at ``address`` describes: {@id: node}, values as lists.

    Types and properties have their short names. What has no name of its own gets one of its page.
    """
    documents = {
        address: ("text/html", html),
        VOCABULARY.rstrip("/"): ("application/ld+json", schema_org_context()),
    }

    def load(url, options):
        content_type, document = documents[url]
        return {
            "contentType": content_type,
            "contextUrl": None,
            "documentUrl": url,
            "document": document,
        }

    options = {"documentLoader": load, "extractAllScripts": True}
    flat = json.loads(
        json.dumps(jsonld.flatten(address, options=options)).replace('"_:', f'"_:{address} ')
    )
    return {node["@id"]: in_short(node) for node in flat}


def in_short(node):
    kinds = [kind.removeprefix(VOCABULARY) for kind in node.get("@type", [])]
    properties = {name.removeprefix(VOCABULARY): values for name, values in node.items()}
    return properties | {"@type": kinds}


def of_type(found, kind):
    return [node for node in found.values() if kind in node.get("@type", [])]


def merged(graphs):
    """Return one graph of the nodes of several pages."""
    whole = defaultdict(dict)
    for found in graphs:
        for identifier, node in found.items():
            for name, values in node.items():
                if name != "@id":
                    known = whole[identifier].setdefault(name, [])
                    known += [value for value in values if value not in known]
    return dict(whole)


def slips(found, known):
    """Return what the vocabulary has against ``found``; ``known`` has the types of all nodes."""
    wrong = []
    for identifier, node in found.items():
        kinds = [*node.get("@type", [])]
        wrong += [(identifier, kind) for kind in kinds if not in_use(CLASS_METADATA.get(kind))]
        kinds += [parent for kind in kinds for parent in ancestry(kind)]
        for name, values in node.items():
            if name.startswith("@"):
                continue
            if name.endswith(
                "-input"
            ):  # an action's property, annotated (schema.org's actions.html)
                name, values = name.removesuffix("-input"), []
            meaning = PROPERTY_BY_SCHEMA.get(name)
            if not in_use(meaning) or not set(meaning.domains) & set(kinds):
                wrong.append((identifier, name))
            else:
                ranges = set(meaning.ranges)
                wrong += [(identifier, name, v) for v in values if not fits(v, ranges, known)]
    return wrong


def in_use(meaning):
    return meaning is not None and not meaning.superseded_by


def fits(value, ranges, known):
    """Say whether ``value`` is of one of the types that ``ranges`` names."""
    if "@id" in value:
        kinds = known.get(value["@id"], {}).get("@type", [])
        is_address = value["@id"].startswith(("https://", "http://"))
        return bool(ranges & {kind for one in kinds for kind in (one, *ancestry(one))}) or (
            "URL" in ranges and is_address
        )
    literal = value["@value"]
    if value.get("@type") == f"{VOCABULARY}Date":
        return "Date" in ranges and bool(DATE.fullmatch(literal))
    datatype = {str: "Text", int: "Integer", float: "Float", bool: "Boolean"}[type(literal)]
    return bool(ranges & {datatype, *DATATYPES[datatype]})
