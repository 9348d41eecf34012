#!/bin/sh
# Finds a Python that is new enough; what follows needs one (environment.py).
# A candidate is run, not only looked up: version switchers put names on PATH that do not start.
for python in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" "$(dirname "$0")/environment.py" "$@"
    fi
done
echo "Homologa needs Python 3.11 or newer and found none: install it (Debian and Ubuntu: apt install python3 python3-venv; macOS: brew install python) or name it with PYTHON=/path/to/python3." >&2
exit 2
