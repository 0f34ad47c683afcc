"""Whose touch it is: strong identifiers that meet are one person, a lone device is its own."""

import numpy as np
import polars as pl

from pipeline.warehouse import Warehouse


def stitch(warehouse: Warehouse, *, has_yesterday: bool) -> None:
    """Find the persons: the connected components of identifiers that met on a record.

    In: scratch.landed, scratch.known_customers, yesterday's links. Makes core.identity_links
    (one_id, other_id, told_by) and scratch.persons (strong_id, customer_id), which lists the
    identifiers that met another; the rest are persons by themselves. A customer's id is
    the smallest pseudonym of the component. What records told holds for good; what the customer
    file tells, as long as it does.
    """
    stored = (
        "union select one_id, other_id, told_by from yesterday.core.identity_links "
        "where told_by = 'record'"
        if has_yesterday
        else ""
    )
    warehouse.run(
        f"""
        create table core.identity_links as
        with met_ids as (
            select strong_ids, 'record' as told_by
            from scratch.landed
            where strong_ids is not null and reject_reason is null
            union all
            select strong_ids, 'customer file' as told_by
            from scratch.known_customers
            where len(strong_ids) > 1
        ),

        pairs as (
            select
                least(strong_ids[1], other_id) as one_id,
                greatest(strong_ids[1], other_id) as other_id,
                told_by
            from met_ids, unnest(strong_ids[2:]) as others (other_id)
        )

        select distinct one_id, other_id, told_by from pairs where one_id <> other_id
        {stored}
        order by one_id, other_id, told_by
        """
    )
    links = warehouse.frame("select one_id, other_id from core.identity_links")
    with warehouse.view_of(_components(links), "found_persons"):
        warehouse.run("create table scratch.persons as select * from found_persons")


def _components(links: pl.DataFrame) -> pl.DataFrame:
    """Name each linked identifier's component by its smallest member: strong_id, customer_id."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids = pl.concat([links["one_id"], links["other_id"]]).unique().sort()
    numbered = pl.DataFrame({"strong_id": ids}).with_row_index("number")
    ends = [
        links.join(numbered, left_on=side, right_on="strong_id", maintain_order="left")["number"]
        for side in ("one_id", "other_id")
    ]
    edges = (np.ones(links.height, dtype=bool), (ends[0].to_numpy(), ends[1].to_numpy()))
    size = max(numbered.height, 1)
    _, labels = connected_components(coo_array(edges, shape=(size, size)), directed=False)
    component = pl.Series("component", labels[: numbered.height])
    return numbered.select("strong_id", customer_id=pl.col("strong_id").min().over(component))
