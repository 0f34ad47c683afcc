"""The tables of recorrido.toml, one class each: what keys they have, and what values these take."""

import re
from collections.abc import Mapping
from datetime import timedelta
from glob import has_magic
from itertools import combinations, takewhile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    Strict,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from pipeline.contract import CONTRACT
from pipeline.rulebook import Break
from pipeline.setting_values import (
    Address,
    AmbiguousTime,
    AttributeName,
    Brands,
    Channel,
    Currency,
    Duration,
    FieldName,
    FilePattern,
    Language,
    Name,
    OwnPath,
    Patterns,
    RegularExpression,
    Size,
    StitchingMode,
    TimeUnit,
    Zone,
)
from pipeline.traffic_rules import TrafficRule
from pipeline.vocabulary import (
    CONVERTING_EVENT,
    LAST_STAGE_BEFORE,
    STAGE_NUMBER,
    STRONG_IDENTIFIERS,
    WEAK_IDENTIFIERS,
    Condition,
    Rule,
    Stage,
)

Location = tuple[str | int, ...]


def refuse(section: BaseModel, wrong: Mapping[Location, str]) -> None:
    """Refuse what is wrong, each at its own place below a section, so that its line is told."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("value_error", "{told}", {"told": message}),
            loc=location,
            input=None,
        )
        for location, message in wrong.items()
    ]
    if details:
        raise ValidationError.from_exception_data(type(section).__name__, details)


def _as_texts(value: object) -> tuple[str, ...]:
    """Take a value or a list of values as the texts that JSON would tell."""
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, str | int | float) for one in values):
        raise ValueError("expected a text, a number, true or false, or a list of them")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in values)


# What a property may be told as: one value, or one of a list.
Told = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]


class Section(BaseModel):
    """A table of the config: no key but its own, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Project(Section):
    """Whose journeys these are."""

    name: str = "Recorrido"
    timezone: Zone = "UTC"
    currency: Currency = "USD"
    language: Language = "en"
    key_file: OwnPath = Path("secrets/pseudonym.key")
    min_customers: Annotated[int, Strict(), Field(ge=0, le=1_000_000_000)] = 10


class Warehouse(Section):
    """Where the tables are published, how much memory a night may take, how many ways back.

    `vault` keeps which identifier a pseudonym stands for; after `keep_raw_days` a touch loses what
    no figure needs.
    """

    dir: OwnPath = Path("warehouse")
    memory: Size = 4 * 10**9
    keep: Annotated[int, Strict(), Field(ge=0, le=1000)] = 2
    vault: bool = True
    keep_raw_days: Annotated[int, Strict(), Field(ge=1, le=100_000)] | None = None


# What the adapter for tables of one's own makes itself of what it reads.
_MADE = ("record_no", "reject_reason", "is_touch", "basket_id", "time_precision", "clock_doubt")
_OF_EVENTS = tuple(name for name in CONTRACT if name not in (*_MADE, "referrer_host"))


def _path(column: str) -> str:
    """Spell a column as a path of JSON does: `$."user"."id"` is user.id."""
    return column.removeprefix("$.").replace('"', "")


