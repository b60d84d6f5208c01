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

/* The names of a snapshot's file. */
struct names {
    char name[PATH_MAX];
    char draft[PATH_MAX]; /* until all are written */
    char old[PATH_MAX];   /* what had the name before, until all are in place */
};

static bool
make_names(const struct cut_out_dir *dir, uint64_t number, struct names *out)
{
    int size =
        snprintf(out->name, PATH_MAX, "%s/%" PRIu64 ".snap", dir->path, number);
    int draft_size = snprintf(
        out->draft, PATH_MAX, "%s/.%" PRIu64 ".snap.part", dir->path, number);
    int old_size = snprintf(
        out->old, PATH_MAX, "%s/.%" PRIu64 ".snap.old", dir->path, number);

    errno = ENAMETOOLONG;
    return size < PATH_MAX && draft_size < PATH_MAX && old_size < PATH_MAX;
}

static void remove_drafts(const struct cut_out_dir *dir, uint64_t first)
{
    struct names names = {0};

    for (uint64_t i = first; i < dir->count; i++)
        if (make_names(dir, i, &names))
            unlink(names.draft);
}

static bool is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

enum cut_error cut_out_dir_open(struct cut_out_dir *dir,
                                const struct cut_command *command,
                                const char *path)
{
    *dir = (struct cut_out_dir){.command = command, .path = path};
    if (mkdir(path, 0777) == 0)
        return CUT_OK;
    if (errno == EEXIST) {
        if (is_directory(path))
            return CUT_OK;
        errno = ENOTDIR;
    }
    return refuse(dir, *path != '\0' ? path : "\"\"", "make the directory");
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
    struct names names = {0};

    if (make_names(dir, dir->count++, &names) &&
        write_file(snapshot, names.draft))
        return CUT_OK;
    enum cut_error error = refuse(dir, names.name, "write");
    remove_drafts(dir, 0);
    return error;
}

/* Keep what has a file's name, under another one. False: it cannot be kept. */
static bool keep_old(const struct names *names)
{
    unlink(names->old); /* of a run that was interrupted */
    if (link(names->name, names->old) == 0 || errno == ENOENT)
        return true;
    if (is_directory(names->name))
        errno = EISDIR;
    return false;
}

static bool publish(const struct names *names)
{
    if (!keep_old(names))
        return false;
    if (rename(names->draft, names->name) == 0)
        return true;
    int rename_error = errno;
    unlink(names->old);
    errno = rename_error;
    return false;
}

/* The first `end` files are in place: bring back what was there before. */
static void take_back(const struct cut_out_dir *dir, uint64_t end)
{
    struct names names = {0};

    for (uint64_t i = 0; i < end; i++)
        if (make_names(dir, i, &names) && rename(names.old, names.name) != 0)
            unlink(names.name);
}

/* All are in place: what was there before is not wanted any more. */
static void forget_old(const struct cut_out_dir *dir)
{
    struct names names = {0};

    for (uint64_t i = 0; i < dir->count; i++)
        if (make_names(dir, i, &names))
            unlink(names.old);
}

/* A longer run has left more: say so, since they look like this one's. */
static void warn_of_others(const struct cut_out_dir *dir)
{
    struct names names = {0};

    if (make_names(dir, dir->count, &names) && access(names.name, F_OK) == 0)
        cut_complain(stderr,
                     dir->command,
                     "note: %s is of another run (this one has %" PRIu64
                     " snapshots)",
                     names.name,
                     dir->count);
}

enum cut_error cut_out_dir_finish(struct cut_out_dir *dir)
{
    struct names names = {0};

    for (uint64_t i = 0; i < dir->count; i++) {
        if (make_names(dir, i, &names) && publish(&names))
            continue;
        enum cut_error error = refuse(dir, names.name, "write");
        take_back(dir, i);
        remove_drafts(dir, i);
        return error;
    }
    forget_old(dir);
    warn_of_others(dir);
    return CUT_OK;
}

void cut_out_dir_abandon(struct cut_out_dir *dir)
{
    remove_drafts(dir, 0);
    dir->count = 0;
}
