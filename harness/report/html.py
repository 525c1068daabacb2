"""The page: one offline file that shows a verdict, its criteria and the pairs behind them.

What a model wrote never becomes markup. Tables are filled by Jinja with autoescape; pairs travel as
JSON in an inert element and ``report.js`` shows them with ``textContent``; a content security
policy that names the digests of our one style and one script stops everything else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.report.escape import island, visible_tree
from harness.report.pairs import choose, evidence, left_out
from harness.report.summary import Record
from harness.report.tables import figures, overview, provenance, scores

_HERE = Path(__file__).parent


def render_html(verdict: Record, pairs: Sequence[Record], *, max_pairs: int = 500) -> str:
    """Return the report as one HTML file without any reference to the outside.

    Args:
        verdict: the contents of ``verdict.json``.
        pairs: every compared pair; counts are taken over all of them.
        max_pairs: most pairs that go into the page, the urgent ones first; see ``choose``.
    """
    clean: Record = visible_tree(verdict)
    chosen = choose(pairs, str(clean.get("run", "")), max_pairs)
    style, script = _asset("report.css"), _asset("report.js")
    view = {
        **overview(clean, pairs),
        "scores": scores(clean, pairs),
        "forgetting": figures(clean, "forgetting"),
        "manner": figures(clean, "manner"),
        "effect": figures(clean, "effect"),
        "floor": figures(clean, "floor"),
        "provenance": provenance(clean),
        "left_out": left_out(pairs, chosen),
        "island": Markup(island({"pairs": chosen, "evidence": evidence(clean)})),
        "style": Markup(style),
        "script": Markup(script),
        "policy": _policy(style, script),
    }
    return _environment().get_template("report.html.jinja").render(view)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _asset(name: str) -> str:
    """Read our own style or script, with the newlines that a browser will hash."""
    return (_HERE / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
