"""The page as text: sections and figures put into their template, and sealed with hashes."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report import data_state, rates, sections
from pipeline.report.attribution import attribution
from pipeline.report.changes import what_changed
from pipeline.report.contents import Language, ReportData
from pipeline.report.first_contact import first_contact
from pipeline.report.flow_picture import draw_flow
from pipeline.report.journey_map import journey_maps
from pipeline.report.notation import Notation
from pipeline.report.pace import pace
from pipeline.report.palette import as_css
from pipeline.report.path_links import path_links
from pipeline.report.path_picture import draw_paths
from pipeline.report.paths import path_table
from pipeline.report.retention import retention
from pipeline.report.sankey import plotly_script, unwanted_sheet_id
from pipeline.report.texts import Texts

_TEMPLATES = Path(__file__).parent / "templates"
_STYLES = ("page", "drop_off", "attribution", "journey_map")


def render_page(data: ReportData, *, language: Language) -> str:
    """Write the whole page, self-contained: it opens offline and asks nothing of anyone."""
    texts = Texts(language)
    notation = Notation(language, data.time_zone, data.currency)
    drawings = _drawings(data, texts, notation)
    style = as_css() + "".join(
        (_TEMPLATES / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES
    )
    drawing = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    scripts = [plotly_script(), drawing] if drawings else []
    template = _environment().get_template("page.html.j2")
    return template.render(
        language=language,
        data=data,
        say=texts.say,
        write=notation,
        summary=data.journeys.row(0, named=True),
        drawings=drawings,
        unwanted_sheet_id=unwanted_sheet_id() if drawings else None,
        state=data_state.data_state(data, texts, notation),
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        policy=_policy(style, scripts),
        **_sections(data, texts, notation),
    )


def _drawings(data: ReportData, texts: Texts, notation: Notation) -> dict[str, Any]:
    """Draw each picture that has a ribbon, under the id of its place in the page."""
    flow, paths = sections.links_of(data.stage_flow), path_links(data.path_flow)
    drawings = {}
    if flow:
        drawings["flow-picture"] = draw_flow(flow, texts, notation)
    if paths:
        drawings["paths-picture"] = draw_paths(paths, texts, notation)
    return drawings


def _sections(data: ReportData, texts: Texts, notation: Notation) -> dict[str, Any]:
    channels, all_channels = rates.channel_rates(data, texts, notation)
    return {
        "headline": sections.headline(data, texts, notation),
        "selected": sections.selected(data, texts, notation),
        "key_figures": sections.key_figures(data, texts, notation),
        "totals": sections.state_totals(data, texts, notation),
        "funnel": sections.funnel_rows(data, texts, notation),
        "stages": rates.stage_rates(data, texts, notation),
        "channels": channels,
        "all_channels": notation.number(all_channels),
        "has_more_channels": all_channels > len(channels),
        "months": rates.month_rates(data, texts, notation),
        "changes": what_changed(data.drop_off, texts, notation),
        "pace": pace(data.time_to_next_stage, texts, notation),
        "credits": attribution(data, texts, notation),
        "paths": path_table(data.paths, texts, notation),
        "maps": journey_maps(data, texts, notation),
        "contact": first_contact(data.first_contact, texts, notation),
        "again": retention(data, texts, notation),
    }


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy(style: str, scripts: list[str]) -> str:
    """Allow this page's own style and scripts by their hashes, and nothing else at all."""
    allowed = " ".join(_hash(script) for script in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
