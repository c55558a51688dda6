#!/usr/bin/env bash
# Installs a build, moves the installed tree, and builds and runs programs against it.
#
#   check_install.sh BUILD-DIR C++-COMPILER [COMPILER FLAGS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 compiler=$2 flags=${3:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/prefix"
"$here/check_consumers.sh" "$scratch/prefix" "$compiler" "$flags"

echo "== headers"
headers() { find "$1/include/cxjourney" -name '*.h' -o -name '*.hpp' | wc -l; }
test "$(headers "$scratch/prefix")" -eq "$(headers "$here/../..")"
