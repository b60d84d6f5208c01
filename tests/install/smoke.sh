#!/bin/bash
# Installs a build into an empty directory and uses what is there, as somebody
# would who has never seen the source tree. TAP.
#
#     smoke.sh SOURCE_ROOT BUILD_ROOT CC
#
# CC may be several words: a build with sanitizers needs their options.
set -u

source_root=$(realpath "$1")
build_root=$(realpath "$2")
read -ra cc <<<"$3"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
root=$work/root
warnings=(-Wall -Wextra -pedantic-errors -Werror)

count=0
failed=0

# check NAME COMMAND...: the command succeeds and has nothing to complain about.
check()
{
    local name=$1 complaints status
    shift
    count=$((count + 1))
    complaints=$("$@" 2>&1 >output)
    status=$?
    if [[ $status -eq 0 && -z $complaints ]]; then
        echo "ok $count - $name"
    else
        failed=$((failed + 1))
        sed 's/^/# /' <<<"$complaints"
        echo "not ok $count - $name"
    fi
}

# prints TEXT COMMAND...: the command succeeds and prints this line.
prints()
{
    local text=$1
    shift
    [[ $("$@") == "$text" ]]
}

check 'it can be installed' \
    meson install -C "$build_root" --no-rebuild --quiet --destdir "$root"

pc=$(find "$root" -name cutline.pc)
header=$(find "$root" -path '*/include/cutline/engine.h')
program=$(find "$root" -path '*/bin/cutline')
shared=$(find "$root" -name 'libcutline.so.0')
archive=$(find "$root" -name 'libcutline.a')
for file in "$pc" "$header" "$program" "$shared" "$archive"; do
    if [[ ! -e $file ]]; then
        # Nothing below could work.
        count=$((count + 1))
        find "$root" | sed 's/^/# /'
        echo "not ok $count - program, headers, libraries, pkg-config file"
        echo "1..$count"
        exit 1
    fi
done

# What the library stands on is the system's, and found where that keeps it.
system=$(pkg-config --variable pc_path pkg-config)
export PKG_CONFIG_LIBDIR=${pc%/*}:$system PKG_CONFIG_SYSROOT_DIR=$root
unset PKG_CONFIG_PATH
version=$(pkg-config --modversion cutline)
read -ra compile <<<"$(pkg-config --cflags cutline)"
read -ra link <<<"$(pkg-config --libs cutline)"
read -ra static_link <<<"$(pkg-config --libs --static cutline)"
consumer=$source_root/tests/install/consumer.c

# is_linked PROGRAM: it needs the shared library.
is_linked()
{
    ldd "$1" | grep -q 'libcutline\.so\.0'
}

not()
{
    ! "$@"
}

check 'the version is the same: program' \
    prints "cutline $version" "$program" --version
check 'shared: a consumer is built' \
    "${cc[@]}" -std=c17 "${warnings[@]}" "${compile[@]}" "$consumer" \
    "${link[@]}" -o with_shared
check 'shared: it needs the library' is_linked ./with_shared
check 'shared: it runs, and the version is the same' \
    prints "$version" env LD_LIBRARY_PATH="${shared%/*}" ./with_shared
check 'static: a consumer is built' \
    "${cc[@]}" -std=c17 "${warnings[@]}" "${compile[@]}" "$consumer" \
    "${static_link[@]/#-lcutline/-l:libcutline.a}" -o with_archive
check 'static: it does not need the library' not is_linked ./with_archive
check 'static: it runs, and the version is the same' \
    prints "$version" ./with_archive

# What `cutline new` writes finds the installed library by itself.
check 'new: a program is written' "$program" new counter
check 'new: make builds it' \
    make --silent -C counter "CC=${cc[*]}" 'CFLAGS=-O1 -Wall -Wextra -Werror'
check 'new: it runs' \
    "$program" sim --topology ring:3 --check-save --quiet counter/counter
check 'new: it runs as real processes' \
    "$program" run --topology ring:3 --last --quiet counter/counter
check 'new: a static one is built' \
    "${cc[@]}" -std=c17 -Wall -Wextra "${compile[@]}" counter/counter.c \
    "${static_link[@]/#-lcutline/-l:libcutline.a}" -o static_counter
check 'new: a static one runs as real processes' \
    "$program" run --topology ring:3 --last --quiet ./static_counter

# Headers: those of the source tree, each of which needs no other before it.
list_headers()
{
    (cd "$1" && printf '%s\n' *.h)
}
check 'headers: all are there' prints \
    "$(list_headers "$source_root/include/cutline")" \
    list_headers "${header%/*}"
cxx=$(command -v c++ g++ clang++ | head -n 1)
check 'there is a C++ compiler: c++, g++ or clang++' test -n "$cxx"
for file in "${header%/*}"/*.h; do
    name=cutline/${file##*/}
    # Twice: it is guarded against that.
    printf '#include <%s>\n#include <%s>\nint unused;\n' "$name" "$name" \
        >alone.c
    check "headers: $name alone in C17" \
        "${cc[@]}" -std=c17 "${warnings[@]}" "${compile[@]}" -c alone.c
    check "headers: $name alone in C++17" \
        "${cxx:-c++}" -x c++ -std=c++17 "${warnings[@]}" "${compile[@]}" \
        -c alone.c
done

# Manual pages: they are as many as there are commands, and groff likes them.
commands=$("$program" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
for page in cutline $(printf 'cutline-%s ' $commands); do
    file=$(find "$root" -path "*/man1/$page.1")
    check "man: $page is there" test -s "$file"
    check "man: $page has no warnings" \
        env LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings=w -l "$file"
    mv output page
    check "man: $page has what is looked for" grep -q '^EXIT STATUS' page
done

bash_script=$(find "$root" -path '*/bash-completion/completions/cutline')
zsh_script=$(find "$root" -path '*/zsh/site-functions/_cutline')
check 'completion: bash' bash -n "$bash_script"
check 'completion: bash, as the command prints it' \
    cmp "$bash_script" <("$program" completion bash)
check 'completion: zsh, as the command prints it' \
    cmp "$zsh_script" <("$program" completion zsh)
check 'completion: zsh finds it' grep -q '^#compdef cutline' "$zsh_script"

echo "1..$count"
exit $((failed > 0))
