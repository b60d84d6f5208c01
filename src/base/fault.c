#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>

enum cut_error cut_fault_fill(struct cut_fault *fault,
                              enum cut_error code,
                              const char *format,
                              ...)
{
    va_list arguments;

    if (fault == NULL)
        return code;
    *fault = (struct cut_fault){.code = code};
    va_start(arguments, format);
    vsnprintf(fault->what, sizeof fault->what, format, arguments);
    va_end(arguments);
    return code;
}