class Source(Section):
    """One kind of raw file: where it lies, what format it has, what its words mean."""

    name: Name
    channel: Name
    format: Name
    files: FilePattern
    timezone: Zone | None = None
    time_format: str | None = None
    time_unit: TimeUnit | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    event_is: str | None = None
    columns: dict[FieldName, str] = {}
    events: dict[str, str] = {}
    channels: dict[str, Channel] = {}
    props: tuple[str, ...] = ()
    namespace: Name | None = None
    order_space: Name | None = None
    order_id_pattern: RegularExpression | None = None
    transactional: tuple[str, ...] = ()
    mutable: bool = False
    ambiguous_time: AmbiguousTime = "earlier"
    settle: Duration = timedelta(0)
    max_rejected_rate: Annotated[float, Field(ge=0, le=1)] = 0.05

    @property
    def folder(self) -> Path:
        """The folder that holds all its files: `files` up to the first wildcard."""
        *parts, _ = Path(self.files).parts or ("",)
        return Path(*takewhile(lambda part: not has_magic(part), parts))

    @property
    def order_id_group(self) -> int:
        """Which part of order_id_pattern is the id: its first group, or all of it."""
        return min(re.compile(self.order_id_pattern or "").groups, 1)

    @model_validator(mode="after")
    def _keeps_nobody_as_a_property(self) -> "Source":
        identifiers = {*STRONG_IDENTIFIERS, *WEAK_IDENTIFIERS}
        naming = {_path(column) for field, column in self.columns.items() if field in identifiers}
        named = [
            name
            for name in self.props
            if any(path == _path(name) or path.startswith(f"{_path(name)}.") for path in naming)
        ]
        if named:
            raise ValueError(
                f"props: expected columns that name nobody; {named} is an identifier in "
                "[sources.columns], and no raw identifier enters the warehouse"
            )
        if self.props and "props" in self.columns:
            raise ValueError(
                'expected props = ["…"], columns to keep as properties, or props = "…" in '
                "[sources.columns], the one that holds them all; found both"
            )
        return self

    @model_validator(mode="after")
    def _says_when_what_and_who(self) -> "Source":
        if self.format != "events":
            return self
        if self.mutable and "updated_at" not in self.columns:
            raise ValueError(
                'mutable = true needs updated_at = "…" in [sources.columns], the column that '
                "holds the time of a version"
            )
        if unread := [name for name in self.columns if name not in _OF_EVENTS]:
            raise ValueError(
                f"[sources.columns]: format 'events' reads no {', '.join(unread)}; it reads "
                + ", ".join(_OF_EVENTS)
            )
        if "occurred_at" not in self.columns:
            raise ValueError(
                "format 'events' needs [sources.columns] with occurred_at = \"…\", "
                "the column that holds the time"
            )
        if not self.event_is and "event" not in self.columns:
            raise ValueError(
                "format 'events' needs event = \"…\" in [sources.columns], "
                'or event_is = "…" for a file of one kind'
            )
        if not set(self.columns) & {*STRONG_IDENTIFIERS, *WEAK_IDENTIFIERS}:
            raise ValueError(
                "format 'events' needs at least one identifier in [sources.columns]: "
                + ", ".join((*STRONG_IDENTIFIERS, *WEAK_IDENTIFIERS))
            )
        return self


class Sessions(Section):
    """When a session ends."""

    silence: Duration = timedelta(minutes=30)
    store_silence: Duration = timedelta(hours=2)
    contact_silence: Duration = timedelta(hours=24)
    break_on: tuple[Break, ...] = ()
    use_source: bool = False


class Journeys(Section):
    """When a journey ends."""

    silence: Duration = timedelta(days=90)
    after_silence: Duration = timedelta(days=180)


class StageRule(Section):
    """A rule of the user's, in front of the default ones."""

    event: str
    stage: Literal[Stage, "ignored"]
    stage_after: Stage | None = None
    channel: Channel | None = None
    source: str | None = None
    props: dict[str, Told] = {}
    goal: bool = False
    sentiment: Literal[-1, 0, 1] | None = None

    @model_validator(mode="after")
    def _stands_before_or_after(self) -> "StageRule":
        if self.stage_after is None:
            return self
        if STAGE_NUMBER[self.stage_after] <= LAST_STAGE_BEFORE:
            raise ValueError(
                "stage_after is what the event means after a purchase: experience or outcome, "
                f"not '{self.stage_after}'"
            )
        if STAGE_NUMBER.get(self.stage, 0) > LAST_STAGE_BEFORE:
            raise ValueError(
                "with stage_after, stage is what the event means before a purchase: one of the "
                f"first four stages, or 'ignored', not '{self.stage}'"
            )
        return self

    @model_validator(mode="after")
    def _leaves_the_purchase_alone(self) -> "StageRule":
        if self.event == CONVERTING_EVENT and (
            self.stage not in (CONVERTING_EVENT, "ignored") or self.stage_after
        ):
            raise ValueError(
                "a purchase stands in stage 'purchase', or is 'ignored'; give an event that is "
                "no purchase another name in [sources.events]"
            )
        return self

    def as_rule(self) -> Rule:
        """Give the rule as the kernels know it."""
        stage = None if self.stage == "ignored" else self.stage
        return Rule(
            self.event,
            stage,
            self.stage_after,
            self.channel,
            self.source,
            (self.stage_after or stage) if self.goal else None,
            self.sentiment,
            tuple(Condition(name, values) for name, values in self.props.items()),
        )


