/*
 * The space-time diagram of a run, drawn with characters: processes are
 * columns, time runs downward, and each snapshot's cut goes through it as a
 * line from column to column.
 *
 * Events are laid out as they are observed: each takes the first free row of
 * its tick in the cells that it covers, so what does not overlap shares rows,
 * and each process's events stay in order. The drawing is made at the end.
 */
#ifndef CLI_DIAGRAM_H
#define CLI_DIAGRAM_H

#include "cast.h"
#include "terminal.h"

#include <cutline/sim.h>

/* The most rows of events; what comes later is not drawn. */
#define CUT_DIAGRAM_ROWS_MAX 2000

struct cut_diagram;

/*
 * Make an empty diagram.
 *
 *   cast           copied; what it borrows, the diagram does.
 *   columns        processes to show, from left to right; copied. NULL: all,
 *                  as many as fit.
 *   column_count   of them; those that do not fit are left out.
 *   allocator      borrowed; NULL: the standard one.
 *
 * Errors:  CUT_INVALID no such process, or one is given twice; CUT_NOMEM.
 * Memory:  at most some megabytes, however long the run.
 */
CUT_MUST_USE enum cut_error
cut_diagram_create(const struct cut_cast *cast,
                   const uint32_t *columns,
                   size_t column_count,
                   const struct cut_terminal *terminal,
                   const struct cut_allocator *allocator,
                   struct cut_diagram **out);

/* Destroy a diagram; NULL is ignored. */
void cut_diagram_destroy(struct cut_diagram *diagram);

/* Have a message labelled with its number: the one that it is all about. */
void cut_diagram_set_subject(struct cut_diagram *diagram, uint64_t message);

/* Have all messages labelled with their numbers too. Not those of tokens. */
void cut_diagram_number_messages(struct cut_diagram *diagram);

/*
 * Take in an event: a struct cut_sim_observer's function, with the diagram as
 * its context. Running out of memory is reported by cut_diagram_write.
 */
void cut_diagram_observe(void *context, const struct cut_sim_event *event);

/*
 * Draw what has been observed, and below it how to read it and what became of
 * each snapshot.
 *
 *   file     open for writing; errors are left in its error indicator.
 *
 * Errors:  CUT_NOMEM, now or while observing: nothing was written.
 */
CUT_MUST_USE enum cut_error cut_diagram_write(struct cut_diagram *diagram,
                                              FILE *file);

/* Draw it without a word below. Errors: as above. */
CUT_MUST_USE enum cut_error
cut_diagram_write_picture(struct cut_diagram *diagram, FILE *file);

#endif
