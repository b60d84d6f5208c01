#!/bin/bash
# Completion in the shells themselves: bash by calling the function that the
# script registers, zsh by typing into one. TAP.
#
#     completion.sh path/to/cutline
set -u

cutline=$(realpath "$1")
PATH=$(dirname "$cutline"):$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir runs
touch a.top a.events 'with space.top'

count=0
failed=0

# equal NAME RESULT EXPECTED
equal()
{
    count=$((count + 1))
    if [[ $2 == "$3" ]]; then
        echo "ok $count - $1"
    else
        failed=$((failed + 1))
        echo "not ok $count - $1"
        echo "# got      '$2'" | tr '\n' ' '
        echo
        echo "# expected '$3'" | tr '\n' ' '
        echo
    fi
}

# Print what bash offers for the last of the words, sorted, in one line.
bash_offers()
{
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _cutline
    [[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}" | sort |
        paste -sd '|'
}

script=$("$cutline" completion bash)
equal 'bash: the script is printed' $? 0
equal 'bash: the script is valid' "$(bash -n <<<"$script" 2>&1)" ''
eval "$script"
equal 'bash: the function is registered' "$(complete -p cutline)" \
    'complete -F _cutline cutline'

commands='compare|completion|help|judge|keys|new|ps|run|sim|snap|stats|stop'
files='a.events|a.top|runs|with space.top'
sim=$("$cutline" sim --help | sed '/^Examples/,$d' |
    grep -oE '^.{6}--[a-z-]+' | cut -c 7- | sort | paste -sd '|')

equal 'bash: commands' "$(bash_offers cutline '')" "$commands"
equal 'bash: a command' "$(bash_offers cutline si)" 'sim'
equal 'bash: options of cutline' "$(bash_offers cutline -)" '--help|--version'
equal 'bash: options of sim' "$(bash_offers cutline sim --)" "$sim"
equal 'bash: one option' "$(bash_offers cutline sim --to)" '--topology'
equal 'bash: an option after an option' \
    "$(bash_offers cutline sim -q -t a.top --see)" '--seed'
equal 'bash: files' "$(bash_offers cutline sim --topology '')" "$files"
equal 'bash: files after a letter' "$(bash_offers cutline sim -t a)" \
    'a.events|a.top'
equal 'bash: files after =' "$(bash_offers cutline sim --topology = a.t)" \
    'a.top'
equal 'bash: files right after =' "$(bash_offers cutline sim --expect =)" \
    "$files"
equal 'bash: directories' "$(bash_offers cutline sim -q --out '')" 'runs'
equal 'bash: choices' "$(bash_offers cutline sim --color '')" \
    'always|auto|never'
equal 'bash: choices after =' "$(bash_offers cutline sim --color = al)" \
    'always'
equal 'bash: nothing for a number' "$(bash_offers cutline sim --seed '')" ''
equal 'bash: an argument is no command' \
    "$(bash_offers cutline sim -t help --qu)" '--quiet'
equal 'bash: operands of help' "$(bash_offers cutline help '')" "$commands"
equal 'bash: help takes one operand' "$(bash_offers cutline help sim '')" ''
equal 'bash: operands of completion' "$(bash_offers cutline completion '')" \
    'bash|zsh'
equal 'bash: no options after --' "$(bash_offers cutline help -- --)" ''
equal 'bash: an unknown command' "$(bash_offers cutline elephant '')" ''

# Type into a zsh with this completion, once for each line of the input; print
# what its command line is then. Control-X writes it to a file.
zsh_types()
{
    timeout 60 zsh -f <<'EOF'
zmodload zsh/zpty
zpty -b shell 'TERM=dumb zsh -f -i'
# Returns when the file appears; what zsh echoes must be read, or it stops.
await() {
    local i
    for ((i = 0; i < 1000; i++)); do
        zpty -rt shell >/dev/null
        [[ -e $1 ]] && return
        sleep 0.02
    done
}
zpty -w shell 'autoload -Uz compinit && compinit -D -u; unsetopt beep'
zpty -w shell 'source <(cutline completion zsh)'
zpty -w shell 'keep() { print -r -- "$BUFFER" >t && mv t kept; BUFFER= }'
zpty -w shell 'zle -N keep; bindkey "^X" keep; bindkey "^I" complete-word'
zpty -w shell 'print >ready'
await ready
while read -r typed; do
    zpty -wn shell "$typed"$'\t\C-X'
    await kept
    cat kept
    rm -f kept
done <typed
zpty -d shell
EOF
}

script=$("$cutline" completion zsh)
equal 'zsh: the script is printed' $? 0
equal 'zsh: it is installed, and there are pseudo-terminals' \
    "$(zsh -c 'zmodload zsh/zpty && zpty probe true' 2>&1)" ''
equal 'zsh: the script is valid' "$(zsh -n <<<"$script" 2>&1)" ''

cat >typed <<'EOF'
cutline si
cutline --v
cutline sim --to
cutline sim --topology a.t
cutline sim --topology=a.t
cutline sim -q -t a.e
cutline sim --color al
cutline sim --out r
cutline sim -t help -e a.events --asc
cutline help comple
cutline completion z
EOF
# A completion that is unique ends with a space, = or a slash.
equal 'zsh: completes' "$(zsh_types | sed 's/ *$//')" "cutline sim
cutline --version
cutline sim --topology=
cutline sim --topology a.top
cutline sim --topology=a.top
cutline sim -q -t a.events
cutline sim --color always
cutline sim --out runs/
cutline sim -t help -e a.events --ascii
cutline help completion
cutline completion zsh"

echo "1..$count"
exit $((failed > 0))
