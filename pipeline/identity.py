"""Whose touch it is: strong identifiers that meet are one person, and lead their devices' touches.

The rules are queries (queries/identity/); only the components of the graph of links are found
here. All of it is found anew every night, so tonight's login moves what its device did before.
"""

from datetime import timedelta

import numpy as np
import polars as pl

from pipeline.faults import fault_point
from pipeline.queries import read_sql, shipped_dir
from pipeline.sections import Identity
from pipeline.warehouse import Warehouse

# Whose a touch is: of its own strong identifier, else where it was led, else of its device.
_OWNERSHIP = (
    """
    owner_of(person_id, own_strong_id, led_id, device_customer, weak_id, strong_id) as
        coalesce(person_id, own_strong_id, led_id, device_customer, weak_id, strong_id)
    """,
    """
    what_led(own_strong_id, led_by, device_customer, is_seen_before, weak_id, strong_id) as case
        when own_strong_id is not null then 'identifier'
        when led_by is not null then led_by
        when device_customer is not null and is_seen_before then 'seen before'
        when device_customer is not null then 'seen after'
        when weak_id is not null then 'device'
        when strong_id is not null then 'hub'
    end
    """,
)


def stitch(warehouse: Warehouse, identity: Identity) -> None:
    """Find the persons, and whose the touches are that name nobody, of all touches gathered.

    In: the view gathered_touches, and what `find_persons` needs besides.
    """
    for view in ("linking_touches", "sighted_touches"):
        warehouse.run(f"create or replace temp view {view} as from gathered_touches")
    warehouse.run("create or replace temp view standing_links as from stored_links where false")
    find_persons(warehouse, identity)
    follow_devices(warehouse, identity)


def find_persons(warehouse: Warehouse, identity: Identity) -> None:
    """Find which strong identifiers are one person.

    In: the views linking_touches, whose links are read; standing_links, of touches whose links are
    known; known_identifiers; scratch.record_links and .known_customers. Makes
    scratch.identity_links (one_id, other_id, told_by, source, load_id); scratch.hubs;
    scratch.persons (strong_id, customer_id), of identifiers that met another, for the rest are
    persons by themselves; and the macros own_id and own_order. A customer's id is the smallest
    pseudonym of the person's identifiers, or the device's.
    """
    warehouse.set_variable("max_links", identity.max_links)
    fault_point("stitching: link identifiers")
    warehouse.run(f"create table scratch.identity_links as {_query('links')}")
    fault_point("stitching: find hubs")
    warehouse.run(f"create table scratch.hubs as {_query('hubs')}")
    _set_hubs_aside(warehouse)
    links = warehouse.frame(
        "select distinct one_id, other_id from scratch.identity_links as links "
        "anti join scratch.hubs as one_hubs on links.one_id = one_hubs.identifier "
        "anti join scratch.hubs as other_hubs on links.other_id = other_hubs.identifier"
    )
    with warehouse.view_of(_components(links), "found_persons"):
        fault_point("stitching: name persons")
        warehouse.run("create table scratch.persons as select * from found_persons")


def _set_hubs_aside(warehouse: Warehouse) -> None:
    """Make own_id(strong_id, strong_ids), a touch's first strong identifier that is no hub, and
    own_order(order_id), its order unless that is one.
    """
    hubs = [identifier for (identifier,) in warehouse.rows("select identifier from scratch.hubs")]
    warehouse.set_variable("hubs", hubs)
    own = (
        "if(list_contains(getvariable('hubs'), strong_id), list_filter(strong_ids, "
        "lambda id: not list_contains(getvariable('hubs'), id))[1], strong_id)"
    )
    warehouse.run(
        "create or replace temp macro own_id(strong_id, strong_ids) as "
        + (own if hubs else "strong_id")
    )
    order = "if(list_contains(getvariable('hubs'), order_id), null, order_id)"
    warehouse.run(
        f"create or replace temp macro own_order(order_id) as {order if hubs else 'order_id'}"
    )


def follow_devices(warehouse: Warehouse, identity: Identity) -> None:
    """Find the persons behind devices, in the way that the config's mode says.

    In: the view sighted_touches, which holds all touches of each device that is asked about; what
    `find_persons` makes. Makes scratch.devices, .shared_sightings, .clicks_to_devices and
    .led_touches, of touches whose customer their own columns do not tell; and the macros
    customer_of_device, owner_of (a touch's customer) and what_led (led_by).
    """
    # Microseconds: to subtract times with a zone takes DuckDB twenty times as long.
    warehouse.set_variable("backfill_us", identity.backfill // timedelta(microseconds=1))
    for macro in _OWNERSHIP:
        warehouse.run(f"create or replace temp macro {macro}")
    reach = {
        "two_way": "if(within_backfill(occurred_at, first_seen_at), customer, null)",
        "last_person": "customer",
        "device_only": "null::varchar",
    }[identity.mode]
    warehouse.run(
        "create or replace temp macro within_backfill(occurred_at, seen_at) as "
        "epoch_us(seen_at) - epoch_us(occurred_at) <= getvariable('backfill_us')"
    )
    warehouse.run(
        "create or replace temp macro customer_of_device(customer, first_seen_at, occurred_at) as "
        f"{reach}"
    )
    makes = ["devices", "shared_sightings", "clicks_to_devices", "led_touches"]
    nothing = "where false" if identity.mode == "device_only" else ""
    for name in makes:
        fault_point("stitching: follow devices")
        warehouse.run(f"create table scratch.{name} as from ({_query(name)}) {nothing}")
        if name == "shared_sightings" and identity.mode == "last_person":
            _give_to_last_person(warehouse)


def _give_to_last_person(warehouse: Warehouse) -> None:
    """Let a shared device have been its last person's all along."""
    warehouse.run(
        "update scratch.devices as devices set sole_customer = last.customer_id "
        "from (select weak_id, arg_max(customer_id, seen_at) as customer_id "
        "from scratch.shared_sightings group by weak_id) as last "
        "where devices.weak_id = last.weak_id"
    )
    warehouse.run("delete from scratch.shared_sightings")


def _query(name: str) -> str:
    return read_sql(shipped_dir() / "identity" / f"{name}.sql")


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
    # Numbers stand in the order of the identifiers, so a component's first row is its smallest.
    return numbered.select("strong_id", customer_id=pl.col("strong_id").first().over(component))
