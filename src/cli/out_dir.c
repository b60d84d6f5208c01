#include "out_dir.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum cut_error
refuse(const struct cut_out_dir *dir, const char *path, const char *what)
{
    cut_complain(
        stderr, dir->command, "%s: cannot %s: %s", path, what, strerror(errno));
    return CUT_IO;
}

/* The name of a snapshot's file, and the one that it has until all are there.
 */
static bool make_names(const struct cut_out_dir *dir,
                       uint64_t number,
                       char name[PATH_MAX],
                       char draft[PATH_MAX])
{
    int name_size =
        snprintf(name, PATH_MAX, "%s/%" PRIu64 ".snap", dir->path, number);
    int draft_size = snprintf(
        draft, PATH_MAX, "%s/.%" PRIu64 ".snap.part", dir->path, number);

    errno = ENAMETOOLONG;
    return name_size < PATH_MAX && draft_size < PATH_MAX;
}

static void remove_drafts(const struct cut_out_dir *dir, uint64_t first)
{
    char name[PATH_MAX];
    char draft[PATH_MAX];

    for (uint64_t i = first; i < dir->count; i++)
        if (make_names(dir, i, name, draft))
            unlink(draft);
}

/* All or none: what is there already goes again. */
static void remove_written(const struct cut_out_dir *dir, uint64_t end)
{
    char name[PATH_MAX];
    char draft[PATH_MAX];

    for (uint64_t i = 0; i < end; i++)
        if (make_names(dir, i, name, draft))
            unlink(name);
}

enum cut_error cut_out_dir_open(struct cut_out_dir *dir,
                                const struct cut_command *command,
                                const char *path)
{
    *dir = (struct cut_out_dir){.command = command, .path = path};
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return CUT_OK;
    return refuse(dir, path, "make the directory");
}

/* A full disk may be noticed as late as when the file is closed. */
static bool write_file(const struct cut_snapshot *snapshot, const char *path)
{
    FILE *file = fopen(path, "we");

    if (file == NULL)
        return false;
    bool is_written = cut_snapshot_write(snapshot, file) == CUT_OK;
    is_written = fflush(file) == 0 && is_written;
    int write_error = errno;
    if (fclose(file) == 0 && is_written)
        return true;
    if (!is_written)
        errno = write_error;
    return false;
}

enum cut_error cut_out_dir_write(struct cut_out_dir *dir,
                                 const struct cut_snapshot *snapshot)
{
    char name[PATH_MAX];
    char draft[PATH_MAX];

    if (make_names(dir, dir->count++, name, draft) &&
        write_file(snapshot, draft))
        return CUT_OK;
    enum cut_error error = refuse(dir, name, "write");
    remove_drafts(dir, 0);
    return error;
}

enum cut_error cut_out_dir_finish(struct cut_out_dir *dir)
{
    char name[PATH_MAX];
    char draft[PATH_MAX];

    for (uint64_t i = 0; i < dir->count; i++) {
        if (make_names(dir, i, name, draft) && rename(draft, name) == 0)
            continue;
        enum cut_error error = refuse(dir, name, "write");
        remove_drafts(dir, i);
        remove_written(dir, i);
        return error;
    }
    return CUT_OK;
}

void cut_out_dir_abandon(struct cut_out_dir *dir)
{
    remove_drafts(dir, 0);
    dir->count = 0;
}
