/*
 * What a process on another host reads from its standard input: one line that
 * says where its supervisor is, and by what they know each other. It is an
 * object of JSON: docs/formats/control.md.
 */
#ifndef CUT_NET_INVITATION_H
#define CUT_NET_INVITATION_H

#include "net/address.h"
#include "net/handshake.h"

/* The longest line, with its end. */
#define CUT_INVITATION_SIZE_MAX 8192

/* The longest path of a directory of keys, with its NUL. */
#define CUT_INVITATION_PATH_SIZE 4096

struct cut_invitation {
    uint8_t secret[CUT_SECRET_SIZE];
    uint8_t run[CUT_RUN_ID_SIZE];
    uint32_t process;
    uint32_t process_count;
    uint32_t incarnation;
    char supervisor[CUT_ADDRESS_SIZE];
    char tls[CUT_INVITATION_PATH_SIZE]; /* "": none */
};

/* Return the line, which ends with a line feed; to be released with free().
 * NULL: there is no memory, or a text is not UTF-8. */
char *cut_invitation_write(const struct cut_invitation *invitation);

/*
 * Read a line, without its end or with it.
 *
 *   fault  says which member is wrong.
 *
 * Errors: CUT_PROTOCOL; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_invitation_read(const char *line,
                                                size_t size,
                                                struct cut_invitation *out,
                                                struct cut_fault *fault);

#endif
