"""The report: one page that opens offline, made of the frames of a published warehouse."""

from pipeline.report.contents import Language, ReportData
from pipeline.report.page import render_page
from pipeline.report.small_cells import fold_small_cells, fold_traffics, folded_segments

__all__ = [
    "Language",
    "ReportData",
    "fold_small_cells",
    "fold_traffics",
    "folded_segments",
    "render_page",
]
