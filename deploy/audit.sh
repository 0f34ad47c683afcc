#!/bin/sh
# Looks for known vulnerabilities of what is locked in the files named: exit 0 only if every package
# of every file was looked up and none is known to be vulnerable; 1 if one is; 2 if it cannot be told.
#
# pip-audit alone ends with 0 where the database of advisories does not answer: what it could not
# look up it calls skipped. --strict makes an error of that.
set -u

found=0
for file in "$@"; do
    told=$(pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
        --requirement "$file" 2>&1)
    case $? in
        0) echo "$file: no known vulnerability" ;;
        *)
            if echo "$told" | grep -q "known vulnerabilit"; then
                echo "$told"
                echo "$file: raise what is named above: make lock ARGS=--upgrade, or --upgrade-package NAME" >&2
                found=1
            else
                echo "$file: cannot be audited, for the database of advisories does not answer: expected" \
                    "pypi.org within reach (proxies: HTTPS_PROXY), found:" >&2
                echo "$told" | tail -n 1 | cut -c 1-300 >&2
                exit 2
            fi
            ;;
    esac
done
exit $found
