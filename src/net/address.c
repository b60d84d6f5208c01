#include "net/address.h"

#include "base/fault.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Who calls at once, before each is answered: a full mesh begins. */
#define BACKLOG 1024

static enum cut_error
read_unix(const char *path, struct cut_address *out, struct cut_fault *fault)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&out->storage;
    size_t size = strlen(path);

    if (size == 0 || size >= sizeof un->sun_path)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "the path \"%s\" is %s (expected at most %zu "
                              "bytes)",
                              path,
                              size == 0 ? "empty" : "too long",
                              sizeof un->sun_path - 1);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, size + 1);
    out->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
    return CUT_OK;
}

/* Split "HOST", "HOST:PORT", "V6", "[V6]", "[V6]:PORT" in place. */
static bool split(char *text, char **host, char **port)
{
    char *end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');

    *host = text;
    *port = NULL;
    if (text[0] == '[') {
        if (end == NULL)
            return false;
        *host = text + 1;
        *end++ = '\0';
        if (*end == '\0')
            return true;
        if (*end != ':')
            return false;
    } else if (end == NULL || strchr(end + 1, ':') != NULL) {
        return true;
    }
    *end = '\0';
    *port = end + 1;
    return true;
}

/* The C library takes a larger one, or one below 0, and makes another of it. */
static bool is_port(const char *text)
{
    size_t size = strlen(text);

    return size >= 1 && size <= 5 && strspn(text, "0123456789") == size &&
           strtoul(text, NULL, 10) <= UINT16_MAX;
}

static enum cut_error
refuse_tcp(const char *text, const char *why, struct cut_fault *fault)
{
    return cut_fault_fill(fault,
                          CUT_INVALID,
                          "\"%s\" is no address: %s (expected such as "
                          "127.0.0.1:4000)",
                          text,
                          why);
}

static enum cut_error
read_tcp(const char *text, struct cut_address *out, struct cut_fault *fault)
{
    struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICSERV,
    };
    struct addrinfo *found = NULL;
    char copy[CUT_ADDRESS_SIZE];
    char *host;
    char *port;

    if (strlen(text) >= sizeof copy)
        return refuse_tcp(text, "it is too long", fault);
    snprintf(copy, sizeof copy, "%s", text);
    if (!split(copy, &host, &port) || host[0] == '\0')
        return refuse_tcp(text, "it names no host", fault);
    if (port != NULL && !is_port(port))
        return refuse_tcp(text, "its port is none from 0 to 65535", fault);
    int status = getaddrinfo(host, port != NULL ? port : "0", &hints, &found);
    if (status != 0)
        return refuse_tcp(text, gai_strerror(status), fault);
    memcpy(&out->storage, found->ai_addr, found->ai_addrlen);
    out->size = found->ai_addrlen;
    freeaddrinfo(found);
    return CUT_OK;
}

enum cut_error cut_address_read(const char *text,
                                struct cut_address *out,
                                struct cut_fault *fault)
{
    memset(out, 0, sizeof *out);
    if (strncmp(text, "unix:", 5) == 0)
        return read_unix(text + 5, out, fault);
    if (strncmp(text, "tcp:", 4) == 0)
        return read_tcp(text + 4, out, fault);
    return cut_fault_fill(fault,
                          CUT_INVALID,
                          "\"%s\" is no address (expected unix:PATH or "
                          "tcp:ADDRESS:PORT)",
                          text);
}

