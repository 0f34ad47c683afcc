"""The report: one page that opens offline, made of the frames of a published warehouse."""

from pipeline.report.contents import Language, ReportData
from pipeline.report.page import render_page

__all__ = ["Language", "ReportData", "render_page"]
