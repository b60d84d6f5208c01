/*
 * The shapes of generated topologies, as they are written.
 */
#ifndef CUT_SIM_SHAPE_H
#define CUT_SIM_SHAPE_H

#include <cutline/error.h>

enum cut_shape_kind {
    CUT_SHAPE_RING,
    CUT_SHAPE_LINE,
    CUT_SHAPE_STAR,
    CUT_SHAPE_GRID,
    CUT_SHAPE_TORUS,
    CUT_SHAPE_HYPERCUBE,
    CUT_SHAPE_TREE,
    CUT_SHAPE_COMPLETE,
    CUT_SHAPE_RANDOM,
};

/* A shape and its size, which is within the limits of a topology. */
struct cut_shape {
    enum cut_shape_kind kind;
    uint32_t a; /* N, A or D */
    uint32_t b; /* B, K or DEGREE; 1 where there is none */
    uint32_t process_count;
    uint64_t channel_count; /* doubled ones counted twice */
};

/*
 * Read a shape.
 *
 *   text   of which the faults quote the beginning.
 *   fault  filled on failure; NULL if not wanted.
 *
 * Errors: CUT_INVALID no shape, or a number out of its range; CUT_LIMIT more
 *         processes or channels than a topology has.
 */
CUT_MUST_USE enum cut_error cut_shape_parse(const char *text,
                                            struct cut_shape *out,
                                            struct cut_fault *fault);

#endif