void cut_address_write(const struct cut_address *address,
                       char out[CUT_ADDRESS_SIZE])
{
    const struct sockaddr *any = (const struct sockaddr *)&address->storage;
    char host[NI_MAXHOST] = "?";
    char port[NI_MAXSERV] = "0";

    if (any->sa_family == AF_UNIX) {
        const struct sockaddr_un *un = (const struct sockaddr_un *)any;
        snprintf(out, CUT_ADDRESS_SIZE, "unix:%s", un->sun_path);
        return;
    }
    (void)getnameinfo(any,
                      address->size,
                      host,
                      sizeof host,
                      port,
                      sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(out,
             CUT_ADDRESS_SIZE,
             any->sa_family == AF_INET6 ? "tcp:[%.200s]:%s" : "tcp:%.200s:%s",
             host,
             port);
}

void cut_address_forget_port(struct cut_address *address)
{
    if (address->storage.ss_family == AF_INET)
        ((struct sockaddr_in *)&address->storage)->sin_port = 0;
    else if (address->storage.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = 0;
}

bool cut_address_is_any(const struct cut_address *address)
{
    const struct sockaddr_in *in =
        (const struct sockaddr_in *)&address->storage;
    const struct sockaddr_in6 *in6 =
        (const struct sockaddr_in6 *)&address->storage;

    if (address->storage.ss_family == AF_INET)
        return in->sin_addr.s_addr == htonl(INADDR_ANY);
    return address->storage.ss_family == AF_INET6 &&
           memcmp(&in6->sin6_addr, &in6addr_any, sizeof in6addr_any) == 0;
}

/* A datagram socket that is connected has an address, and sends nothing. */
enum cut_error cut_address_route(const char *host,
                                 struct cut_address *out,
                                 struct cut_fault *fault)
{
    const char *at = strrchr(host, '@');
    char text[CUT_ADDRESS_SIZE];
    struct cut_address to;
    struct cut_address from = {.size = sizeof from.storage};

    snprintf(text, sizeof text, "tcp:%s", at != NULL ? at + 1 : host);
    enum cut_error error = cut_address_read(text, &to, fault);
    if (error != CUT_OK)
        return cut_fault_fill(fault, error, "its name is not known here");
    int probe = socket(to.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0 ||
        connect(probe, (const struct sockaddr *)&to.storage, to.size) != 0 ||
        getsockname(probe, (struct sockaddr *)&from.storage, &from.size) != 0)
        error = cut_fault_fill(fault, CUT_INVALID, "%s", strerror(errno));
    if (probe >= 0)
        close(probe);
    if (error != CUT_OK)
        return error;
    cut_address_forget_port(&from);
    *out = from;
    return CUT_OK;
}

static int make_socket(const struct cut_address *address)
{
    return socket(address->storage.ss_family,
                  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                  0);
}

static enum cut_error give_up(int descriptor)
{
    int reason = errno;

    close(descriptor);
    errno = reason;
    return CUT_IO;
}

/* Remove a socket at which nobody listens any more, and nothing else. */
static void remove_stale(const struct cut_address *address)
{
    const struct sockaddr_un *un =
        (const struct sockaddr_un *)&address->storage;
    struct stat status;
    int probe;

    if (lstat(un->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    probe = make_socket(address);
    if (probe < 0)
        return;
    if (connect(probe, (const struct sockaddr *)un, address->size) != 0 &&
        errno == ECONNREFUSED)
        unlink(un->sun_path);
    close(probe);
}

enum cut_error cut_address_listen(const struct cut_address *address,
                                  int *descriptor)
{
    const struct sockaddr *any = (const struct sockaddr *)&address->storage;
    int new = make_socket(address);
    int yes = 1;

    if (new < 0)
        return CUT_IO;
    if (any->sa_family == AF_UNIX)
        remove_stale(address);
    else
        (void)setsockopt(new, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(new, any, address->size) != 0 || listen(new, BACKLOG) != 0)
        return give_up(new);
    *descriptor = new;
    return CUT_OK;
}

void cut_address_prepare(int descriptor)
{
    int yes = 1;

    /* Of no use, and refused, where it is not TCP. */
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

enum cut_error cut_address_connect(const struct cut_address *address,
                                   int *descriptor)
{
    int new = make_socket(address);

    if (new < 0)
        return CUT_IO;
    cut_address_prepare(new);
    if (connect(new,
                (const struct sockaddr *)&address->storage,
                address->size) != 0 &&
        errno != EINPROGRESS)
        return give_up(new);
    *descriptor = new;
    return CUT_OK;
}
