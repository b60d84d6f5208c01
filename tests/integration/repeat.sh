#!/bin/sh
# Runs a program many times; each run must succeed.
#
#   repeat.sh COUNT PROGRAM [ARGUMENT...]
set -eu
count=$1
shift
echo 1..1
for i in $(seq "$count"); do
    if ! output=$(timeout 20 "$@" 2>&1); then
        echo "not ok 1 - run $i of $count"
        echo "$output" | sed 's/^/# /'
        exit 1
    fi
done
echo "ok 1 - $count runs"