class Stages(Section):
    """What the user says about stages."""

    rules: tuple[StageRule, ...] = ()

    @model_validator(mode="after")
    def _hides_none(self) -> "Stages":
        rules = [rule.as_rule() for rule in self.rules]
        wrong: dict[Location, str] = {}
        for earlier, later in combinations(range(len(rules)), 2):
            if rules[earlier].hides(rules[later]):
                wrong.setdefault(
                    ("rules", later),
                    f"rule {later + 1} of stages ({rules[later]}) is never reached, for rule "
                    f"{earlier + 1} ({rules[earlier]}) fits all that it fits; put it in front",
                )
        refuse(self, wrong)
        return self


class UserTrafficRule(Section):
    """A rule of the user's on how a visit came, in front of the default ones."""

    traffic: Name
    medium: Patterns = ()
    source: Patterns = ()
    campaign: Patterns = ()
    click_id: Patterns = ()
    referrer: Patterns = ()
    brand: bool | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> "UserTrafficRule":
        if not self.as_rule().conditions() and self.brand is None:
            raise ValueError(
                "a rule on traffic needs a condition: medium, source, campaign, click_id, "
                "referrer or brand"
            )
        return self

    def as_rule(self) -> TrafficRule:
        """Give the rule as it is tried."""
        return TrafficRule(
            self.traffic,
            self.medium,
            self.source,
            self.campaign,
            self.click_id,
            self.referrer,
            self.brand,
        )


class Traffic(Section):
    """How visits come: the project's brand, and the user's own rules."""

    brand: Brands = ()
    rules: tuple[UserTrafficRule, ...] = ()

    @model_validator(mode="after")
    def _hides_none(self) -> "Traffic":
        rules = [rule.as_rule() for rule in self.rules]
        for earlier, later in combinations(range(len(rules)), 2):
            if rules[earlier].hides(rules[later]):
                raise ValueError(
                    f"rule {later + 1} of traffic ({rules[later]}) is never reached, for rule "
                    f"{earlier + 1} ({rules[earlier]}) fits all that it fits; put it in front"
                )
        return self


class Identity(Section):
    """How touches that name nobody find their person."""

    mode: StitchingMode = "two_way"
    backfill: Duration = timedelta(days=30)
    max_links: Annotated[int, Strict(), Field(ge=1)] = 50


class Segments(Section):
    """The customer file: one row a customer, its identifiers and what else is known."""

    file: OwnPath
    column: AttributeName | None = None
    attributes: tuple[AttributeName, ...] = ()
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","


class Rates(Section):
    """The rates file: what one unit of a currency was worth on a day, in the project's currency."""

    file: OwnPath
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","


class Orders(Section):
    """Who has the last word on an order's amount."""

    amount_rank: tuple[str, ...] = ()


class Attribution(Section):
    """Which visits of a converted journey earn credit, and how credit fades with time."""

    lookback: Duration | None = None
    half_life: Duration = timedelta(days=7)
    seed: Annotated[int, Strict(), Field(ge=0)] = 1

    @field_validator("half_life")
    @classmethod
    def _is_a_time(cls, half_life: timedelta) -> timedelta:
        if not half_life:
            raise ValueError("expected a length of time above 0, such as '7d'")
        return half_life


class Paths(Section):
    """How far paths are told apart: steps of each, names a position, and paths with a row."""

    steps: Annotated[int, Strict(), Field(ge=1, le=40)] = 8
    top: Annotated[int, Strict(), Field(ge=1, le=50)] = 8
    listed: Annotated[int, Strict(), Field(ge=1, le=1_000_000)] = 10_000


class Goal(Section):
    """What a stage is to achieve: the share that goes on from it, and that meets its goal."""

    advance_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    goal_rate: Annotated[float, Field(ge=0, le=1)] | None = None


class Lineage(Section):
    """Who is told of each run as OpenLineage has it: a file, or an address; nobody by default."""

    file: OwnPath | None = None
    url: Address | None = None
    token: SecretStr | None = None
    namespace: str = "recorrido"

    @model_validator(mode="after")
    def _goes_one_way(self) -> "Lineage":
        if (self.file is None) == (self.url is None):
            raise ValueError("expected either file or url: where lineage is to go")
        return self
