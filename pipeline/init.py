"""A new project: a commented config, a key, and the folders where files land."""

from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.faults import fault_point
from pipeline.ingest.pseudonyms import make_key
from pipeline.whole import write_whole

_CONFIG = """\
# Recorrido: what to read, and what it means. Paths are relative to this file.

[project]
name = "My shop"
timezone = "UTC"                     # for days in reports, and times without a zone
currency = "USD"
language = "en"                      # es | en
key_file = "secrets/pseudonym.key"   # keep a copy elsewhere: without it nobody is recognised
min_customers = 10                   # fewer are folded into `other` on the page; 0: none

[warehouse]
dir = "warehouse"                    # journeys.duckdb, report/, graph/
memory = "4GB"
keep = 2                             # former publications, for 'recorrido rollback'
vault = true                         # e-mails and phones for 'recorrido audience'
# keep_raw_days = 400                # then touches lose page addresses, referrers and properties

# Any table of events: CSV, NDJSON, JSON or Parquet; .gz and .zst too.
[[sources]]
name = "events"
channel = "web"                      # where it happens: web, email, ads, store, support …
format = "events"                    # or a vendor's: ga4, shopify, sendgrid, pos … (see README)
files = "landing/events/*.csv"
# delimiter = ";"                    # of CSV
# time_format = "%d/%m/%Y %H:%M"     # of times that are not ISO; time_unit = "ms" of numbers
# event_is = "purchase"              # where every row is one, and no column says it
# What else a source may say: docs/running.md, "A table of one's own".

[sources.columns]                    # our field = your column
occurred_at = "occurred_at"          # inside of JSON: "$.meta.at"
event = "event"
user_id = "user_id"
# native_id = "id"                   # the vendor's own id, for repeats
# anonymous_id = "cookie"
# order_id = "order_id"
# value = "amount"

[sources.events]                     # your name = ours, where they differ
# product_view = "view_item"

# An adapter of a vendor needs no columns. Orders that change are told again: mutable.
# [[sources]]
# name = "shop"
# channel = "web"
# format = "shopify"
# files = "landing/shop/*.json"
# mutable = true

# [segments]
# file = "customers.csv"             # identifiers of one customer a row
# column = "segment"
# attributes = ["persona"]

# [rates]
# file = "rates.csv"                 # day, currency, rate: money in other currencies

# [traffic]
# brand = ["my shop"]                # tells searches for you apart

# [[stages.rules]]                   # what an event of yours means, and where; before our rules
# event = "video"
# props = { topic = "prices" }       # if need be: channel, source, properties
# stage = "evaluation"               # or "ignored"; stage_after = "experience" for after a purchase

# [identity]
# mode = "two_way"                   # or device_only, last_person

[sessions]
silence = "30m"

[journeys]
silence = "90d"                      # minutes for what is bought on a whim, months for a car
after_silence = "180d"
"""

_EXAMPLE = """\
occurred_at,event,user_id
2026-01-05T09:00:00Z,view_item,ana
2026-01-05T09:04:00Z,add_to_cart,ana
2026-01-05T09:07:00Z,purchase,ana
2026-01-06T18:30:00Z,search,bob
"""


def init_project(directory: Path) -> list[str]:
    """Write what is missing of a new project and say so; what is there stays as it is.

    The example is of a new project alone: later a night would load it among what really happened.
    """
    if directory.exists() and not directory.is_dir():
        raise ConfigError(f"expected a folder for the project, found {directory}, which is a file")
    told = []
    config, example = directory / "recorrido.toml", directory / "landing" / "events" / "example.csv"
    is_new = not config.exists()
    # The config comes last: while it is not there, the project is new.
    for file, text in ((example, _EXAMPLE), (config, _CONFIG)):
        if file.exists():
            told.append(f"kept    {file}")
        elif is_new:
            fault_point("init: write a file")
            write_whole(file, text.encode())
            told.append(f"wrote   {file}")
    key = directory / "secrets" / "pseudonym.key"
    if key.exists():
        told.append(f"kept    {key}")
    else:
        fault_point("init: make the key")
        make_key(key)
        told.append(f"wrote   {key} (keep a copy elsewhere, and out of version control)")
    command = "recorrido run"
    if directory != Path():
        command += f" --config {directory / 'recorrido.toml'}"
    return [*told, f"next: put your files into landing/, then {command}"]
