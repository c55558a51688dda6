#!/usr/bin/env bash
# Compiles each header of the C ABI alone, twice (its guard works), in every language and by every
# compiler that it promises, with all warnings as errors.
#
#   headers_test.sh INCLUDE-FOLDER
set -euo pipefail
include=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
count=0

# alone COMPILER LANGUAGE STANDARD HEADER [FLAG...]
alone() {
  local compiler=$1 language=$2 standard=$3 header=$4
  shift 4
  printf '#include <%s>\n#include <%s>\n' "$header" "$header" >"$scratch/alone.$language"
  # Not a system folder, where warnings are off; and a file with no declaration is pedantic.
  echo 'extern int used;' >>"$scratch/alone.$language"
  "$compiler" -x "$language" -std="$standard" -Wall -Wextra -Wpedantic -Wconversion -Werror "$@" \
    -I"$include" -fsyntax-only "$scratch/alone.$language" ||
    { echo "headers: <$header> fails with $compiler -std=$standard" >&2; exit 1; }
  count=$((count + 1))
}

for standard in c99 c11 c17; do
  alone gcc c "$standard" cxjourney/c.h -Wc++-compat
  alone clang c "$standard" cxjourney/c.h -Wc++-compat
done
for standard in c++11 c++17 c++20; do
  alone g++ c++ "$standard" cxjourney/c.h
  alone clang++ c++ "$standard" cxjourney/c.h
done
for standard in c++17 c++20; do
  alone g++ c++ "$standard" cxjourney/cabi.hpp -Wshadow
  alone clang++ c++ "$standard" cxjourney/cabi.hpp -Wshadow
done
echo "headers: $count compilations"
