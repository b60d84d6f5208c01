#include "json_memory.h"

#include "commands.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static void *allocate_or_end(size_t size)
{
    void *memory = malloc(size > 0 ? size : 1);

    if (memory != NULL)
        return memory;
    cut_complain(stderr, &cut_program, "%s", cut_error_sentence(CUT_NOMEM));
    _exit(CUT_EXIT_ERROR);
}

void cut_json_memory_or_end(void)
{
    json_set_alloc_funcs(allocate_or_end, free);
}
