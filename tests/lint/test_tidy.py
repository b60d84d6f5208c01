#!/usr/bin/env python3
"""A checker is itself checked: trees that break each rule of tools/tidy.py, and
one that looks as if it did and is clean."""

import pathlib
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
import tidy  # noqa: E402

MARK = tidy.UNFINISHED[0]


def function_of(lines: int, name: str = "long_one") -> str:
    return f"static int\n{name}(int a)\n{{\n" + "    a++;\n" * (lines - 3) + "}\n"


CLEAN_C = (
    r"""/* strcpy(a, b) in a comment, and "a quote */
#define SWAP(a, b)                                                             \
    do {                                                                       \
        returned = (a);                                                        \
    } while (0)
#if SOMETHING
int two_heads(int a) {
#else
int two_heads(long a) {
#endif
    if (a == '{' || a == '"' || a == '\'')
        return my_strcpy("} strcpy(x) /* {") + xrand(1);
    // return to the brace {
    return a; /* MARK #12: later */
}
static struct point corner = {.x = F(1), .y = 2};
static const int table[] = {1, 2, 3};
static int (*get_function(int which))(int)
{
    mkstemp("/tmp/x-XXXXXX");
    return 0;
}
""".replace("MARK", MARK)
    + function_of(70)
)

CLEAN_H = """#ifndef GOOD_H
#define GOOD_H
#ifdef __cplusplus
extern "C" {
#endif
/* One comment for two. */
CUT_PUBLIC int
cut_a(int a);
CUT_PUBLIC int cut_b(int (*f)(int));

/*
 * Do c.
 */
CUT_PUBLIC void cut_c(void);
typedef uint64_t cut_time;
#ifdef __cplusplus
}
#endif
#endif
"""

CLEAN: dict[str, str] = {
    "meson.build": "# not named: lost.c\nsubdir('src')\nheaders = ['cutline/good.h']\n"
    "foreach name : ['alone']\n  test(name, find_program('tests/lint/run_me.py'))\n",
    "src/meson.build": "sources += files('base/good.c')\n",
    "Makefile": "lint:\n\ttools/check.sh ROOT\n",
    "README.md": f"Prose may say {MARK}.\n",
    "src/base/README.md": "The base.\n",
    "src/base/good.c": CLEAN_C,
    "include/cutline/good.h": CLEAN_H,
    "tests/unit/alone.c": "int x;\n",
    "tests/lint/run_me.py": "import helper\n",
    "tests/lint/helper.py": "",
    "tools/check.sh": "true\n",
    "tests/golden/a/dressed.events": "tick \r\ntick",
    "tests/golden/b/dressed.events": "tick\t\n",
    "tests/fuzz/corpus/seed-1": "no newline",
}

