#!/bin/sh
# Copies of a project what cannot be made again, in the order in which it may be restored:
#     sh backup.sh /srv/journeys /backup/journeys-2026-11-24
# The copy holds the key and personal data: keep it as private as the project, and the key elsewhere as well.
#
# Where the key, the warehouse and the landing files lie, the config says, read by Recorrido's own Python (PYTHON).
# No night runs meanwhile: it holds the lock that a night takes, where the system has flock(1). Without that it is
# started when no night runs.
set -eu
umask 077

[ $# -eq 2 ] || { echo "expected a project and a new folder for the copy, found $# argument(s)" >&2; exit 2; }
project=$1
copy=$2
python=${PYTHON:-/opt/recorrido/bin/python}
[ -f "$project/recorrido.toml" ] || { echo "expected a project with a recorrido.toml, found none in $project" >&2; exit 2; }
[ ! -e "$copy" ] || { echo "expected a new folder for the copy, found that $copy is there" >&2; exit 2; }
mkdir -p -- "$(dirname -- "$copy")"
copy=$(cd -- "$(dirname -- "$copy")" && pwd -P)/$(basename -- "$copy")
cd -- "$project"
case $copy in
    "$(pwd -P)"/*) echo "expected a folder outside of the project, found $copy, which would be copied, too" >&2; exit 2 ;;
esac

# One place a line, as the project's folder has it: the warehouse, the key, then the others, folders before what is in them.
# In UTF-8 whatever the locale, as Recorrido itself spells names.
places=$(PYTHONUTF8=1 "$python" -P - <<'END'
import sys
from os.path import normpath
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.ingest.allowed import folder_of
from pipeline.ingest.find import source_files
from pipeline.settings import load_settings
from pipeline.own_places import list_file

here = Path.cwd().resolve()


def named(place):
    return Path(normpath(here / place))


def is_ours(place):
    return place.is_relative_to(here) and place.resolve().is_relative_to(here)


try:
    settings = load_settings(Path("recorrido.toml"))
except ConfigError as error:
    sys.exit(f"recorrido: {error}")
needed = [named(settings.warehouse_dir), named(settings.key_file)]
beside = [section.file for section in (settings.segments, settings.rates) if section]
for source in settings.sources:
    folder = folder_of(settings, source)
    # Of what lies beside the config, only the files themselves.
    beside += source_files(settings, source) if named(folder) == here else [folder]
# What vendors keep elsewhere is theirs.
others = {place for place in map(named, beside) if is_ours(place) and place != here}
for place in (*needed, named(list_file(settings.key_file)), *sorted(others)):
    if not is_ours(place):
        sys.exit(f"expected key and warehouse within the project, found {place}: copy that by a command of its own")
    print(place.relative_to(here))
END
) || exit 2
warehouse=$(printf '%s\n' "$places" | sed -n 1p)
key=$(printf '%s\n' "$places" | sed -n 2p)

if [ -e "$warehouse/.lock" ] && command -v flock >/dev/null; then
    exec 9>>"$warehouse/.lock"
    flock -w "${WAIT:-21600}" 9 || { echo "expected the night to end, found it still at work" >&2; exit 4; }
fi
# A part that is there was left by a backup that was stopped.
rm -rf "$copy.part"
mkdir "$copy.part"
{ printf '%s\n' recorrido.toml secrets queries *.csv landing; printf '%s\n' "$places"; } | while IFS= read -r place; do
    place=./$place # which may begin with a dash
    if [ -e "$place" ] && [ ! -e "$copy.part/$place" ]; then
        mkdir -p "$(dirname "$copy.part/$place")"
        # Where the config's place is a link, the copy has there what it leads to.
        if [ -d "$place" ]; then
            mkdir "$copy.part/$place"
            cp -pPR "$place/." "$copy.part/$place"
        else
            cp -pL "$place" "$copy.part/$place"
        fi
    fi
done
lacks() {
    echo "expected $1 in the copy, found none; nothing was kept" >&2
    rm -rf "$copy.part"
    exit 2
}
[ -s "$copy.part/$key" ] || lacks "$key"
[ ! -e "$warehouse/journeys.duckdb" ] || [ -s "$copy.part/$warehouse/journeys.duckdb" ] || lacks "$warehouse"
# Not what a killed night left of its work.
rm -rf "$copy.part/$warehouse/.tonight" "$copy.part/$warehouse/.vault" "$copy.part/$warehouse"/.lock*
mv "$copy.part" "$copy"
echo "$copy"
