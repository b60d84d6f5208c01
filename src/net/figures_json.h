/*
 * Figures of a run as JSON: docs/formats/control-socket.md. What is returned is
 * the caller's; NULL where there is no memory.
 */
#ifndef CUT_NET_FIGURES_JSON_H
#define CUT_NET_FIGURES_JSON_H

#include "net/figures.h"

/* A snapshot; with what each process contributed, if it has parts that are
 * wanted. */
json_t *cut_figures_snapshot_json(const struct cut_supervisor *supervisor,
                                  const struct cut_figures_snapshot *snapshot,
                                  bool wants_parts);

/* How many snapshots there were, and what became of them. */
json_t *cut_figures_counters_json(const struct cut_supervisor *supervisor);

/* All summaries. */
json_t *cut_figures_summaries_json(const struct cut_supervisor *supervisor);

/* The last snapshots, the oldest first, and those that are under way. */
json_t *cut_figures_recent_json(const struct cut_supervisor *supervisor);

/* Return the snapshot of an id with its parts, under way or not; NULL: it is
 * not kept, and error is CUT_OK; or there is no memory. */
json_t *cut_figures_find_json(const struct cut_supervisor *supervisor,
                              uint64_t id,
                              enum cut_error *error);

#endif