# A rule's name, the files that break it, and what must then be said.
BROKEN: list[tuple[str, dict[str, str], str]] = [
    (
        "long function",
        {"src/base/good.c": "int x;\n" + function_of(71)},
        "src/base/good.c:3: long_one has 71 lines (at most 70)",
    ),
    (
        "long function after what looks like braces",
        {"src/base/good.c": CLEAN_C + function_of(80, "late")},
        ": late has 80 lines",
    ),
    (
        "long function in a header, inside of extern C",
        {
            "include/cutline/good.h": 'extern "C" {\n'
            + function_of(75).replace("static int\n", "static inline int ")
            + "}\n"
        },
        "include/cutline/good.h:2: long_one has 75 lines",
    ),
    *(
        (
            f"call of {call}",
            {"src/base/good.c": f"int f(void)\n{{\n    g({call} (x));\n}}\n"},
            f"src/base/good.c:3: {call} is banned",
        )
        for call in tidy.BANNED_CALLS
    ),
    (
        "banned call in a macro",
        {"src/base/good.c": "#define F(x) \\\n    atoi(x)\n"},
        "src/base/good.c:2: atoi is banned",
    ),
    (
        "return in a macro of one line",
        {"src/base/good.c": "#define TRY(x) if (x) return 1\n"},
        "src/base/good.c:1: a macro hides a return",
    ),
    (
        "return in a macro of three lines",
        {"src/base/good.c": "#define TRY(x) \\\n  do { \\\n  return 1; } while (0)\n"},
        "src/base/good.c:3: a macro hides a return",
    ),
    *(
        (
            f"{mark} in {path}",
            {path: CLEAN[path] + f"{start} {mark}: later\n"},
            f": {mark} without an issue",
        )
        for mark in tidy.UNFINISHED
        for path, start in (("src/base/good.c", "//"), ("tools/check.sh", "#"))
    ),
    (
        "dead source",
        {"src/base/lost.c": "int x;\n"},
        "src/base/lost.c:1: in no meson.build",
    ),
    (
        "dead test",
        {"tests/unit/lost.c": "int x;\n"},
        "tests/unit/lost.c:1: in no meson.build",
    ),
    (
        "source named by its stem only",
        {"src/base/alone2.c": "int x;\n", "x/meson.build": "a = ['alone2']\n"},
        "src/base/alone2.c:1: in no meson.build",
    ),
    (
        "dead script",
        {"tests/lint/lost.py": "import lost\n"},
        "tests/lint/lost.py:1: neither the build nor a script names it",
    ),
    (
        "header that is not installed",
        {"include/cutline/lost.h": "int x;\n"},
        "include/cutline/lost.h:1: in no meson.build",
    ),
    (
        "two files of one name",
        {"src/base/good.h": "int x;\n"},
        "src/base/good.h:1: include/cutline/good.h has the same name",
    ),
    (
        "layer without README.md",
        {"src/core/thing.h": "int x;\n"},
        "src/core/README.md:1: the layer has no README.md",
    ),
    (
        "trailing white space",
        {"README.md": "a\nb \n"},
        "README.md:2: white space at the end of the line",
    ),
    (
        "tab in C",
        {"src/base/good.c": "int\tx;\n"},
        "src/base/good.c:1: a tab",
    ),
    (
        "no final newline",
        {"tools/check.sh": "a\nb"},
        "tools/check.sh:2: no newline at the end",
    ),
    (
        "81 columns",
        {"src/base/good.c": f"/* {'é' * 74} */\n/* {'é' * 75} */\n"},
        "src/base/good.c:2: 81 columns (at most 80)",
    ),
    (
        "carriage return",
        {"src/base/README.md": "a\r\n"},
        "src/base/README.md:1: a carriage return",
    ),
    (
        "public function without comment",
        {"include/cutline/good.h": "/* a */\n\nCUT_PUBLIC int *\ncut_a(int a);\n"},
        "include/cutline/good.h:3: cut_a has no comment above it",
    ),
    (
        "public function after another's group",
        {"include/cutline/good.h": CLEAN_H + "\nCUT_PUBLIC int cut_z(void);\n"},
        ": cut_z has no comment above it",
    ),
    (
        "public function under a member's comment",
        {"include/cutline/good.h": "int x; /* one */\nCUT_PUBLIC int cut_a(int a);\n"},
        "include/cutline/good.h:2: cut_a has no comment above it",
    ),
    (
        "public function at the top of a file",
        {"include/cutline/good.h": "CUT_PUBLIC int cut_a(int a);\n"},
        "include/cutline/good.h:1: cut_a has no comment above it",
    ),
    (
        "typedef of a struct",
        {"include/cutline/good.h": "typedef struct point {\n    int x;\n} point;\n"},
        "include/cutline/good.h:1: a typedef of a struct",
    ),
    (
        "typedef of an enum",
        {"include/cutline/good.h": "typedef enum e\n    e;\n"},
        "include/cutline/good.h:1: a typedef of a enum",
    ),
]


def plant(root: pathlib.Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())


def run(root: pathlib.Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOLS / "tidy.py"), str(root)]
    return subprocess.run(command, capture_output=True, text=True)


def is_clean(root: pathlib.Path) -> bool:
    result = run(root)
    print(end="".join(f"# {line}\n" for line in result.stderr.splitlines()))
    passed = "not ok" not in result.stdout and "\n1.." in result.stdout
    return result.returncode == 0 and result.stderr == "" and passed


def fires(root: pathlib.Path, message: str) -> bool:
    """Whether this finding is made, and no other."""
    tree = tidy.read_tree(root)
    found = [finding for rule in tidy.RULES.values() for finding in rule(tree)]
    lines = [f"{path}:{line}: {text}" for path, line, text in found]
    if len(lines) == 1 and message in lines[0]:
        return True
    print(f"# expected: {message}; found:")
    print(end="".join(f"#   {line}\n" for line in lines))
    return False


def main() -> int:
    tap = tidy.Tap()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        plant(root / "clean", CLEAN)
        tap.result(is_clean(root / "clean"), "a clean tree passes")
        for number, (name, files, message) in enumerate(BROKEN):
            plant(root / str(number), CLEAN | files)
            tap.result(fires(root / str(number), message), name)

        result = run(root / "0")
        says = result.stderr.count("\n") == 1 and "\nnot ok" in result.stdout
        tap.result(result.returncode == 1 and says, "a finding is an exit status of 1")
        (root / "empty").mkdir()
        tap.result(run(root / "empty").returncode == 1, "an empty tree is no pass")

        repository = root / "git"
        plant(repository, CLEAN | {".gitignore": "*.log\n", "a.log": "ignored "})
        subprocess.run(["git", "init", "-q", str(repository)], check=True)
        tap.result(is_clean(repository), "what git ignores is ignored")
        subprocess.run(["git", "add", "README.md"], cwd=repository, check=True)
        (repository / "README.md").unlink()
        plant(repository, {"new.txt": "untracked \n"})
        tap.result(fires(repository, "new.txt:1: white"), "what git would add is read")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
