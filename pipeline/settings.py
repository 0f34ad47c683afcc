"""recorrido.toml as typed settings; a wrong key or value names itself, its line and the mend."""

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from pipeline.config_errors import explain
from pipeline.config_file import read_config
from pipeline.errors import ConfigError
from pipeline.own_places import PUBLICATION, VAULT, wrong_files, wrong_places
from pipeline.rulebook import Rulebook
from pipeline.sections import (
    Attribution,
    Goal,
    Identity,
    Journeys,
    Lineage,
    Location,
    Orders,
    Paths,
    Project,
    Rates,
    Section,
    Segments,
    Sessions,
    Source,
    Stages,
    Traffic,
    Warehouse,
    refuse,
)
from pipeline.setting_values import Channel
from pipeline.vocabulary import (
    DEFAULT_RULES,
    PLACE_OF_CHANNEL,
    RESERVED_NAMES,
    STAGES,
    Place,
    Stage,
)


class Settings(Section):
    """The whole of recorrido.toml; `dir` is its folder, which its paths are relative to."""

    project: Project = Project()
    warehouse: Warehouse = Warehouse()
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    sessions: Sessions = Sessions()
    journeys: Journeys = Journeys()
    stages: Stages = Stages()
    traffic: Traffic = Traffic()
    identity: Identity = Identity()
    places: dict[Channel, Place] = Field(default_factory=dict)
    orders: Orders = Orders()
    paths: Paths = Paths()
    attribution: Attribution = Attribution()
    segments: Segments | None = None
    rates: Rates | None = None
    goals: dict[Stage, Goal] = Field(default_factory=dict)
    lineage: Lineage | None = None
    dir: Path = Path()

    @model_validator(mode="after")
    def _hangs_together(self) -> "Settings":
        names = [source.name for source in self.sources]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two sources are called {sorted(twice)}; each needs its own name")
        if unknown := set(self.orders.amount_rank) - set(names):
            raise ValueError(f"orders.amount_rank names {sorted(unknown)}, which is no source")
        longest = max(
            self.sessions.silence, self.sessions.store_silence, self.sessions.contact_silence
        )
        if min(self.journeys.silence, self.journeys.after_silence) < longest:
            raise ValueError(
                "journeys.silence and journeys.after_silence must be at least as long as "
                f"the longest silence of a session, which is {longest}"
            )
        return self

    @model_validator(mode="after")
    def _lies_where_duckdb_can_open_it(self) -> "Settings":
        if "?" in str(self.warehouse_dir):
            raise ValueError(
                f"expected a folder for [warehouse] dir without ? in its path, found "
                f"{self.warehouse_dir}: DuckDB reads options behind it. Rename the folder"
            )
        return self

    @model_validator(mode="after")
    def _keeps_its_own_apart(self) -> "Settings":
        landing = {source.name: self.dir / source.folder for source in self.sources}
        refuse(self, wrong_places(self.dir, self.warehouse_dir, self.key_file, landing))
        refuse(self, wrong_files(self.warehouse_dir, self.key_file))
        return self

    @model_validator(mode="after")
    def _names_no_stranger_in_stage_rules(self) -> "Settings":
        names = [source.name for source in self.sources]
        refuse(
            self,
            {
                ("stages", "rules", number, "source"): (
                    f"expected a source of this config: {', '.join(names)}; found '{rule.source}'"
                )
                for number, rule in enumerate(self.stages.rules)
                if rule.source not in (None, *names)
            },
        )
        return self

    @model_validator(mode="after")
    def _leaves_reserved_names_alone(self) -> "Settings":
        named: dict[Location, str] = {("places", channel): channel for channel in self.places}
        for number, source in enumerate(self.sources):
            named["sources", number, "channel"] = source.channel
            for told, channel in source.channels.items():
                named["sources", number, "channels", told] = channel
        for number, rule in enumerate(self.traffic.rules):
            named["traffic", "rules", number, "traffic"] = rule.traffic
        refuse(
            self,
            {
                location: f"'{name}' is what a node of graphs and flows is called, as are "
                f"{', '.join(sorted(RESERVED_NAMES - {name}))}; take another name"
                for location, name in named.items()
                if name in RESERVED_NAMES
            },
        )
        return self

    @model_validator(mode="after")
    def _lets_nobody_advance_from_the_end(self) -> "Settings":
        if (goal := self.goals.get(STAGES[-1])) and goal.advance_rate is not None:
            told = "nobody advances from the last stage; give it a goal_rate instead"
            refuse(self, {("goals", STAGES[-1], "advance_rate"): told})
        return self

    @property
    def mutable_sources(self) -> list[str]:
        """The sources whose records may change: the newest version of each stands."""
        return [source.name for source in self.sources if source.mutable]

    @property
    def published_file(self) -> Path:
        """The warehouse that readers open."""
        return self.warehouse_dir / PUBLICATION

    @property
    def warehouse_dir(self) -> Path:
        """The folder of all that is published."""
        return self.dir / self.warehouse.dir

    @property
    def report_file(self) -> Path:
        """The page of all that is published."""
        return self.warehouse_dir / "report" / "report.html"

    @property
    def vault_file(self) -> Path:
        """The file that tells which identifier a pseudonym stands for."""
        return self.warehouse_dir / VAULT

    @property
    def key_file(self) -> Path:
        """The project's secret key."""
        return self.dir / self.project.key_file

    def rulebook(self) -> Rulebook:
        """Give what the kernels need to know."""
        return Rulebook(
            rules=(*(rule.as_rule() for rule in self.stages.rules), *DEFAULT_RULES),
            sources=tuple(source.name for source in self.sources),
            amount_rank=self.orders.amount_rank,
            silences={
                "online": self.sessions.silence,
                "store": self.sessions.store_silence,
                "contact": self.sessions.contact_silence,
            },
            journey_silence=self.journeys.silence,
            after_silence=self.journeys.after_silence,
            break_on=frozenset(self.sessions.break_on),
            use_source_sessions=self.sessions.use_source,
            time_zone=self.project.timezone,
            lookback=self.attribution.lookback,
            half_life=self.attribution.half_life,
            places={**PLACE_OF_CHANNEL, **self.places},
        )

    def fingerprint(self) -> str:
        """Name what decides the published tables, so that a change of it is seen."""
        told = self.model_dump_json(exclude={"dir", "warehouse", "lineage"})
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def load_settings(file: Path) -> Settings:
    """Read a config file, or say what is wrong in it: key, line, what was found, what is right.

    The project is where the file is named, though that may be a link: what keeps configs elsewhere
    (a ConfigMap, a manager of dotfiles) keeps no key and no warehouse.
    """
    tables, text = read_config(file)
    try:
        return Settings.model_validate({**tables, "dir": file.parent.resolve()})
    except ValidationError as error:
        raise ConfigError(explain(error, Settings, file, text)) from None
