"""How the touches of each source are told, also of one that the config has no more."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.night import Night
from pipeline.settings import Settings
from pipeline.stale import WORDS, stored_facts


@dataclass(frozen=True)
class Words:
    """What a source calls events and channels, and what we do; whether its objects change."""

    source: str
    events: Mapping[str, str]
    channels: Mapping[str, str]
    mutable: bool = True  # unless told: so an erasure finds all that may be the person's


def known_words(night: Night, settings: Settings) -> list[Words]:
    """Give the words of the sources of the config, and those that former ones had at last.

    Their touches are told anew with all others: without their words purchases would be none.
    """
    words = {
        one.name: Words(one.name, one.events, one.channels, one.mutable) for one in settings.sources
    }
    stored = stored_facts(night.warehouse, "yesterday.ops") if night.has_yesterday else None
    for fact, told in (stored or {}).items():
        source = fact.removeprefix(WORDS)
        if fact.startswith(WORDS) and source not in words:
            words[source] = Words(source, *json.loads(told))
    return list(words.values())
