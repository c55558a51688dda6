#!/usr/bin/env bash
# Builds and runs programs against an installed cxjourney: C++ with find_package and with
# pkg-config, and the C ABI from C and C++ in the same two ways.
#
#   check_consumers.sh PREFIX C++-COMPILER [COMPILER FLAGS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
prefix=$1 compiler=$2 flags=${3:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name cxjourney.pc)")
export PKG_CONFIG_PATH
unset LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir cxjourney-c)

echo "== find_package"
cmake -S "$here/consumer" -B "$scratch/cmake" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$scratch/cmake" >/dev/null
"$scratch/cmake/consumer" "$scratch/store-cmake"

echo "== pkg-config"
# shellcheck disable=SC2046,SC2086
"$compiler" -std=c++17 $flags "$here/consumer/consumer.cc" -o "$scratch/consumer" \
  $(pkg-config --cflags --libs cxjourney)
"$scratch/consumer" "$scratch/store-pkg-config"

echo "== C ABI: find_package, cabi.hpp"
cmake -S "$here/consumer_c" -B "$scratch/cmake-c" -G Ninja -DCMAKE_C_FLAGS="$flags" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" \
  -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$scratch/cmake-c" >/dev/null
"$scratch/cmake-c/consumer_c" "$scratch/store-c"
"$scratch/cmake-c/consumer_cabi" "$scratch/store-cabi"

echo "== C ABI: pkg-config"
# shellcheck disable=SC2046,SC2086
cc -std=c99 $flags "$here/consumer_c/consumer.c" -o "$scratch/consumer-c" \
  $(pkg-config --cflags --libs cxjourney-c)
# Where the loader finds it by itself, it must.
ldconfig -p | grep -c libcxjourney.so >/dev/null || export LD_LIBRARY_PATH
"$scratch/consumer-c" "$scratch/store-c-pkg-config"
