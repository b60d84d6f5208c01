/*
 * A program that does what programs should not, for tests of `cutline run`.
 *
 *     daemon     starts a process that lives on with its output, and is done
 *     flood      writes lines without end, until it is told to stop
 *     abort      aborts when its state is given back
 *     refuse     does not want to be made; only process 0
 *     inherits   prints the descriptors that what it executes would have
 */
#include <cutline/process.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is(struct cut_context *context, const char *word)
{
    return cut_argument_count(context) > 0 &&
           strcmp(cut_argument(context, 0), word) == 0;
}

struct state {
    int64_t aborts;
};

static enum cut_error create(void *state, struct cut_context *context)
{
    ((struct state *)state)->aborts = is(context, "abort");
    if (is(context, "refuse") && cut_self(context) == 0) {
        cut_fail(context, "does not want to");
        return CUT_INVALID;
    }
    return CUT_OK;
}

static void live_on(void)
{
    if (fork() == 0) {
        sleep(60);
        _exit(0);
    }
}

static void print_descriptors(struct cut_context *context)
{
    for (int descriptor = 0; descriptor < 1024; descriptor++) {
        int flags = fcntl(descriptor, F_GETFD);
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0)
            cut_print(context, "descriptor %d", descriptor);
    }
}

static void start(void *state, struct cut_context *context)
{
    (void)state;
    if (is(context, "daemon"))
        live_on();
    if (is(context, "inherits"))
        print_descriptors(context);
    if (is(context, "flood"))
        cut_timer_set(context, 0, 0);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        puts("y");
    fflush(stdout);
    cut_timer_set(context, which, 0);
}

static void destroy(void *state)
{
    if (((struct state *)state)->aborts != 0)
        abort();
}

static const struct cut_process odd = {
    .name = "odd",
    .arguments = "daemon | flood | abort | refuse | inherits",
    .state_size = sizeof(struct state),
    .create = create,
    .destroy = destroy,
    .start = start,
    .timer = timer,
};

int main(int argc, char **argv)
{
    return cut_main(argc, argv, &odd);
}
