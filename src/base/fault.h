/*
 * Saying what went wrong.
 */
#ifndef CUT_BASE_FAULT_H
#define CUT_BASE_FAULT_H

#include <cutline/error.h>

/*
 * Fill a fault that is in no file: code and sentence. Returns code.
 *
 *   fault  the caller's; NULL: nobody wants to know.
 */
__attribute__((format(printf, 3, 4))) enum cut_error
cut_fault_fill(struct cut_fault *fault,
               enum cut_error code,
               const char *format,
               ...);

#endif
