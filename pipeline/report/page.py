"""The page as text: sections and figures put into their template, and sealed with hashes."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report import data_state, rates, sections
from pipeline.report.contents import Language, ReportData
from pipeline.report.notation import Notation
from pipeline.report.palette import as_css
from pipeline.report.sankey import draw_flow, plotly_script, unwanted_sheet_id
from pipeline.report.texts import Texts

_TEMPLATES = Path(__file__).parent / "templates"


def render_page(data: ReportData, *, language: Language) -> str:
    """Write the whole page, self-contained: it opens offline and asks nothing of anyone."""
    texts = Texts(language)
    notation = Notation(language, data.time_zone, data.currency)
    links = sections.links_of(data.stage_flow)
    style = as_css() + (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    drawing = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    scripts = [plotly_script(), drawing] if links else []
    template = _environment().get_template("page.html.j2")
    return template.render(
        language=language,
        data=data,
        say=texts.say,
        write=notation,
        summary=data.journeys.row(0, named=True),
        flow=draw_flow(links, texts, notation) if links else None,
        unwanted_sheet_id=unwanted_sheet_id() if links else None,
        state=data_state.data_state(data, texts, notation),
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        policy=_policy(style, scripts),
        **_sections(data, texts, notation),
    )


def _sections(data: ReportData, texts: Texts, notation: Notation) -> dict[str, Any]:
    channels, all_channels = rates.channel_rates(data, notation)
    return {
        "headline": sections.headline(data, texts, notation),
        "key_figures": sections.key_figures(data, texts, notation),
        "totals": sections.state_totals(data, texts, notation),
        "funnel": sections.funnel_rows(data, texts, notation),
        "stages": rates.stage_rates(data, texts, notation),
        "channels": channels,
        "all_channels": notation.number(all_channels),
        "has_more_channels": all_channels > len(channels),
        "months": rates.month_rates(data, notation),
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
