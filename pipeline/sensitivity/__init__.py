"""How far figures hang on the settings: nights never published, each with one setting changed."""

from pipeline.sensitivity.nights import try_settings
from pipeline.sensitivity.results import as_text, draw_sensitivity

__all__ = ["as_text", "draw_sensitivity", "try_settings"]
