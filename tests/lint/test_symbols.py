#!/usr/bin/env python3
"""Compile small files that break each rule of tools/symbols.py, see it fire."""

import os
import pathlib
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
import symbols  # noqa: E402
import tidy  # noqa: E402

COMPILER = os.environ.get("CC", "cc").split()

CLEAN = """
#include <string.h>
struct entry { const char *name; int (*function)(int); };
int cut_other(int);
static int twice(int a) { return 2 * a; }
/* Pointers, and still constant: the loader writes them once. */
const struct entry cut_table[] = {{"twice", twice}, {"other", cut_other}};
int cut_f(int *to, const int *from, unsigned long size)
{
    static const int odd[] = {1, 3, 5};
    memcpy(to, from, size);
    memmove(to, from, size);
    memset(to, 0, size);
    return memcmp(to, from, size) + cut_other(odd[*to % 3]) +
           cut_table[*from % 2].function(1);
}
"""

# What is wrong, what is added, and the symbol that the finding names.
BROKEN = [
    ("printf", '#include <stdio.h>\nvoid f(int a) { printf("%d", a); }', "printf"),
    ("malloc", "#include <stdlib.h>\nvoid *f(void) { return malloc(9); }", "malloc"),
    ("errno", "#include <errno.h>\nint f(void) { return errno; }", "errno"),
    ("another's function", "int foreign(void); int f(void) { return foreign(); }",
     "foreign"),
    ("a name that only begins like memcpy",
     "int memcpy_x(void); int f(void) { return memcpy_x(); }", "memcpy_x"),
    ("static variable", "static int n; int f(void) { return n++; }", "n "),
    ("variable with a value", "int cut_n = 3;", "cut_n"),
    ("variable inside of a function",
     "int f(void) { static int kept = 1; return kept++; }",
     "kept"),
    ("common variable", "int cut_common __attribute__((common));", "cut_common"),
    ("thread-local variable", "_Thread_local int cut_local;", "cut_local"),
    ("table that can change",
     "int cut_g(int); int (*cut_hooks[])(int) = {cut_g};", "cut_hooks"),
]

HEADER = """
#define CUT_PUBLIC __attribute__((visibility("default")))
/* CUT_PUBLIC int cut_in_a_comment(void); */
CUT_PUBLIC int cut_one(int a);
CUT_PUBLIC __attribute__((warn_unused_result)) enum e *
cut_two(int (*f)(int));
"""
LIBRARY = """
int helper(int a) { return a; }
PUBLIC int cut_one(int a) { return helper(a); }
PUBLIC int *cut_two(int (*f)(int)) { (void)f; return 0; }
"""


class Bench:
    def __init__(self, folder: str) -> None:
        self.root = pathlib.Path(folder)

    def compile(self, text: str, name: str, *options: str) -> str:
        source = self.root / f"{name}.c"
        source.write_text(text)
        out = str(self.root / name)
        flags = ["-w", "-fPIC", "-std=gnu17", *options]
        subprocess.run([*COMPILER, *flags, str(source), "-o", out], check=True)
        return out

    def judge(self, *arguments: str) -> tuple[int, list[str]]:
        command = [sys.executable, str(TOOLS / "symbols.py"), *arguments]
        result = subprocess.run(command, capture_output=True, text=True)
        return result.returncode, result.stderr.splitlines()


def test_objects(tap: tidy.Tap, bench: Bench) -> None:
    clean = bench.compile(CLEAN, "clean.o", "-c")
    tap.result(bench.judge(clean) == (0, []), "a clean object passes")
    for number, (name, text, symbol) in enumerate(BROKEN):
        # As distributions build: printf is then hidden in __printf_chk.
        options = ["-c", "-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]
        broken = bench.compile(CLEAN + text, f"broken{number}.o", *options)
        found = symbols.symbols(broken)
        findings = [*symbols.undefined(found), *symbols.variables(found)]
        fires = len(findings) == 1 and symbol in findings[0].message
        tap.result(fires, name)
        if not fires:
            print(f"# {findings}")

    status, findings = bench.judge(broken)
    fires = len(findings) == 1 and "broken" in findings[0]
    tap.result(status == 1 and fires, "a finding is an exit status of 1")
    archive = str(bench.root / "both.a")
    subprocess.run(["ar", "rcs", archive, clean, broken], check=True)
    status, findings = bench.judge(archive)
    named = [line for line in findings if "both.a:broken" in line]
    tap.result(status == 1 and len(named) == 1, "an archive's member is named")
    empty = bench.compile("", "empty.o", "-c")
    tap.result(bench.judge(empty)[0] == 1, "an object without code is no pass")
    tap.result(bench.judge("/nonexistent.o")[0] == 1, "no file is no pass")


def test_exports(tap: tidy.Tap, bench: Bench) -> None:
    header = str(bench.root / "one.h")
    pathlib.Path(header).write_text(HEADER)
    public = """-DPUBLIC=__attribute__((visibility("default")))"""
    options = "-shared", "-fvisibility=hidden", public

    good = bench.compile(LIBRARY, "good.so", *options)
    verdict = bench.judge("--exports", good, header)
    tap.result(verdict == (0, []), "a library that keeps its word passes")

    extra = LIBRARY + "PUBLIC void cut_extra(void) {}"
    more = bench.compile(extra, "more.so", *options)
    status, findings = bench.judge("--exports", more, header)
    fires = len(findings) == 1 and "exports cut_extra" in findings[0]
    tap.result(status == 1 and fires, "an export too many")

    less = bench.compile(LIBRARY.replace("PUBLIC int cut_one", "int cut_one"),
                         "less.so", *options)
    status, findings = bench.judge("--exports", less, header)
    fires = findings == [f"{header}:4: cut_one is not exported"]
    tap.result(status == 1 and fires, "an export too few")


def main() -> int:
    tap = tidy.Tap()
    with tempfile.TemporaryDirectory() as folder:
        test_objects(tap, Bench(folder))
        test_exports(tap, Bench(folder))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
