#!/bin/sh
# Whether all C files are in the house's format.
#
#   format.sh ROOT
set -eu
cd "$1"
wrong=$(find include src tests examples bench tools -name '*.[ch]' -print |
    xargs clang-format --dry-run --Werror 2>&1 | grep -E '(error|warning):' |
    cut -d: -f1 | sort -u || true)
echo 1..1
if [ -z "$wrong" ]; then
    echo "ok 1 - clang-format"
else
    echo "not ok 1 - clang-format: run clang-format -i on:"
    printf '# %s\n' $wrong
    exit 1
fi
