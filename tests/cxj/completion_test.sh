#!/usr/bin/env bash
# What bash completes for cxj.
set -uo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../../tools/cxj/cxj.bash"
failed=0

# completes EXPECTED WORD...: the last word is the one being typed.
completes() {
  local expected=$1
  shift
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _cxj 2>/dev/null  # compopt works only inside a completion.
  [ "${COMPREPLY[*]}" = "$expected" ] && return
  echo "'$*' completes to '${COMPREPLY[*]}', not '$expected'"
  failed=1
}

completes "history" cxj hi
completes "unlink unblock" cxj un
completes "--version" cxj --v
completes "--policy" cxj repeats --po
completes "table json csv" cxj stats --output ""
completes "segment" cxj import --format s
completes "" cxj history --limit ""
completes "--from" cxj repeats --policy x --f
exit $failed
