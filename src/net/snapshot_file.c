/*
 * The file of a snapshot: written under a name that nobody looks at, made
 * durable, and then given its own. This is done in another thread, which has
 * the take to itself as long as it lasts.
 */
#include "base/fault.h"
#include "net/take.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(struct cut_take *take, const char *path)
{
    take->failure = errno;
    take->failed_at = path;
}

static bool write_all(int descriptor, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        size -= (size_t)written;
    }
    return true;
}

static bool write_file(int descriptor, const char *text)
{
    return write_all(descriptor, text, strlen(text)) &&
           write_all(descriptor, "\n", 1) && fsync(descriptor) == 0;
}

void cut_take_write(struct cut_take *take)
{
    int descriptor = open(take->part_path,
                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                          S_IRUSR | S_IWUSR);

    if (descriptor < 0) {
        fail(take, take->part_path);
        return;
    }
    if (!write_file(descriptor, take->text)) {
        fail(take, take->part_path);
        close(descriptor);
        unlink(take->part_path);
        return;
    }
    if (close(descriptor) != 0) {
        fail(take, take->part_path);
        unlink(take->part_path);
    }
}

/* A name is durable when its directory is. */
static bool sync_directory(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (descriptor < 0)
        return false;
    bool is_durable = fsync(descriptor) == 0;
    int reason = errno;
    close(descriptor);
    errno = reason;
    return is_durable;
}

void cut_take_commit(struct cut_take *take)
{
    if (rename(take->part_path, take->path) != 0) {
        fail(take, take->path);
        unlink(take->part_path);
    } else if (!sync_directory(take->supervisor->config.out)) {
        fail(take, take->supervisor->config.out);
        unlink(take->path);
    }
}

/* Return the id in a name like "12.json"; false: it is no such name. */
static bool id_of(const char *name, uint64_t *id)
{
    char *end;

    if (name[0] < '0' || name[0] > '9')
        return false;
    errno = 0;
    *id = strtoull(name, &end, 10);
    return errno == 0 && strcmp(end, ".json") == 0 && *id < UINT64_MAX;
}

static enum cut_error
fail_directory(const char *directory, int reason, struct cut_fault *fault)
{
    return cut_fault_fill(fault,
                          CUT_IO,
                          "cannot keep snapshots in '%s': %s",
                          directory,
                          reason == EWOULDBLOCK
                              ? "another run does, and is not over"
                              : strerror(reason));
}

/* Two runs that number their files alike would replace each other's. */
enum cut_error
cut_take_claim(const char *directory, int *descriptor, struct cut_fault *fault)
{
    int claimed = -1;

    if (mkdir(directory, S_IRWXU) == 0 || errno == EEXIST)
        claimed = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (claimed < 0)
        return fail_directory(directory, errno, fault);
    if (flock(claimed, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        close(claimed);
        return fail_directory(directory, EWOULDBLOCK, fault);
    }
    /* Better now than in each snapshot. */
    if (access(directory, W_OK | X_OK) != 0) {
        int reason = errno;
        close(claimed);
        return fail_directory(directory, reason, fault);
    }
    *descriptor = claimed;
    return CUT_OK;
}

enum cut_error
cut_take_first_id(const char *directory, uint64_t *id, struct cut_fault *fault)
{
    const struct dirent *entry;
    uint64_t found;
    DIR *open_directory = opendir(directory);

    if (open_directory == NULL)
        return fail_directory(directory, errno, fault);
    *id = 1;
    while ((entry = readdir(open_directory)) != NULL)
        if (id_of(entry->d_name, &found) && found >= *id)
            *id = found + 1;
    closedir(open_directory);
    return CUT_OK;
}
