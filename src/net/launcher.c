#include "net/launcher.h"

#include "base/memory.h"

#include <string.h>

static const char place[] = "{host}";
static const char blanks[] = " \t\n";

/* Append a word; return whether the host was in it. */
static bool append(struct cut_launcher *launcher,
                   const char *word,
                   size_t size,
                   const char *host)
{
    struct cut_writer *out = &launcher->words;
    const size_t place_size = sizeof place - 1;
    bool has_host = false;

    for (size_t at = 0; at < size;) {
        if (size - at >= place_size &&
            memcmp(word + at, place, place_size) == 0) {
            cut_write(out, host, strlen(host));
            has_host = true;
            at += place_size;
        } else {
            cut_write(out, &word[at++], 1);
        }
    }
    cut_write(out, "", 1);
    launcher->count++;
    return has_host;
}

/* A word that is taken as it is. */
static void append_plain(struct cut_launcher *launcher, const char *word)
{
    cut_write(&launcher->words, word, strlen(word) + 1);
    launcher->count++;
}

static void append_command(struct cut_launcher *launcher,
                           const char *command,
                           const char *host)
{
    bool has_host = false;

    for (;;) {
        command += strspn(command, blanks);
        size_t size = strcspn(command, blanks);
        if (size == 0)
            break;
        has_host |= append(launcher, command, size, host);
        command += size;
    }
    if (!has_host && launcher->count > 0)
        append_plain(launcher, host);
}

static enum cut_error point_at_words(struct cut_launcher *launcher)
{
    char *at = (char *)launcher->words.data;

    launcher->argv = cut_allocate_zeroed(
        cut_allocator_standard(), launcher->count + 1, sizeof *launcher->argv);
    if (launcher->argv == NULL)
        return CUT_NOMEM;
    for (size_t i = 0; i < launcher->count; i++) {
        launcher->argv[i] = at;
        at += strlen(at) + 1;
    }
    return CUT_OK;
}

enum cut_error cut_launcher_init(struct cut_launcher *launcher,
                                 const char *command,
                                 const char *host,
                                 const char *program)
{
    enum cut_error error = CUT_INVALID;

    *launcher = (struct cut_launcher){.argv = NULL};
    cut_writer_init(&launcher->words, NULL);
    append_command(launcher, command, host);
    if (launcher->count > 0) {
        append_plain(launcher, "env");
        append_plain(launcher, "CUTLINE_CONTROL=-");
        append_plain(launcher, program);
        error = launcher->words.error;
    }
    if (error == CUT_OK)
        error = point_at_words(launcher);
    if (error != CUT_OK)
        cut_launcher_fini(launcher);
    return error;
}

void cut_launcher_fini(struct cut_launcher *launcher)
{
    cut_release(cut_allocator_standard(),
                launcher->argv,
                launcher->count + 1,
                sizeof *launcher->argv);
    launcher->argv = NULL;
    cut_writer_fini(&launcher->words);
}

bool cut_launcher_takes(const char *program)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789_./+,@%=:-";

    return program[0] == '/' && program[strspn(program, letters)] == '\0';
}
