#include <cutline/version.h>

const char *cut_version(void)
{
    return CUT_VERSION;
}
