#!/bin/sh
# Make the virtual environment $1 with the newest Python that Luoshi supports, or say what is missing.
set -eu
venv=$1

# One that still runs from this very folder is kept.
if [ -x "$venv/bin/python" ] && [ "$("$venv/bin/python" -c 'import sys; print(sys.prefix)' 2>/dev/null)" = "$(pwd -P)/$venv" ] &&
    "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

fits='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$fits" 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$(python3 --version 2>/dev/null || echo "none")
    echo "Luoshi needs Python 3.11, 3.12 or 3.13; found: $found." >&2
    echo "Install one (Debian and Ubuntu: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "This Python has no \"venv\" module. Install the package python$version-venv, then run make again:" >&2
    echo "    sudo apt install python$version-venv" >&2
    exit 1
fi
echo "==> Making $venv with $("$python" --version)"
"$python" -m venv --clear "$venv"
