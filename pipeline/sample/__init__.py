"""An invented shop: a year of a florist's logs in vendors' own formats, with the truth beside."""

from pipeline.sample.shop import Shop, Truth, invent_shop, iter_shop, iter_touches
from pipeline.sample.write import SampleSummary, write_sample

__all__ = [
    "SampleSummary",
    "Shop",
    "Truth",
    "invent_shop",
    "iter_shop",
    "iter_touches",
    "write_sample",
]
