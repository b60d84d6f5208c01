/*
 * Snapshots and `.snap` files: reading, canonical form, difference.
 */
#include "check.h"

#include <cutline/snapshot.h>
#include <stdlib.h>

/* a <-> b -> c, one token each. */
static struct cut_topology *make_topology(void)
{
    static const char text[] = "3\na 1\nb 1\nc 1\na b\nb a\nb c\n";
    struct cut_topology *t = NULL;
    FILE *file = tmpfile();

    fputs(text, file);
    rewind(file);
    CHECK_EQ(cut_topology_read(file, "t", NULL, &t, NULL), CUT_OK);
    fclose(file);
    return t;
}

static struct cut_snapshot *read_text(const struct cut_topology *t,
                                      const char *text)
{
    struct cut_snapshot *snapshot = NULL;
    struct cut_fault fault = {0};
    FILE *file = tmpfile();

    fputs(text, file);
    rewind(file);
    CHECK_EQ(cut_snapshot_read(file, "s", t, NULL, &snapshot, &fault), CUT_OK);
    fclose(file);
    return snapshot;
}

static char *take_text(FILE *file)
{
    size_t size = (size_t)ftell(file);
    char *text = calloc(1, size + 1);

    rewind(file);
    CHECK_EQ(fread(text, 1, size, file), size);
    fclose(file);
    return text;
}

static void test_canonical_form(void)
{
    struct cut_topology *t = make_topology();
    struct cut_snapshot *snapshot =
        read_text(t,
                  "5\r\nc 3\n\na 1\nb c token(9)\nb a token(8)\na b token(2)\n"
                  "b a token(7)\nb 2");
    FILE *file = tmpfile();

    CHECK_EQ(cut_snapshot_write(snapshot, file), CUT_OK);
    char *text = take_text(file);
    CHECK_STR(text,
              "5\na 1\nb 2\nc 3\nb a token(8)\nb a token(7)\na b token(2)\n"
              "b c token(9)\n");
    free(text);
    cut_snapshot_destroy(snapshot);
    cut_snapshot_destroy(NULL);
    cut_topology_destroy(t);
}

static void
check_difference(const char *left, const char *right, const char *expected)
{
    struct cut_topology *t = make_topology();
    struct cut_snapshot *a = read_text(t, left);
    struct cut_snapshot *b = read_text(t, right);
    FILE *file = tmpfile();

    CHECK_EQ(cut_snapshot_equal(a, b), *expected == '\0');
    CHECK_EQ(cut_snapshot_write_difference(a, b, file), CUT_OK);
    char *text = take_text(file);
    CHECK_STR(text, expected);
    free(text);
    cut_snapshot_destroy(a);
    cut_snapshot_destroy(b);
    cut_topology_destroy(t);
}

#define STATE "0\na 1\nb 1\nc 1\n"

static void test_differences(void)
{
    check_difference(STATE, STATE, "");
    check_difference(STATE, "1\na 1\nb 1\nc 1\n", "-0\n+1\n");
    check_difference(STATE, "0\na 1\nb 4\nc 1\n", "-b 1\n+b 4\n");
    check_difference(STATE "a b token(1)\n", STATE, "-a b token(1)\n");
    check_difference(STATE, STATE "b c token(1)\n", "+b c token(1)\n");
    check_difference(STATE "b a token(1)\nb a token(2)\nb a token(3)\n",
                     STATE "b a token(1)\nb a token(3)\n",
                     "-b a token(2)\n");
    check_difference(STATE "b a token(1)\nb a token(2)\n",
                     STATE "b a token(2)\nb a token(1)\n",
                     "-b a token(1)\n-b a token(2)\n+b a token(2)\n"
                     "+b a token(1)\n");
    check_difference(STATE "b a token(1)\nb c token(2)\n",
                     STATE "b c token(2)\nb a token(1)\n",
                     "");
}

static void test_long_differences_are_cut(void)
{
    char text[2000] = STATE;
    size_t used = strlen(text);

    for (unsigned i = 0; i < 30; i++)
        used += (size_t)snprintf(
            text + used, sizeof text - used, "a b token(%u)\n", i);
    struct cut_topology *t = make_topology();
    struct cut_snapshot *a = read_text(t, text);
    struct cut_snapshot *b = read_text(t, STATE);
    FILE *file = tmpfile();
    CHECK_EQ(cut_snapshot_write_difference(a, b, file), CUT_OK);
    char *difference = take_text(file);
    CHECK(strstr(difference, "-a b token(19)\nand 10 more lines\n") != NULL);
    free(difference);
    cut_snapshot_destroy(a);
    cut_snapshot_destroy(b);
    cut_topology_destroy(t);
}

int main(void)
{
    RUN(test_canonical_form);
    RUN(test_differences);
    RUN(test_long_differences_are_cut);
    return check_end();
}
