/*
 * Keys for a run over several hosts: certificates with which its processes know
 * each other, and nobody else, over TLS.
 */
#ifndef CUTLINE_KEYS_H
#define CUTLINE_KEYS_H

#include <cutline/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For how many days keys are made, at least and at most, and if not said. */
#define CUT_KEYS_DAYS_MIN 1
#define CUT_KEYS_DAYS_MAX 3650
#define CUT_KEYS_DAYS_DEFAULT 30

/*
 * Make a directory of keys: an authority of its own (ca.pem), a certificate
 * that it signed (cert.pem) and the private key of that (key.pem, which its
 * owner alone can read). All who have a copy trust each other. The authority's
 * private key is forgotten: nobody can sign a second certificate.
 *
 *   directory  made if it is not there, for its owner alone; one that is there
 *              keeps its mode, and may have other files, but none of these.
 *   days       from now on; from CUT_KEYS_DAYS_MIN to _MAX.
 *   fault      says what is wrong in one line, its path is directory; NULL:
 *              nobody wants to know.
 *
 * Errors:  CUT_INVALID days; CUT_STATE there are keys already; CUT_IO a file
 *          or the directory cannot be written; CUT_NOMEM. Nothing is left
 *          behind then, and what was there is as it was.
 * Threads: any.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_keys_create(const char *directory, unsigned days, struct cut_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
