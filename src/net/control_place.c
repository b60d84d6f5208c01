#include "net/control_place.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Callers that the kernel keeps until they are answered. */
#define BACKLOG 128

/* Somebody holds the lock of the directory for an instant. If it is held for
 * so long, its holder is stopped. */
#define LOCK_TRIES 200
#define LOCK_PAUSE_NS 10000000L

/* A directory, opened and locked. */
struct place {
    char path[CUT_CONTROL_PATH_SIZE];
    int descriptor; /* -1: not open */
};

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

bool cut_control_name_is_valid(const char *name)
{
    size_t size = strlen(name);

    if (size == 0 || size > CUT_CONTROL_NAME_MAX || name[0] == '-' ||
        name[0] == '.')
        return false;
    for (size_t i = 0; i < size; i++)
        if (!is_letter_or_digit(name[i]) && strchr("_-.", name[i]) == NULL)
            return false;
    return true;
}

static enum cut_error
fail(struct cut_fault *fault, const char *what, const char *path)
{
    int reason = errno;
    enum cut_error error = cut_fault_fill(
        fault, CUT_IO, "cannot %s %s: %s", what, path, strerror(reason));

    if (fault != NULL)
        fault->system_error = reason;
    return error;
}

/* --- the directory ------------------------------------------------------- */

/* Whether a directory may hold ours: it is the user's, and the longest name of
 * a run still fits behind it. */
static bool is_usable(const char *path)
{
    struct stat status;

    return path != NULL && path[0] == '/' &&
           strlen(path) + sizeof "/cutline/" CUT_CONTROL_SUFFIX +
                   CUT_CONTROL_NAME_MAX <=
               CUT_CONTROL_PATH_SIZE &&
           stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == geteuid() && access(path, W_OK | X_OK) == 0;
}

static void name_directory(char out[CUT_CONTROL_PATH_SIZE])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    if (is_usable(runtime))
        snprintf(out, CUT_CONTROL_PATH_SIZE, "%s/cutline", runtime);
    else
        snprintf(out,
                 CUT_CONTROL_PATH_SIZE,
                 "/tmp/cutline-%lu",
                 (unsigned long)geteuid());
}

/* Open the directory, if it is what it should be: no link that somebody laid,
 * and nobody else's. What is judged is what was opened. */
static enum cut_error open_directory(struct place *place,
                                     struct cut_fault *fault)
{
    struct stat status;

    name_directory(place->path);
    place->descriptor =
        open(place->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place->descriptor < 0 && errno == ENOENT)
        return cut_fault_fill(fault, CUT_STATE, "no run is up");
    if (place->descriptor < 0 && (errno == ENOTDIR || errno == ELOOP))
        return cut_fault_fill(fault, CUT_IO, "%s is no directory", place->path);
    if (place->descriptor < 0 || fstat(place->descriptor, &status) != 0)
        return fail(fault, "open", place->path);
    if (status.st_uid != geteuid())
        return cut_fault_fill(fault,
                              CUT_IO,
                              "%s belongs to somebody else (expected to be "
                              "the user's own)",
                              place->path);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return cut_fault_fill(fault,
                              CUT_IO,
                              "%s is open to others (expected mode 0700, it "
                              "has %04o)",
                              place->path,
                              (unsigned)(status.st_mode & 07777));
    return CUT_OK;
}

static void close_place(const struct place *place)
{
    if (place->descriptor >= 0)
        close(place->descriptor);
}

static enum cut_error lock(const struct place *place, struct cut_fault *fault)
{
    struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};

    for (unsigned i = 0; i < LOCK_TRIES; i++) {
        if (flock(place->descriptor, LOCK_EX | LOCK_NB) == 0)
            return CUT_OK;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(fault, "lock", place->path);
        nanosleep(&pause, NULL);
    }
    errno = ETIMEDOUT;
    return fail(fault, "lock", place->path);
}

enum cut_error cut_control_directory(char out[CUT_CONTROL_PATH_SIZE],
                                     struct cut_fault *fault)
{
    struct place place = {.descriptor = -1};
    enum cut_error error = open_directory(&place, fault);

    close_place(&place);
    if (error == CUT_OK)
        memcpy(out, place.path, sizeof place.path);
    return error;
}

/* --- sockets ------------------------------------------------------------- */

enum cut_error cut_control_name_fault(const char *name, struct cut_fault *fault)
{
    return cut_fault_fill(fault,
                          CUT_INVALID,
                          "bad name of a run '%.80s' (expected at most %d "
                          "letters, digits, '_', '-', '.', not beginning with "
                          "'-' or '.')",
                          name,
                          CUT_CONTROL_NAME_MAX);
}

static enum cut_error check_name(const char *name, struct cut_fault *fault)
{
    return cut_control_name_is_valid(name)
               ? CUT_OK
               : cut_control_name_fault(name, fault);
}

