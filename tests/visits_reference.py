"""Visits, and the credit that they earn, in plain loops."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

Row = dict[str, Any]
Shares = list[float]

# ---- Visits ------------------------------------------------------------------------------------


def tell_visits(touches: list[Row], conversion: Row | None) -> list[Row]:
    """Tell the visits of a journey, whose touches come in order and told under which campaign."""
    # One that begins with the conversion, or after it, did not lead there.
    leading = touches[: touches.index(conversion)] if conversion is not None else []
    rows = []
    for number, visit in enumerate(cut_visits(touches), start=1):
        first, last = visit[0], visit[-1]
        to_conversion = None
        if conversion is not None and first in leading:
            to_conversion = conversion["occurred_at"] - first["occurred_at"]
        rows.append(
            {
                "journey_id": first["journey_id"],
                "visit_no": number,
                "customer": first["customer"],
                "session_id": first["session_id"],
                "traffic": first["traffic_of_session"],
                "campaign": first["campaign"],
                "channel": first["channel"],
                "event": first["event"],
                "stage": first["stage"],
                "started_at": first["occurred_at"],
                "ended_at": last["occurred_at"],
                "touches": len(visit),
                "value": sum(touch["revenue"] or 0 for touch in visit),
                "to_conversion": to_conversion,
            }
        )
    return rows


def cut_visits(touches: list[Row]) -> list[list[Row]]:
    """Part a journey's touches by session, and in each by campaign; by their first touches."""
    visits: list[list[Row]] = []
    visit_of_campaign: dict[tuple[str, str | None], list[Row]] = {}
    visit_before: dict[str, list[Row]] = {}
    for touch in touches:
        session, campaign = touch["session_id"], touch["campaign"]
        if campaign is None and session in visit_before:
            visit = visit_before[session]
        elif (session, campaign) in visit_of_campaign:
            visit = visit_of_campaign[session, campaign]
        else:
            visit = visit_of_campaign[session, campaign] = []
            visits.append(visit)
        visit.append(touch)
        visit_before[session] = visit
    return visits


# ---- Credit ------------------------------------------------------------------------------------


def credits_of(visits: list[Row], lookback: timedelta | None, half_life: timedelta) -> list[Row]:
    """Say of each visit of a journey what every rule credits it with; None, if it earns nothing."""
    earning = [number for number, visit in enumerate(visits) if earns(visit, lookback)]
    credited = [visits[number] for number in earning]
    rows: list[Row] = [dict.fromkeys(MODELS) for _ in visits]
    for model, share in MODELS.items():
        if credited:
            for number, credit in zip(earning, share(credited, half_life), strict=True):
                rows[number][model] = credit
    return rows


def earns(visit: Row, lookback: timedelta | None) -> bool:
    """Tell whether a visit led to a conversion, no longer before it than the lookback."""
    to_conversion = visit["to_conversion"]
    return to_conversion is not None and (lookback is None or to_conversion <= lookback)


def first(visits: list[Row], half_life: timedelta) -> Shares:
    """Give all to the first."""
    return [1.0] + [0.0] * (len(visits) - 1)


def last(visits: list[Row], half_life: timedelta) -> Shares:
    """Give all to the last."""
    return first(visits, half_life)[::-1]


def last_non_direct(visits: list[Row], half_life: timedelta) -> Shares:
    """Give all to the last that did not come direct; to the last, if all did."""
    heard = [number for number, visit in enumerate(visits) if visit["traffic"] != "direct"]
    winner = heard[-1] if heard else len(visits) - 1
    return [float(number == winner) for number in range(len(visits))]


def linear(visits: list[Row], half_life: timedelta) -> Shares:
    """Give all the same."""
    return [1 / len(visits) for _ in visits]


def by_ends(
    of_two: Sequence[float], of_more: tuple[float, float, float]
) -> Callable[[list[Row], timedelta], Shares]:
    """Give the first and the last their parts, and let those between share theirs evenly."""

    def share(visits: list[Row], half_life: timedelta) -> Shares:
        if len(visits) == 1:
            return [1.0]
        if len(visits) == 2:
            return list(of_two)
        of_first, of_middle, of_last = of_more
        between = len(visits) - 2
        return [of_first, *([of_middle / between] * between), of_last]

    return share


def time_decay(visits: list[Row], half_life: timedelta) -> Shares:
    """Give each half of what one a half-life nearer to the conversion gets."""
    # Told from the nearest visit, or all would be too small to tell where the half-life is short.
    nearest = min(visit["to_conversion"] for visit in visits)
    weights = [2.0 ** -((visit["to_conversion"] - nearest) / half_life) for visit in visits]
    return [weight / sum(weights) for weight in weights]


MODELS: dict[str, Callable[[list[Row], timedelta], Shares]] = {
    "first": first,
    "last": last,
    "last_non_direct": last_non_direct,
    "linear": linear,
    "position": by_ends((0.5, 0.5), (0.4, 0.2, 0.4)),
    "j": by_ends((0.25, 0.75), (0.2, 0.2, 0.6)),
    "inverse_j": by_ends((0.75, 0.25), (0.6, 0.2, 0.2)),
    "time_decay": time_decay,
}
