"""A guided tour of the warehouse: open it with `marimo edit notebooks/tour.py`."""

import marimo

app = marimo.App(width="medium", app_title="A tour of the journeys")


@app.cell
def _():
    import os
    from pathlib import Path

    import duckdb
    import marimo as mo
    import plotly.graph_objects as go

    return Path, duckdb, go, mo, os


@app.cell
def _(mo):
    mo.md(
        """
        # A tour of the journeys

        Every night Recorrido reads what web, email, ads and store wrote in their logs, and works out
        who did what, in which order, and what came of it. What it finds is one file, `journeys.duckdb`,
        full of plain SQL tables. Let us look around in it.

        Everything here only reads. Change a query, run the cell again, and see: nothing can break.
        """
    )
    return


@app.cell
def _(Path, duckdb, os):
    warehouse_file = Path(
        os.environ.get("RECORRIDO_WAREHOUSE", "data/sample/warehouse/journeys.duckdb")
    )
    warehouse = duckdb.connect(warehouse_file, read_only=True)
    warehouse.execute("set timezone = 'UTC'")
    warehouse.execute("set enable_progress_bar = false")
    return (warehouse,)


@app.cell
def _(mo):
    mo.md(
        """
        ## What is in it

        `core` holds what happened: touches, the sessions, steps and journeys made of them, and the
        customers who made them. `marts` holds what is counted over journeys. `ops` tells how the
        night went. Every table and every column says in a comment what it means:
        """
    )
    return


@app.cell
def _(warehouse):
    tables = warehouse.sql(
        """
        select
            schema_name || '.' || table_name as table_name,
            estimated_size as row_count,
            comment
        from duckdb_tables()
        where schema_name in ('core', 'marts', 'ops')
        order by table_name
        """
    ).pl()
    tables
    return (tables,)


@app.cell
def _(mo):
    mo.md(
        """
        Ask about one table like this. You will never have to guess a unit.
        """
    )
    return


@app.cell
def _(warehouse):
    columns_of_journeys = warehouse.sql(
        """
        select column_name, data_type, comment
        from duckdb_columns()
        where schema_name = 'core' and table_name = 'journeys'
        order by column_index
        """
    ).pl()
    columns_of_journeys
    return (columns_of_journeys,)


@app.cell
def _(mo):
    mo.md(
        """
        ## How far do they come?

        A journey passes six stages: a **need** wakes; they **research**; they weigh the candidates in
        **evaluation**; they **purchase**; they try what they bought, the **experience**; and draw their
        conclusion, the **outcome**. Few go in a line: they skip stages, and turn back.

        *Reached* means that the journey came at least so far. At every stage, those who reached it

        - **advanced** to the next one,
        - **dropped** out: nothing has been heard of them for too long,
        - are **open**: they may still go on, so they are not counted as lost, or
        - **settled**: they bought, and the journey is over.
        """
    )
    return


@app.cell
def _(warehouse):
    funnel = warehouse.sql("from stage_funnel()").pl()
    funnel
    return (funnel,)


@app.cell
def _(funnel, go):
    funnel_figure = go.Figure(
        [
            go.Bar(name=fate, y=funnel["stage"], x=funnel[fate], orientation="h")
            for fate in ("advanced", "settled", "open", "dropped")
        ]
    )
    funnel_figure.update_layout(
        barmode="stack",
        title="Journeys that reached each stage, and what became of them there",
        xaxis_title="journeys",
        yaxis={"autorange": "reversed"},
    )
    funnel_figure
    return (funnel_figure,)


@app.cell
def _(mo):
    mo.md(
        """
        `stage_funnel` is a macro: it takes filters. Who began in the store, this spring?
        `from stage_funnel(channel := 'store', from_date := '2026-03-01')`. The rates are worked out
        anew each time, with their interval: with few journeys it is wide, and that is the point.

        ## Where do they leave?

        A rate counts only journeys that have ended. Below, every first channel at the stage where
        it loses most; the whiskers are the 95% interval.
        """
    )
    return


@app.cell
def _(warehouse):
    worst_leaks = warehouse.sql(
        """
        select
            dimension_value as first_channel,
            arg_max(stage, coalesce(estimate, rate)) as stage,
            max(coalesce(estimate, rate)) as lost,
            arg_max(coalesce(estimate_low, low), coalesce(estimate, rate)) as low,
            arg_max(coalesce(estimate_high, high), coalesce(estimate, rate)) as high
        from marts.drop_off
        where dimension = 'channel' and period is null and coalesce(estimate, rate) is not null
        group by dimension_value
        order by lost desc, first_channel asc
        """
    ).pl()
    worst_leaks
    return (worst_leaks,)


@app.cell
def _(go, worst_leaks):
    leaks_figure = go.Figure(
        go.Scatter(
            x=worst_leaks["lost"],
            y=worst_leaks["first_channel"],
            text=worst_leaks["stage"],
            mode="markers+text",
            textposition="top center",
            error_x={
                "type": "data",
                "symmetric": False,
                "array": worst_leaks["high"] - worst_leaks["lost"],
                "arrayminus": worst_leaks["lost"] - worst_leaks["low"],
            },
        )
    )
    leaks_figure.update_layout(
        title="The stage at which each first channel loses most", xaxis_tickformat=".0%"
    )
    leaks_figure
    return (leaks_figure,)


