#!/bin/sh
# Copies of a project what cannot be made again, in the order in which it may be restored:
#     sh backup.sh /srv/journeys /backup/journeys-2026-11-24
# The copy holds the key and personal data: keep it as private as the project, and the key elsewhere as well.
#
# No night runs meanwhile: it holds the lock that a night takes, where the system has flock(1). Without that it is
# started when no night runs.
set -eu
umask 077

project=$1
copy=$2
[ -f "$project/recorrido.toml" ] || { echo "expected a project with a recorrido.toml, found none in $project" >&2; exit 2; }
[ ! -e "$copy" ] || { echo "expected a new folder for the copy, found that $copy is there" >&2; exit 2; }
mkdir -p "$(dirname "$copy")"
mkdir "$copy.part"
copy=$(cd "$(dirname "$copy")" && pwd)/$(basename "$copy")
cd "$project"
if [ -e warehouse/.lock ] && command -v flock >/dev/null; then
    exec 9>>warehouse/.lock
    flock -w "${WAIT:-21600}" 9 || { echo "expected the night to end, found it still at work" >&2; exit 4; }
fi
for part in recorrido.toml secrets queries *.csv landing warehouse; do
    [ ! -e "$part" ] || cp -pPR "$part" "$copy.part/"
done
# Not what a killed night left of its work.
rm -rf "$copy.part/warehouse/.tonight" "$copy.part/warehouse/.vault" "$copy.part/warehouse"/.lock*
mv "$copy.part" "$copy"
echo "$copy"
