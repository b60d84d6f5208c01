/*
 * Errors: one table, one enum, and the caller-owned record of what went wrong
 * where.
 *
 * Four classes that never mix:
 *   a programmer's mistake     an assertion traps (the core's stay on in
 *                              release builds)
 *   a peer's mistake           CUT_PROTOCOL
 *   a bad argument or state    CUT_INVALID, CUT_STATE
 *   the environment            CUT_LIMIT, CUT_NOMEM, CUT_IO
 */
#ifndef CUTLINE_ERROR_H
#define CUTLINE_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what the shared library exports. */
#define CUT_PUBLIC __attribute__((visibility("default")))

/* Marks a result that may not be ignored. */
#define CUT_MUST_USE __attribute__((warn_unused_result))

/* The table of errors: name, number, sentence. */
#define CUT_ERRORS(X)                                                          \
    X(OK, 0, "success")                                                        \
    X(INVALID, 1, "an argument is outside its range, or input is malformed")   \
    X(STATE, 2, "this is not possible in the present state")                   \
    X(PROTOCOL, 3, "a peer sent what the protocol does not allow")             \
    X(LIMIT, 4, "a limit set at creation is reached")                          \
    X(NOMEM, 5, "out of memory")                                               \
    X(IO, 6, "a system call failed")

enum cut_error {
#define CUT_ERROR_ENUMERATOR(name, number, sentence) CUT_##name = number,
    CUT_ERRORS(CUT_ERROR_ENUMERATOR)
#undef CUT_ERROR_ENUMERATOR
};

/*
 * Return the name of an error ("CUT_LIMIT"), "CUT_?" for an unknown number.
 * The text is static. Any thread.
 */
CUT_PUBLIC const char *cut_error_name(enum cut_error error);

/*
 * Return the sentence that explains an error. The text is static. Any thread.
 */
CUT_PUBLIC const char *cut_error_sentence(enum cut_error error);

/*
 * What went wrong, and where. Owned by the caller, filled by the callee only
 * when it fails.
 */
struct cut_fault {
    enum cut_error code;
    int system_error; /* errno, or 0 where no system call failed */
    const char *path; /* as given to the call that failed; may be NULL */
    uint64_t line;    /* from 1; 0: the fault is not in one line */
    uint64_t column;  /* in bytes, from 1; 0: not in one column */
    char what[256];   /* "what is wrong (expected ...)", one line */
};

/*
 * Write a fault as people read it, "path:line:column: what", into out.
 *
 *   size     of out, in bytes; a longer text is cut at the end.
 *   returns  the length of the whole text, like snprintf.
 *
 * Threads: any.
 */
CUT_PUBLIC size_t cut_fault_format(const struct cut_fault *fault,
                                   char *out,
                                   size_t size);

#ifdef __cplusplus
}
#endif

#endif