@app.cell
def _(mo):
    mo.md(
        """
        ## Which ways do they take?

        A *step* is a run of touches in one stage. Put a journey's steps in a row and you have its path,
        with every turning back. Up to the purchase, these are the ten most travelled, with what came of them:
        """
    )
    return


@app.cell
def _(warehouse):
    paths = warehouse.sql("from top_paths(n := 10, until := 'purchase')").pl()
    paths
    return (paths,)


@app.cell
def _(mo):
    mo.md(
        """
        ## What earned it?

        Eleven models divide the purchases among the visits before them, and none of them is the truth.
        Where they agree one can act; where the spread is wide, ask what question a model answers
        (`docs/attribution.md` works them by hand).
        """
    )
    return


@app.cell
def _(warehouse):
    credit = warehouse.sql(
        """
        select traffic, last_non_direct, linear, markov_1, shapley, lowest, highest, spread
        from attribution(dimension := 'traffic')
        order by shapley desc nulls last
        """
    ).pl()
    credit
    return (credit,)


@app.cell
def _(mo):
    mo.md(
        """
        ## What hurts, and what convinces?

        A touch is a *pain point* if people leave, turn back or are angry after it more often than after
        others of its stage, among journeys of like length; a *moment of truth* if they go on more often.
        That is association: whether the touch made the difference no log can tell.
        """
    )
    return


@app.cell
def _(warehouse):
    moments = warehouse.sql(
        """
        select kind, stage, channel, event, outcome, exposed, lift, low, high
        from marts.moments
        where is_all and is_significant and kind is not null
        order by kind, lift desc
        """
    ).pl()
    moments
    return (moments,)


@app.cell
def _(mo):
    mo.md(
        """
        ## Who comes back?

        Customers by the month of their first purchase, and the share that has bought again since. A month
        is 30 days of the customer's own; one that not all have lived yet has no rate.
        """
    )
    return


@app.cell
def _(warehouse):
    cohorts = warehouse.sql("from retention() where months_since in (1, 3, 6)").pl()
    cohorts
    return (cohorts,)


@app.cell
def _(mo):
    mo.md(
        """
        ## One customer, step by step

        Numbers are made of people. This is the customer with the most steps among those who bought.
        The id is a pseudonym: who it is stands nowhere in this file.
        """
    )
    return


@app.cell
def _(warehouse):
    one_customer = warehouse.sql(
        """
        with customer as (
            select customer_id
            from core.journeys
            where converted_at is not null
            group by customer_id
            order by sum(steps) desc, customer_id asc
            limit 1
        )

        select
            steps.started_at,
            steps.stage,
            steps.channel,
            steps.event,
            steps.touches,
            steps.value,
            journeys.state as journey_ended
        from core.steps as steps
        inner join core.journeys as journeys on steps.journey_id = journeys.journey_id
        where steps.customer_id = (select customer_id from customer)
        order by journeys.started_at, steps.journey_id, steps.step_no
        """
    ).pl()
    one_customer
    return (one_customer,)


@app.cell
def _(mo):
    mo.md(
        """
        ## The map of all ways

        Lay all journeys over each other and you have a graph: from every stage, where next, how
        often, and how long it took. What comes to a node leaves it, for every journey ends somewhere.
        """
    )
    return


@app.cell
def _(warehouse):
    from pipeline.graph import build_graph

    graph = build_graph(warehouse.sql("from marts.transitions where grain = 'stage'").pl())
    next_steps = warehouse.sql(
        """
        select
            origin,
            target,
            transitions,
            round(100 * rate, 1) as percent_of_origin,
            round(median_ms / 3600000, 1) as median_hours
        from transitions(grain := 'stage')
        order by stage_number(origin) nulls first, transitions desc, target asc
        """
    ).pl()
    next_steps
    return graph, next_steps


@app.cell
def _(graph, mo):
    def _arrow(origin, target):
        width = 1 + 9 * graph.edges[origin, target]["transitions"] / _busiest
        return f"    {origin} -->|{graph.edges[origin, target]['transitions']}| {target}\n", width

    _busiest = max((told["transitions"] for *_, told in graph.edges(data=True)), default=1)
    _edges = [
        (origin, target)
        for origin, target, told in graph.edges(data=True)
        if told["transitions"] >= _busiest / 50
    ]
    _arrows = [_arrow(*edge) for edge in _edges]
    _styles = [
        f"    linkStyle {number} stroke-width:{width:.1f}px\n"
        for number, (_, width) in enumerate(_arrows)
    ]
    mo.mermaid("graph LR\n" + "".join(arrow for arrow, _ in _arrows) + "".join(_styles))
    return


@app.cell
def _(mo):
    mo.md(
        """
        For other tools the same graph is a file: `recorrido graph --grain touchpoint --out ways.graphml`.

        ## Where to go from here

        - The questions that others have asked are in `queries/questions/`: copy one and change it.
          `recorrido query top_paths --param top=50` runs one as it is.
        - `core.touchpoints` has everything, one row per touch, when a number makes you wonder.
        - The laws that every table keeps are in `queries/checks/`: each is a query that finds nothing.
        """
    )
    return


if __name__ == "__main__":
    app.run()
