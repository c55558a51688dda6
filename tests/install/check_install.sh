#!/usr/bin/env bash
# Installs a build, moves the installed tree, and builds and runs the same program against it:
# once with find_package, once with pkg-config.
#
#   check_install.sh BUILD-DIR C++-COMPILER [COMPILER FLAGS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 compiler=$2 flags=${3:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/prefix"

echo "== find_package"
cmake -S "$here/consumer" -B "$scratch/cmake" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_PREFIX_PATH="$scratch/prefix" >/dev/null
cmake --build "$scratch/cmake" >/dev/null
"$scratch/cmake/consumer" "$scratch/store-cmake"

echo "== pkg-config"
pc=$(find "$scratch/prefix" -name cxjourney.pc -printf '%h')
export PKG_CONFIG_PATH=$pc
# shellcheck disable=SC2046,SC2086
"$compiler" -std=c++17 $flags "$here/consumer/consumer.cc" -o "$scratch/consumer" \
  $(pkg-config --cflags --libs cxjourney)
"$scratch/consumer" "$scratch/store-pkg-config"

echo "== C ABI: find_package, pkg-config, cabi.hpp"
cmake -S "$here/consumer_c" -B "$scratch/cmake-c" -G Ninja -DCMAKE_C_FLAGS="$flags" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" \
  -DCMAKE_PREFIX_PATH="$scratch/prefix" >/dev/null
cmake --build "$scratch/cmake-c" >/dev/null
"$scratch/cmake-c/consumer_c" "$scratch/store-c"
"$scratch/cmake-c/consumer_cabi" "$scratch/store-cabi"
# shellcheck disable=SC2046,SC2086
cc -std=c99 $flags "$here/consumer_c/consumer.c" -o "$scratch/consumer-c" \
  $(pkg-config --cflags --libs cxjourney-c) -Wl,-rpath,"$(pkg-config --variable=libdir cxjourney-c)"
"$scratch/consumer-c" "$scratch/store-c-pkg-config"

echo "== headers"
headers() { find "$1/include/cxjourney" -name '*.h' -o -name '*.hpp' | wc -l; }
test "$(headers "$scratch/prefix")" -eq "$(headers "$here/../..")"
