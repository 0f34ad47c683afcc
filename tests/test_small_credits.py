"""Credits of few customers: what is folded, and that no name can be worked out of the others."""

from pathlib import Path
from shutil import copy

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.queries import read_sql, shipped_dir
from pipeline.questions import ask
from pipeline.report.small_cells import _fold_credits
from pipeline.warehouse import reading
from tests.projects import LEAST_TEN, Project, source


@pytest.fixture(name="credited", scope="module")
def _credited(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a shop in which few bought by a campaign of a traffic, and by a traffic."""
    project = Project(tmp_path_factory.mktemp("credited"))
    project.configure(LEAST_TEN, source("web", utm_medium="medium", campaign="campaign"))
    bought = {
        "cpc,spring": 30,
        "cpc,secret": 2,
        "email,june": 12,
        "email,may": 11,
        "email,xmas": 3,
        # What hides the few who came by sms is itself of one campaign.
        "display,banner": 15,
        "sms,tiny": 3,
    }
    ways = [way for way, customers in bought.items() for _ in range(customers)]
    lines = [
        f"{no}{event},2026-01-05T0{hour}:00Z,{event},c{no},{way}"
        for no, way in enumerate(ways)
        for hour, event in ((8, "view_item"), (9, "purchase"))
    ]
    log = "\n".join(["id,time,event,who,medium,campaign", *lines])
    project.write("landing/web/a.csv", log + "\n")
    project.run()
    return project


def test_no_campaign_can_be_worked_out_from_its_traffic_nor_a_traffic_from_its_campaigns(
    credited: Project,
) -> None:
    of_campaigns = "select traffic, campaign, linear from attribution(dimension := 'campaign')"
    traffics = {"paid_search": 32.0, "email": 26.0, "other": 18.0}
    assert credited.rows(of_campaigns) == [("other", "other", 64.0), ("email", "june", 12.0)]
    of_traffics = "select traffic, linear from attribution(dimension := 'traffic')"
    assert dict(credited.rows(of_traffics)) == traffics
    told = "from marts.attribution where dimension in ('traffic', 'campaign')"
    with reading(credited.published) as warehouse:
        folded = _fold_credits(warehouse.frame(told), 10).filter(pl.col("model") == "linear")
    found = {(row["traffic"], row["campaign"]): row["conversions"] for row in folded.to_dicts()}
    of_both = {(name, None): conversions for name, conversions in traffics.items()}
    assert found == of_both | {("other", "other"): 64.0, ("email", "june"): 12.0}


def test_what_spend_brought_folds_the_names_that_the_macro_folds(
    credited: Project, tmp_path: Path
) -> None:
    """Were they of those alone on which money was spent, the difference would be the others."""
    changed = Path(copy(credited.published, tmp_path))
    with duckdb.connect(str(changed)) as warehouse:
        warehouse.execute(
            "update marts.attribution set spend = 10 where traffic in ('sms', 'paid_search')"
        )
    params = ["dimension=traffic", "model=linear"]
    found = ask(changed, credited.dir, "what_spend_brought", params)
    # Of what came for nothing, too, no cost is told.
    assert found.select("traffic", "spend", "conversions", "cpa", "roas").rows() == [
        ("other", 10, 18.0, None, None),
        ("paid_search", 10, 32.0, 0.31, 0.0),
    ]


numbers = st.integers(0, 30)


@pytest.mark.long
@given(
    campaigns=st.dictionaries(
        st.sampled_from(["t1", "t2", "t3", "t4"]),
        st.dictionaries(st.sampled_from(["a", "b", "c", None]), numbers, min_size=1),
        min_size=1,
    ),
    least=st.integers(2, 20),
)
def test_page_and_macro_fold_the_same_names_and_tables_side_by_side_hide_them(
    campaigns: dict[str, dict[str | None, int]], least: int
) -> None:
    rows = [
        *(
            (("campaign", t, c, size))
            for t, sizes in campaigns.items()
            for c, size in sizes.items()
        ),
        *(("traffic", t, None, sum(sizes.values())) for t, sizes in campaigns.items()),
    ]
    named = pl.DataFrame(rows, schema=["dimension", "traffic", "campaign", "size"], orient="row")
    credits = named.filter(pl.col("size") > 0).select(
        "dimension",
        pl.col("traffic").cast(pl.String),
        pl.col("campaign").cast(pl.String),
        channel=pl.lit(None, pl.String),
        touchpoint=pl.lit(None, pl.String),
        is_unattributed=pl.lit(value=False),
        model=pl.lit("participation"),
        conversions=pl.col("size").cast(pl.Float64),
        revenue=pl.lit(0.0),
        share=pl.lit(0.0),
        spend=pl.lit(None, pl.Float64),
        error=pl.lit(None, pl.Float64),
        cpa=pl.lit(None, pl.Float64),
        roas=pl.lit(None, pl.Float64),
    )
    told = _fold_credits(credits, least)
    with duckdb.connect() as database:
        database.execute("create schema ops; create schema marts")
        database.execute(f"create table ops.project as select {least} as min_customers")
        database.execute("create table marts.attribution as from credits")
        for name in ("macros/small_cells", "macros/names/named_credits"):
            database.execute(read_sql(shipped_dir() / f"{name}.sql"))
        for dimension in ("traffic", "campaign"):
            kept = f"from named_credits('{dimension}') select traffic, campaign where not is_folded"
            of_page = told.filter(
                (pl.col("dimension") == dimension) & (pl.col("traffic") != "other")
            )
            found = sorted(database.execute(kept).fetchall(), key=str)
            assert found == sorted(of_page.select("traffic", "campaign").rows(), key=str)
    seen = {row["traffic"] for row in told.filter(dimension="traffic").to_dicts()} - {"other"}
    sizes = {t: {c: n for c, n in own.items() if n} for t, own in campaigns.items()}
    hidden = {t: own for t, own in sizes.items() if own and t not in seen}
    assert not hidden or not seen or len(hidden) > 1
    shown = set(told.filter(dimension="campaign").select("traffic", "campaign").rows())
    for traffic, own in sizes.items():
        gone = [n for c, n in own.items() if (traffic, c) not in shown]
        if traffic not in seen:
            assert len(gone) == len(own)
        elif gone:
            assert len(gone) > 1
            assert sum(gone) >= least
