-- How many of `trials` were `events`: the rate, and the bounds of its 95% interval.
--
-- E. B. Wilson, Probable inference, the law of succession, and statistical inference (JASA, 1927).
-- It stays within [0, 1], and is honest where few journeys ended. Null where none did.
-- The bounds are clamped to the rate: rounding must not put 0 of 7 below nought.
create or replace macro wilson(events, trials) as
case when trials > 0 then
    struct_pack(
        rate := events / trials,
        low := case when events = 0 then 0.0::double else greatest(0, (
            events / trials + 1.959963984540054 ** 2 / (2 * trials)
            - 1.959963984540054 * sqrt(
                events / trials * (1 - events / trials) / trials
                + 1.959963984540054 ** 2 / (4 * trials * trials)
            )
        ) / (1 + 1.959963984540054 ** 2 / trials)) end,
        high := case when events = trials then 1.0::double else least(1, (
            events / trials + 1.959963984540054 ** 2 / (2 * trials)
            + 1.959963984540054 * sqrt(
                events / trials * (1 - events / trials) / trials
                + 1.959963984540054 ** 2 / (4 * trials * trials)
            )
        ) / (1 + 1.959963984540054 ** 2 / trials)) end
    )
end;
