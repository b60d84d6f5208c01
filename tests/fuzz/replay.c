/*
 * Replays inputs through a fuzz target, without libFuzzer: each argument is a
 * file, or a directory of files. TAP, a line for each input.
 *
 * A target that finds something stops the program, so that the plan at the
 * end is missing.
 */
#include "fuzz.h"

#include <dirent.h>

static unsigned replayed;
static unsigned failed;

/*
 * Read a whole file into a block of just its size, so that a sanitizer sees a
 * read past its end. Returns NULL where it cannot be read.
 */
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    uint8_t *bytes = NULL;

    if (file == NULL)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0 && ftell(file) >= 0) {
        *size = (size_t)ftell(file);
        bytes = malloc(*size > 0 ? *size : 1);
        rewind(file);
    }
    if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

static void replay_file(const char *path)
{
    size_t size = 0;
    uint8_t *bytes = read_file(path, &size);
    const char *slash = strrchr(path, '/');

    replayed++;
    if (bytes == NULL) {
        failed++;
        printf("not ok %u - %s cannot be read\n", replayed, path);
        return;
    }
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    printf("ok %u - %s\n", replayed, slash != NULL ? slash + 1 : path);
    fflush(stdout);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Return whether it is a directory. Its files come in the order of names. */
static bool replay_directory(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);

    if (count < 0)
        return false;
    for (int i = 0; i < count; i++) {
        char *file = NULL;
        if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0)
            abort();
        replay_file(file);
        free(file);
        free(entries[i]);
    }
    free(entries);
    return true;
}

int main(int argc, char *argv[])
{
    for (int i = 1; i < argc; i++)
        if (!replay_directory(argv[i]))
            replay_file(argv[i]);
    printf("1..%u\n", replayed);
    return failed > 0 || replayed == 0;
}
