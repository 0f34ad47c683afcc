"""The laws: each holds in the drawn world, and each finds the offender planted in it."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.core_tables import QUERIES, build_marts, empty_warehouse, small_warehouse

LAWS = sorted((QUERIES / "checks").glob("*.sql"))

# What breaks a law, and only has to break that one; `set` means an update of the law's own table.
OFFENCES = [
    (
        "counts.all.are_not_negative",
        "update counts.stage_ends set open = -1 where stage = 'research'",
    ),
    (
        "counts.all.are_not_negative",
        "update counts.visit_credits set linear_conversions = -0.5",
    ),
    ("ops.loads.records_add_up", "set rejected = 3"),
    (
        "ops.loads.records_add_up",
        "set accepted = records + 1, duplicates = 0, rejected = -1 where load_id = 'l1'",
    ),
    ("ops.loads.records_add_up", "set records = null, refused_reason = null"),
    (
        "core.touchpoints.are_unique",
        "insert into core.touchpoints from core.touchpoints where touchpoint_id = 'a101'",
    ),
    (
        "core.touchpoints.identified_have_a_session",
        "set session_id = null where touchpoint_id = 'b902'",
    ),
    (
        "core.touchpoints.identified_have_a_session",
        "set session_id = 'b201' where touchpoint_id = 'b901'",
    ),
    (
        "core.touchpoints.staged_have_a_journey",
        "set journey_id = null where touchpoint_id = 'a103'",
    ),
    ("core.touchpoints.staged_have_a_journey", "set step_no = 1 where touchpoint_id = 'b902'"),
    (
        "core.touchpoints.anonymous_have_no_journey",
        "set session_id = 'b201' where touchpoint_id = 'x901'",
    ),
    ("core.sessions.hold_their_touches", "set touches = 3 where session_id = 'c201'"),
    ("core.sessions.hold_their_touches", "set customer_id = 'ana' where session_id = 'c201'"),
    ("core.sessions.hold_their_touches", "delete from core.sessions where session_id = 'a108'"),
    (
        "core.sessions.hold_their_touches",
        "insert into core.sessions from core.sessions where session_id = 'a108'",
    ),
    ("core.steps.hold_their_touches", "set touches = 3 where journey_id = 'a101' and step_no = 2"),
    ("core.steps.hold_their_touches", "set stage = 'need' where journey_id = 'b101'"),
    ("core.steps.hold_their_touches", "delete from core.steps where journey_id = 'b101'"),
    ("core.journeys.hold_their_steps", "set steps = 9 where journey_id = 'a101'"),
    ("core.journeys.hold_their_steps", "set touches = 8 where journey_id = 'a101'"),
    ("core.journeys.hold_their_steps", "set customer_id = 'ana' where journey_id = 'b101'"),
    ("core.journeys.hold_their_steps", "delete from core.journeys where journey_id = 'b101'"),
    (
        "core.journeys.hold_their_steps",
        "insert into core.journeys from core.journeys where journey_id = 'b101'",
    ),
    (
        "core.journeys.hold_their_steps",
        "update core.steps set step_no = 9 where journey_id = 'a101' and step_no = 8",
    ),
    ("core.visits.hold_their_touches", "set touches = 9 where journey_id = 'b101'"),
    (
        "core.visits.hold_their_touches",
        "set visit_no = 4 where journey_id = 'a101' and visit_no = 2",
    ),
    ("core.visits.hold_their_touches", "set visit_no = 2 where journey_id = 'b101'"),
    ("core.visits.hold_their_touches", "delete from core.visits where journey_id = 'b101'"),
    (
        "core.visits.hold_their_touches",
        "update core.visits set visit_no = 1 where journey_id = 'c101'",
    ),
    ("core.visits.credits_sum_to_one", "set credit_j = 0.9 where journey_id = 'c201'"),
    ("core.visits.credits_sum_to_one", "set credit_j = null where journey_id = 'c201'"),
    ("core.visits.credits_sum_to_one", "set to_conversion_ms = null where journey_id = 'c201'"),
    (
        "core.visits.credits_sum_to_one",
        "update core.visits set journey_id = 'a201', "
        "credit_linear = if(session_id = 'c201', 2, -1) where journey_id in ('a201', 'c201')",
    ),
    ("core.journeys.hold_their_revenue", "set value = 101 where journey_id = 'a101'"),
    ("core.journeys.hold_their_revenue", "set returned_value = 0 where journey_id = 'c101'"),
    (
        "core.journeys.hold_their_revenue",
        "update core.touchpoints set revenue = null where journey_id = 'c301'",
    ),
    ("core.journeys.convert_at_one_instant", "set converted_at = null where journey_id = 'a101'"),
    ("core.journeys.convert_at_one_instant", "set converted_at = ended_at where state = 'open'"),
    (
        "core.journeys.convert_at_one_instant",
        "update core.touchpoints set is_conversion = true where touchpoint_id = 'c201'",
    ),
    ("core.journeys.end_when_silent", "set state = 'open' where journey_id = 'a301'"),
    ("core.journeys.end_when_silent", "set state = 'dropped' where journey_id = 'b201'"),
    ("core.journeys.end_when_silent", "set state = 'kept' where journey_id = 'c301'"),
    ("core.journeys.end_when_silent", "set state = 'open' where journey_id = 'a201'"),
    (
        "core.journeys.end_when_silent",
        "update ops.project set cut_off = '2026-03-22 01:30:00.000001+00'",
    ),
    ("core.journeys.have_one_end", "set state = 'gone' where journey_id = 'a101'"),
    ("core.journeys.have_one_end", "set state = null where journey_id = 'a101'"),
    ("core.journeys.have_one_end", "set state = 'kept' where journey_id = 'b101'"),
    ("core.journeys.have_one_end", "set state = 'dropped' where journey_id = 'a101'"),
    ("marts.stage_funnel.reached_adds_up", "set open = 1 where stage = 'need'"),
    ("marts.stage_funnel.reached_adds_up", "set skipped = 9 where stage = 'need'"),
    (
        "marts.stage_funnel.reached_adds_up",
        "set settled = dropped, dropped = 0 where stage = 'need'",
    ),
    (
        "marts.stage_funnel.advanced_reach_the_next",
        "set reached = reached + 1, open = open + 1 where stage = 'research'",
    ),
    (
        "marts.stage_funnel.advanced_reach_the_next",
        "delete from marts.stage_funnel where stage = 'research'",
    ),
    (
        "marts.stage_funnel.counts_every_journey",
        "delete from marts.stage_funnel where segment is null",
    ),
    ("marts.stage_funnel.counts_every_journey", "set converted = 0"),
    ("marts.stage_funnel.rates_lie_in_their_interval", "set drop_off_rate = 1.5"),
    ("marts.stage_funnel.rates_lie_in_their_interval", "set drop_off_low = 0.9"),
    ("marts.stage_funnel.rates_lie_in_their_interval", "set drop_off_rate = null"),
    ("marts.drop_off.rates_lie_in_their_interval", "set rate = -0.1"),
    ("marts.drop_off.rates_lie_in_their_interval", "set high = null where high is not null"),
    (
        "marts.attribution.sums_to_the_conversions",
        "set conversions = conversions - 0.001 where model = 'shapley' and traffic = 'web'",
    ),
    ("marts.attribution.sums_to_the_conversions", "set revenue = 75.0001 where is_unattributed"),
    (
        "marts.attribution.sums_to_the_conversions",
        "delete from marts.attribution where model = 'j'",
    ),
    ("marts.attribution.sums_to_the_conversions", "set model = 'best' where model = 'last'"),
    ("marts.attribution.credits_are_not_negative", "set conversions = -1, share = -0.2"),
    ("marts.attribution.credits_are_not_negative", "set conversions = 6, share = 1.2"),
    ("marts.attribution.credits_are_not_negative", "set error = -0.1"),
    ("marts.attribution.credits_are_not_negative", "set share = 0.7"),
    ("marts.attribution.credits_are_not_negative", "set share = null"),
    (
        "marts.attribution.spend_sums_to_the_spend",
        "insert into core.spend (day, project_cost) values ('2025-11-03', 1)",
    ),
    ("marts.attribution.spend_sums_to_the_spend", "set spend = 1 where channel = 'web'"),
    ("marts.drop_off.adds_up_to_the_funnel", "set open = 9 where dimension = 'traffic'"),
    ("marts.drop_off.adds_up_to_the_funnel", "delete from marts.drop_off where period is null"),
    ("marts.drop_off.estimates_what_is_not_final", "set estimate = 0.1 where is_final"),
    (
        "marts.drop_off.estimates_what_is_not_final",
        "set estimate = null, estimate_low = null, estimate_high = null",
    ),
    ("marts.drop_off.estimates_what_is_not_final", "set estimate_low = 0.9"),
    ("marts.drop_off.estimates_what_is_not_final", "set estimate_high = null"),
    ("marts.drop_off.flags_what_was_compared", "set is_significant = true"),
    ("marts.drop_off.flags_what_was_compared", "set p_value = 0.5, q_value = 0.4"),
    (
        "marts.drop_off.flags_what_was_compared",
        "set p_value = 0.5, q_value = 0.6 where not is_ripe",
    ),
    (
        "marts.drop_off.flags_what_was_compared",
        "set previous_period = '2025-11-01' where period = '2026-01-01'",
    ),
    ("marts.drop_off.flags_what_was_compared", "set change = -change where change != 0"),
    (
        "marts.stage_times.count_who_reached_the_stage",
        "set went_on = went_on + 1 where stage = 'need'",
    ),
    (
        "marts.stage_times.count_who_reached_the_stage",
        "set went_on = went_on + 1, not_yet = not_yet - 1 where stage = 'need' and not_yet = 1",
    ),
    (
        "marts.stage_times.count_who_reached_the_stage",
        "delete from marts.stage_times where dimension = 'device'",
    ),
    ("marts.stage_times.keep_to_their_bins", "set passed = went_on + 1 where within_ms = 0"),
    ("marts.stage_times.keep_to_their_bins", "set passed = went_on where within_ms > 0"),
    ("marts.stage_times.keep_to_their_bins", "set within_ms = within_ms // 2"),
    ("marts.time_to_next_stage.shares_rise_with_time", "set within_1d_rate = 0.9"),
    ("marts.time_to_next_stage.shares_rise_with_time", "set within_silence_low = 0.9"),
    ("marts.time_to_next_stage.shares_rise_with_time", "set arrived = reached + 1"),
    ("marts.time_to_next_stage.shares_rise_with_time", "set gone_median_ms = median_ms + 1"),
    ("marts.stage_flow.in_is_out", "set journeys = 2 where target = 'kept'"),
    ("marts.stage_flow.in_is_out", "set value = 2 where target = 'kept'"),
    (
        "marts.stage_flow.ends_every_journey",
        "set target = 'returned' where target = 'advocated'",
    ),
    ("marts.stage_flow.ends_every_journey", "set journeys = 1 where origin = 'start'"),
    (
        "marts.stage_flow.crossings_are_reached",
        "set target = 'purchase' where origin = 'start' and target = 'need'",
    ),
    ("marts.path_flow.in_is_out", "set journeys = 9 where target = 'advocated'"),
    ("marts.path_flow.in_is_out", "set value = 9 where target = 'kept'"),
    ("marts.path_flow.in_is_out", "set target = 'other' where target = 'need/ads'"),
    ("marts.path_flow.ends_every_journey", "set target = 'returned' where target = 'advocated'"),
    ("marts.path_flow.ends_every_journey", "set value = value + 1 where origin = 'start'"),
    ("marts.path_flow.ends_every_journey", "delete from marts.path_flow where position = 0"),
    ("marts.path_flow.ends_every_journey", "delete from marts.path_flow where position = 8"),
    ("marts.path_flow.holds_the_steps", "set target = 'need/app' where target = 'need/ads'"),
    ("marts.path_flow.holds_the_steps", "set journeys = 9 where target = 'purchase/web'"),
    (
        "marts.path_flow.holds_the_steps",
        "update core.steps set channel = 'app' where journey_id = 'b101'",
    ),
    (
        "marts.path_flow.names_the_top",
        "update core.steps set channel = 'app' where step_no = 1 and stage <> 'need'",
    ),
    (
        "marts.path_flow.names_the_top",
        "set target = 'other', target_stage = null where target = 'need/ads'",
    ),
    ("marts.paths.count_every_journey", "set value = 1 where path = 'need'"),
    ("marts.paths.count_every_journey", "set kept = open, open = kept where grain = 'stage'"),
    ("marts.paths.count_every_journey", "set conversions = 0 where until = 'purchase'"),
    ("marts.paths.count_every_journey", "delete from marts.paths where until = 'purchase'"),
    ("marts.paths.add_up", "set journeys = 2 where path = 'need'"),
    ("marts.paths.add_up", "set conversions = 1 where path = 'need'"),
    ("marts.paths.add_up", "set customers = 9 where path = 'need'"),
    ("marts.paths.rates_lie_in_their_interval", "set conversion_rate = 1.5"),
    ("marts.paths.rates_lie_in_their_interval", "set conversion_high = 0.5 where conversions > 0"),
    ("marts.paths.rates_lie_in_their_interval", "set conversion_low = null"),
    ("marts.journey_map.holds_every_touch", "set touches = 9 where is_all and channel = 'ads'"),
    ("marts.journey_map.holds_every_touch", "set touches = 9 where segment = 'loyal'"),
    ("marts.journey_map.holds_every_touch", "set negative = 1 where stage = 'outcome'"),
    ("marts.journey_map.holds_every_touch", "delete from marts.journey_map where is_all"),
    ("marts.journey_map.holds_every_touch", "set is_all = true"),
    ("marts.journey_map.reach_is_a_share", "set reach = 1.5"),
    ("marts.journey_map.reach_is_a_share", "set reach = 0.5 where reach = 1"),
    ("marts.journey_map.reach_is_a_share", "set stage_journeys = 9, reach = journeys / 9"),
    ("marts.journey_map.reach_is_a_share", "set customers = 9"),
    (
        "marts.journey_map.reach_is_a_share",
        "update marts.touchpoint_map set customers = 0 where event = 'review'",
    ),
    ("marts.touchpoint_map.adds_up_to_the_journey_map", "set touches = 9 where event = 'review'"),
    ("marts.touchpoint_map.adds_up_to_the_journey_map", "set positive = 1"),
    ("marts.touchpoint_map.adds_up_to_the_journey_map", "set journeys = 9"),
    ("marts.touchpoint_map.adds_up_to_the_journey_map", "set journeys = 0"),
    (
        "marts.touchpoint_map.adds_up_to_the_journey_map",
        "delete from marts.touchpoint_map where channel = 'reviews'",
    ),
    ("marts.stage_map.agrees_with_the_funnel", "set lost = lost + 1 where segment = 'new'"),
    ("marts.stage_map.agrees_with_the_funnel", "set visited = visited + 1 where is_all"),
    ("marts.stage_map.agrees_with_the_funnel", "set goal_met = 9 where stage = 'need'"),
    (
        "marts.stage_map.agrees_with_the_funnel",
        "delete from marts.stage_map where not is_all and segment is null",
    ),
    ("marts.stage_map.holds_the_touches", "set touches = 9 where segment = 'new'"),
    ("marts.stage_map.holds_the_touches", "set negative = 1 where stage = 'outcome'"),
    ("marts.stage_map.holds_the_touches", "delete from marts.stage_map where stage = 'need'"),
    ("marts.stage_map.rates_lie_in_their_interval", "set advance_low = 0.99 where is_all"),
    ("marts.stage_map.rates_lie_in_their_interval", "set goal_high = null where is_all"),
    ("marts.stage_map.rates_lie_in_their_interval", "set goal_rate = 0.1 where goal_rate = 0"),
    ("marts.stage_map.rates_lie_in_their_interval", "set advance_rate = 0 where stage = 'outcome'"),
    ("marts.stage_map.rates_lie_in_their_interval", "set goal_target = 0.5"),
    (
        "marts.stage_map.rates_lie_in_their_interval",
        "set advance_target = 1, advance_status = 'met' where stage = 'need'",
    ),
    (
        "marts.stage_map.rates_lie_in_their_interval",
        "set advance_target = 0, advance_status = 'missed' where stage = 'need'",
    ),
    (
        "marts.stage_map.rates_lie_in_their_interval",
        "set goal_target = 0, goal_status = 'undecided' where goal_rate is not null",
    ),
    (
        "marts.stage_map.opportunity_is_lost_times_worth",
        "set opportunity = opportunity + 0.0001 where opportunity > 0",
    ),
    ("marts.stage_map.opportunity_is_lost_times_worth", "set worth = null where lost > 0"),
    ("marts.moment_counts.outcomes_add_up", "set others = others + 1 where event = 'search'"),
    ("marts.moment_counts.outcomes_add_up", "set exposed = 0, others = others + exposed"),
    ("marts.moment_counts.outcomes_add_up", "set exposed_left = exposed_left + 1"),
    ("marts.moment_counts.outcomes_add_up", "set exposed_negative = 1"),
    ("marts.moment_counts.outcomes_add_up", "set others_answered = -1"),
    (
        "marts.moment_counts.outcomes_add_up",
        "set exposed = 99, others = 0 where stage = 'need' and segment = 'loyal'",
    ),
    (
        "marts.moment_counts.outcomes_add_up",
        "set others = others + 5, others_left = others_left + 5 where stage = 'outcome'",
    ),
    ("marts.moments.sum_to_their_counts", "set exposed = exposed + 1 where is_all"),
    ("marts.moments.sum_to_their_counts", "set others_with = 9 where segment = 'loyal'"),
    ("marts.moments.sum_to_their_counts", "delete from marts.moments where outcome = 'back'"),
    (
        "marts.moments.sum_to_their_counts",
        "update marts.moment_counts set exposed_back = exposed_back + 1",
    ),
    ("marts.moments.flag_what_is_raised", "set is_significant = true"),
    ("marts.moments.flag_what_is_raised", "set kind = 'pain point'"),
    ("marts.moments.flag_what_is_raised", "set p_value = 0.01"),
    ("marts.moments.flag_what_is_raised", "set p_value = 0.5, q_value = 0.4"),
    (
        "marts.moments.flag_what_is_raised",
        "set p_value = 0.01, q_value = 0.01, is_significant = true, lift = 2",
    ),
    (
        "marts.moments.flag_what_is_raised",
        "set p_value = 0.01, q_value = 0.01, is_significant = true, lift = 2, "
        "kind = 'moment of truth' where outcome = 'left'",
    ),
    ("marts.moments.flag_what_is_raised", "set lift = 2, low = 3, high = 4"),
    ("marts.moments.flag_what_is_raised", "set rate = 0.5 where rate in (0, 1)"),
    ("marts.moments.flag_what_is_raised", "set others_rate = 'nan' where others = 0"),
    ("marts.first_contact.counts_every_conversion", "set dropped = 9 where is_all"),
    (
        "marts.first_contact.counts_every_conversion",
        "delete from marts.first_contact where segment = 'loyal'",
    ),
    ("marts.first_contact.counts_every_conversion", "set met = 1"),
    ("marts.first_contact.counts_every_conversion", "set met = -1, unmet = unmet + 1"),
    ("marts.first_contact.counts_every_conversion", "set dropped_met = 9"),
    ("marts.first_contact.counts_every_conversion", "set mean_time_rate = 0.5"),
    (
        "marts.first_contact.counts_every_conversion",
        "set met = 1, unmet = unmet - 1, mean_touches_rate = 1.5, median_touches_rate = 0.5, "
        "mean_time_rate = 0.5, median_time_rate = 0.5 where is_all",
    ),
    ("marts.transitions.in_is_out", "set transitions = 9 where target = 'research'"),
    ("marts.transitions.ends_every_journey", "delete from marts.transitions where grain = 'stage'"),
    (
        "marts.transitions.ends_every_journey",
        "set segment = 'new' where segment is null and origin = 'start'",
    ),
    (
        "marts.transitions.ends_every_journey",
        "delete from marts.transitions where grain = 'traffic'",
    ),
    ("marts.transitions.sum_to_the_revenue", "set value = 1 where target = 'kept'"),
    ("marts.transitions.sum_to_the_revenue", "set value = 9 where origin = 'store'"),
    ("marts.conversion_chain.in_is_out", "set transitions = 9 where target = 'research'"),
    (
        "marts.conversion_chain.in_is_out",
        "delete from marts.conversion_chain where grain = 'traffic' and origin = 'ads'",
    ),
    (
        "marts.conversion_chain.ends_every_decided_journey",
        "delete from marts.conversion_chain where grain = 'traffic'",
    ),
    (
        "marts.conversion_chain.ends_every_decided_journey",
        "set target = 'converted' where origin = 'need' and target = 'dropped'",
    ),
    (
        "marts.conversion_chain.ends_every_decided_journey",
        "update core.journeys set state = 'dropped' where state = 'open'",
    ),
    (
        "marts.conversion_chain.is_part_of_the_transitions",
        "set transitions = 9 where origin = 'need' and target = 'research'",
    ),
    (
        "marts.conversion_chain.is_part_of_the_transitions",
        "set target = 'need' where origin = 'evaluation' and target = 'research'",
    ),
    ("marts.nodes.are_those_of_the_graph", "delete from marts.nodes where node = 'start'"),
    ("marts.nodes.are_those_of_the_graph", "insert into marts.nodes from marts.nodes limit 1"),
    ("marts.nodes.are_those_of_the_graph", "set arrivals = 9 where node = 'need'"),
    ("marts.nodes.are_those_of_the_graph", "set journeys = 9 where node = 'need'"),
    ("marts.nodes.are_those_of_the_graph", "set node = 'elsewhere' where node = 'need'"),
    ("marts.nodes.chances_are_shares", "set conversion_chance = null where node = 'need'"),
    ("marts.nodes.chances_are_shares", "set conversion_chance = 0 where node = 'kept'"),
    ("marts.nodes.chances_are_shares", "set conversion_chance = 1.01 where node = 'need'"),
    ("marts.nodes.chances_are_shares", "set expected_steps = 0.9 where node = 'need'"),
    ("marts.nodes.chances_are_shares", "set visit_chance = -0.1 where node = 'need'"),
    ("marts.nodes.chances_are_shares", "set visit_chance = 1 where node = 'start'"),
    ("marts.nodes.chances_are_shares", "set return_chance = 1.1 where node = 'need'"),
    ("marts.nodes.chances_are_shares", "set removal_effect = 1.1 where node = 'need'"),
    ("marts.nodes.chances_are_shares", "set betweenness = null where node = 'need'"),
    (
        "marts.nodes.start_converts_as_counted",
        "set conversion_chance = 0.714 where grain = 'traffic' and node = 'start'",
    ),
    (
        "marts.nodes.start_converts_as_counted",
        "update core.journeys set state = 'dropped' where journey_id = 'b201'",
    ),
    ("marts.transitions.sum_to_the_revenue", "update marts.stage_flow set value = 0"),
    (
        "marts.retention.counts_every_conversion",
        "set conversions = conversions + 1 where months_since = 2",
    ),
    (
        "marts.retention.counts_every_conversion",
        "delete from marts.retention where segment is null",
    ),
    ("marts.retention.holds_the_revenue", "set value = value + 1, value_so_far = value_so_far + 1"),
    (
        "marts.retention.holds_the_revenue",
        "update core.touchpoints set revenue = 9 where touchpoint_id = 'a101'",
    ),
    ("marts.retention.so_far_never_falls", "set repurchased_so_far = 0 where months_since = 3"),
    ("marts.retention.so_far_never_falls", "set returned_so_far = 9 where months_since > 1"),
    ("marts.retention.so_far_never_falls", "set advocates = 1 where segment is null"),
    ("marts.retention.so_far_never_falls", "set value_so_far = 1 where months_since = 0"),
    ("marts.retention.so_far_never_falls", "set customers = 2 where months_since = 0"),
    ("marts.retention.so_far_never_falls", "delete from marts.retention where months_since = 1"),
]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as warehouse:
        yield warehouse


def offenders_of(law: str, warehouse: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    query = (QUERIES / "checks" / f"{law}.sql").read_text(encoding="utf-8")
    return warehouse.sql(query).fetchall()


@pytest.mark.parametrize("law", [law.stem for law in LAWS])
def test_the_law_holds(warehouse: duckdb.DuckDBPyConnection, law: str) -> None:
    assert offenders_of(law, warehouse) == []


@pytest.mark.parametrize(("law", "offence"), OFFENCES)
def test_the_law_finds_its_offender(
    warehouse: duckdb.DuckDBPyConnection, law: str, offence: str
) -> None:
    table = law.rpartition(".")[0]
    warehouse.execute("begin transaction")
    try:
        warehouse.execute(f"update {table} {offence}" if offence.startswith("set") else offence)
        assert offenders_of(law, warehouse)
    finally:
        warehouse.execute("rollback")


def test_every_law_is_put_to_the_test() -> None:
    assert {law for law, _ in OFFENCES} == {law.stem for law in LAWS}


@pytest.fixture(scope="module")
def nothing() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as warehouse:
        build_marts(warehouse)
        yield warehouse


@pytest.mark.parametrize("law", [law.stem for law in LAWS])
def test_the_law_holds_in_an_empty_warehouse(nothing: duckdb.DuckDBPyConnection, law: str) -> None:
    assert offenders_of(law, nothing) == []
