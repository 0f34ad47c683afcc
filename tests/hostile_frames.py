"""Frames for a page whose names are odd, or would do harm if anything ran them."""

from dataclasses import replace

import polars as pl

from pipeline.report import ReportData
from tests.credit_frames import attribution_frame
from tests.map_frames import map_frames
from tests.pages import HOSTILE, PAYLOADS
from tests.report_frames import report_data, turned, with_rows

# Many channels with names too long for any label, and a hair beside a flood.
LONG = "canal_" + "larguísimo_" * 9
CROWD = [
    (0, "start", "need/web", 1_000_000, 9e11),
    (1, "need/web", "dropped", 999_999, 0.0),
    (1, "need/web", f"research/{LONG}", 1, 9e11),
    (2, f"research/{LONG}", "truncated", 1, 9e11),
    *(
        row
        for number in range(20)
        for row in (
            (0, "start", f"evaluation/{number}{LONG}", 50_000 + number, 5.0),
            (1, f"evaluation/{number}{LONG}", "open", 50_000 + number, 5.0),
        )
    ),
]
HOSTILE_TRAFFICS = HOSTILE[:12]
HOSTILE_SEGMENTS = [HOSTILE[n] for n in (0, 1, 13, 25, 37)]


def hostile_everywhere() -> ReportData:
    """Put every hostile string somewhere, and some of them into every field."""
    lost = [("need", text, 5, 0.0) for text in HOSTILE[: len(PAYLOADS)]]
    flow = [("start", "need", 5 * len(lost), 0.0), *lost]
    steps = [
        row
        for name in HOSTILE[:6]
        for row in (
            (0, "start", f"need/{name}", 100, 1.0),
            (1, f"need/{name}", name.replace("/", ""), 100, 1.0),
        )
    ]
    shop = report_data(
        flow,
        project=" ".join(HOSTILE),
        channels=dict.fromkeys(HOSTILE, 1 / len(HOSTILE)),
        path_flow=[*steps, *CROWD],
    )
    some = HOSTILE[-15:]
    refused = shop.loads.tail(1)
    return ReportData(
        **{
            **vars(shop),
            "silent_sources": HOSTILE,
            "currency": HOSTILE[0],
            "paths": shop.paths.with_columns(path=pl.lit(HOSTILE[3])),
            "rejects": pl.DataFrame({"source": some, "reason": some, "records": [1] * 15}),
            "unmapped": pl.DataFrame(
                {
                    "source": some,
                    "channel": some,
                    "event": some,
                    "touches": [1] * 15,
                    "customers": [1] * 15,
                }
            ),
            "loads": pl.concat(
                [
                    refused.with_columns(source=t, file=t, refused_reason=t, refused_detail=t)
                    for t in map(pl.lit, some)
                ]
                + [
                    shop.loads.head(1).with_columns(source=pl.lit(text), refused_reason=None)
                    for text in some
                ],
                how="vertical_relaxed",
            ),
        }
    )


def hostile_names() -> ReportData:
    """Put hostile names into credit, drop-off and the journey map of a shop that has all stages."""
    shop, names = report_data(), HOSTILE_SEGMENTS
    equal = {"linear": 1 / 20}
    credits = attribution_frame(
        1000,
        5_000_000,
        traffics=dict.fromkeys(HOSTILE_TRAFFICS, equal),
        campaigns={(text, text): equal for text in HOSTILE_TRAFFICS},
        spend=dict.fromkeys(HOSTILE_TRAFFICS, 1e6),
    )
    campaigns = [r for text in HOSTILE for r in turned(9, 80, dimension="campaign", value=text)]
    segments: dict[str | None, float] = dict.fromkeys([*names, "x" * 90], 1 / 6)
    pain = [("research", name, name, "back", 2.0, 1.5, 3.0, "pain point") for name in names[:3]]
    met = {"research": [(name, name, 0.5) for name in names], "need": [("w" * 60, "e" * 90, 0.1)]}
    return replace(
        shop,
        currency=HOSTILE[0],
        attribution=credits,
        drop_off=with_rows(shop.drop_off, *campaigns),
        **map_frames(shop.stage_funnel, 1000, segments=segments, moments=pain, met=met),
    )