/* Every valid name fits: is_usable saw to that. */
static void make_address(const struct place *place,
                         const char *name,
                         struct sockaddr_un *out)
{
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    (void)snprintf(out->sun_path,
                   sizeof out->sun_path,
                   "%.*s/%s" CUT_CONTROL_SUFFIX,
                   (int)(sizeof out->sun_path - CUT_CONTROL_NAME_MAX - 8),
                   place->path,
                   name);
}

/* Call once. Return 0, or errno; the descriptor is closed then. */
static int call(const struct sockaddr_un *address, int *out)
{
    int descriptor =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (descriptor < 0)
        return errno;
    if (connect(descriptor,
                (const struct sockaddr *)address,
                sizeof *address) == 0) {
        *out = descriptor;
        return 0;
    }
    int reason = errno;
    close(descriptor);
    return reason;
}

/* Under the lock: remove the socket if nobody listens on it. Return whether
 * somebody does. */
static bool is_listened_on(const struct sockaddr_un *address)
{
    int descriptor = -1;
    int reason = call(address, &descriptor);

    if (descriptor >= 0)
        close(descriptor);
    if (reason == ECONNREFUSED)
        unlink(address->sun_path);
    return reason == 0 || reason == EAGAIN;
}

static enum cut_error judge_call(int reason,
                                 const struct sockaddr_un *address,
                                 const char *name,
                                 struct cut_fault *fault)
{
    switch (reason) {
    case ENOENT:
    case ECONNREFUSED:
        return cut_fault_fill(fault, CUT_STATE, "no run '%s' is up", name);
    case EAGAIN:
        return cut_fault_fill(fault,
                              CUT_LIMIT,
                              "the run '%s' does not answer, and others wait "
                              "for it already",
                              name);
    default:
        errno = reason;
        return fail(fault, "connect to", address->sun_path);
    }
}

enum cut_error
cut_control_connect(const char *name, int *out, struct cut_fault *fault)
{
    struct place place = {.descriptor = -1};
    struct sockaddr_un address;
    int reason = 0;
    enum cut_error error = check_name(name, fault);

    if (error == CUT_OK)
        error = open_directory(&place, fault);
    if (error == CUT_STATE)
        error = cut_fault_fill(fault, CUT_STATE, "no run '%s' is up", name);
    if (error == CUT_OK) {
        make_address(&place, name, &address);
        reason = call(&address, out);
        if (reason != 0)
            error = judge_call(reason, &address, name, fault);
        if (reason == ECONNREFUSED && lock(&place, NULL) == CUT_OK)
            (void)is_listened_on(&address);
    }
    close_place(&place);
    return error;
}

/* --- listening ----------------------------------------------------------- */

/* The mode that a socket has before it is bound is that of its file. */
static bool bind_all(int descriptor, const struct sockaddr_un *address)
{
    return fchmod(descriptor, S_IRUSR | S_IWUSR) == 0 &&
           bind(descriptor,
                (const struct sockaddr *)address,
                sizeof *address) == 0 &&
           listen(descriptor, BACKLOG) == 0;
}

static enum cut_error
listen_at(const struct sockaddr_un *address, int *out, struct cut_fault *fault)
{
    int descriptor =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (descriptor >= 0 && bind_all(descriptor, address)) {
        *out = descriptor;
        return CUT_OK;
    }
    enum cut_error error = fail(fault, "listen on", address->sun_path);
    if (descriptor >= 0)
        close(descriptor);
    return error;
}

static enum cut_error make_place(struct place *place, struct cut_fault *fault)
{
    name_directory(place->path);
    if (mkdir(place->path, S_IRWXU) != 0 && errno != EEXIST)
        return fail(fault, "make", place->path);
    enum cut_error error = open_directory(place, fault);
    return error == CUT_OK ? lock(place, fault) : error;
}

enum cut_error cut_control_listen(const char *name,
                                  char path[CUT_CONTROL_PATH_SIZE],
                                  int *out,
                                  struct cut_fault *fault)
{
    struct place place = {.descriptor = -1};
    struct sockaddr_un address;
    enum cut_error error = check_name(name, fault);

    if (error == CUT_OK)
        error = make_place(&place, fault);
    if (error == CUT_OK) {
        make_address(&place, name, &address);
        error = is_listened_on(&address)
                    ? cut_fault_fill(
                          fault, CUT_STATE, "a run '%s' is up already", name)
                    : listen_at(&address, out, fault);
    }
    if (error == CUT_OK)
        memcpy(path, address.sun_path, CUT_CONTROL_PATH_SIZE);
    close_place(&place);
    return error;
}

void cut_control_remove(const char path[CUT_CONTROL_PATH_SIZE])
{
    unlink(path);
}
