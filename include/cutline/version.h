/*
 * The version of the headers, and of the library that a program runs with.
 */
#ifndef CUTLINE_VERSION_H
#define CUTLINE_VERSION_H

#include <cutline/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CUT_VERSION "0.1.0"

/*
 * Return the version of the library, "major.minor.patch". Static text. Any
 * thread.
 */
CUT_PUBLIC const char *cut_version(void);

#ifdef __cplusplus
}
#endif

#endif
