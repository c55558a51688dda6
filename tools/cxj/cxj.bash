# bash completion of cxj. Made by scripts/cxj_docs.py from "cxj --help".
_cxj() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=
  case ${COMP_WORDS[1]}:$before in
    import:--db) compopt -o default; COMPREPLY=(); return ;;
    import:--key-file) compopt -o default; COMPREPLY=(); return ;;
    import:--tenant) return ;;  # Anything.
    import:--output) words='table json csv' ;;
    import:--format) words='jsonl csv segment' ;;
    import:--map) compopt -o default; COMPREPLY=(); return ;;
    import:--rules) compopt -o default; COMPREPLY=(); return ;;
    import:--refused) compopt -o default; COMPREPLY=(); return ;;
    import:--durability) words='durable os buffered' ;;
    history:--db) compopt -o default; COMPREPLY=(); return ;;
    history:--key-file) compopt -o default; COMPREPLY=(); return ;;
    history:--tenant) return ;;  # Anything.
    history:--output) words='table json csv' ;;
    history:--from) return ;;  # Anything.
    history:--until) return ;;  # Anything.
    history:--as-of) return ;;  # Anything.
    history:--limit) return ;;  # Anything.
    repeats:--db) compopt -o default; COMPREPLY=(); return ;;
    repeats:--key-file) compopt -o default; COMPREPLY=(); return ;;
    repeats:--tenant) return ;;  # Anything.
    repeats:--output) words='table json csv' ;;
    repeats:--policy) return ;;  # Anything.
    repeats:--from) return ;;  # Anything.
    repeats:--until) return ;;  # Anything.
    repeats:--watermark) return ;;  # Anything.
    repeats:--by) words='channel topic queue' ;;
    repeats:--net-of) return ;;  # Anything.
    context:--db) compopt -o default; COMPREPLY=(); return ;;
    context:--key-file) compopt -o default; COMPREPLY=(); return ;;
    context:--tenant) return ;;  # Anything.
    context:--output) words='table json csv' ;;
    context:--now) return ;;  # Anything.
    why:--db) compopt -o default; COMPREPLY=(); return ;;
    why:--key-file) compopt -o default; COMPREPLY=(); return ;;
    why:--tenant) return ;;  # Anything.
    why:--output) words='table json csv' ;;
    link:--db) compopt -o default; COMPREPLY=(); return ;;
    link:--key-file) compopt -o default; COMPREPLY=(); return ;;
    link:--tenant) return ;;  # Anything.
    link:--output) words='table json csv' ;;
    link:--actor) return ;;  # Anything.
    link:--reason) return ;;  # Anything.
    unlink:--db) compopt -o default; COMPREPLY=(); return ;;
    unlink:--key-file) compopt -o default; COMPREPLY=(); return ;;
    unlink:--tenant) return ;;  # Anything.
    unlink:--output) words='table json csv' ;;
    unlink:--actor) return ;;  # Anything.
    unlink:--reason) return ;;  # Anything.
    block:--db) compopt -o default; COMPREPLY=(); return ;;
    block:--key-file) compopt -o default; COMPREPLY=(); return ;;
    block:--tenant) return ;;  # Anything.
    block:--output) words='table json csv' ;;
    block:--actor) return ;;  # Anything.
    block:--reason) return ;;  # Anything.
    unblock:--db) compopt -o default; COMPREPLY=(); return ;;
    unblock:--key-file) compopt -o default; COMPREPLY=(); return ;;
    unblock:--tenant) return ;;  # Anything.
    unblock:--output) words='table json csv' ;;
    unblock:--actor) return ;;  # Anything.
    unblock:--reason) return ;;  # Anything.
    retract:--db) compopt -o default; COMPREPLY=(); return ;;
    retract:--key-file) compopt -o default; COMPREPLY=(); return ;;
    retract:--tenant) return ;;  # Anything.
    retract:--output) words='table json csv' ;;
    retract:--actor) return ;;  # Anything.
    retract:--reason) return ;;  # Anything.
    retract:[Option) return ;;  # Anything.
    retract:What) return ;;  # Anything.
    retract:[Exactly) return ;;  # Anything.
    stats:--db) compopt -o default; COMPREPLY=(); return ;;
    stats:--key-file) compopt -o default; COMPREPLY=(); return ;;
    stats:--tenant) return ;;  # Anything.
    stats:--output) words='table json csv' ;;
    verify:--db) compopt -o default; COMPREPLY=(); return ;;
    verify:--key-file) compopt -o default; COMPREPLY=(); return ;;
    verify:--tenant) return ;;  # Anything.
    verify:--output) words='table json csv' ;;
    compact:--db) compopt -o default; COMPREPLY=(); return ;;
    compact:--key-file) compopt -o default; COMPREPLY=(); return ;;
    compact:--tenant) return ;;  # Anything.
    compact:--output) words='table json csv' ;;
    *)
      if [ "$COMP_CWORD" -eq 1 ]; then
        words='import history repeats context why link unlink block unblock retract stats verify compact --help --version'
      elif [[ $word == -* ]]; then
        case ${COMP_WORDS[1]} in
          import) words='--db --key-file --tenant --output --show-identifiers --format --map --rules --refused --durability --keep-text --no-display-values --help' ;;
          history) words='--db --key-file --tenant --output --show-identifiers --from --until --as-of --limit --help' ;;
          repeats) words='--db --key-file --tenant --output --show-identifiers --policy --from --until --watermark --by --net-of --list --help' ;;
          context) words='--db --key-file --tenant --output --show-identifiers --now --help' ;;
          why) words='--db --key-file --tenant --output --show-identifiers --help' ;;
          link) words='--db --key-file --tenant --output --show-identifiers --actor --reason --help' ;;
          unlink) words='--db --key-file --tenant --output --show-identifiers --actor --reason --help' ;;
          block) words='--db --key-file --tenant --output --show-identifiers --actor --reason --help' ;;
          unblock) words='--db --key-file --tenant --output --show-identifiers --actor --reason --help' ;;
          retract) words='--db --key-file --tenant --output --show-identifiers --actor --reason [Option What [Exactly Options: --help' ;;
          stats) words='--db --key-file --tenant --output --show-identifiers --help' ;;
          verify) words='--db --key-file --tenant --output --show-identifiers --help' ;;
          compact) words='--db --key-file --tenant --output --show-identifiers --help' ;;
        esac
      else
        compopt -o default; COMPREPLY=(); return
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _cxj cxj
