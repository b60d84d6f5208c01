/*
 * The names of processes.
 */
#ifndef CUT_SIM_NAMES_H
#define CUT_SIM_NAMES_H

#include "base/reader.h"
#include "sim/graph.h"

/*
 * Return whether the bytes are a name: 1 to CUT_NAME_SIZE_MAX of UTF-8, no
 * white space, no control characters.
 */
bool cut_name_is_valid(const char *text, size_t size);

/*
 * Keep the name of process process_count, which is about to be added. It is
 * valid and new.
 *
 * Errors: CUT_LIMIT too many bytes of names; CUT_NOMEM; nothing was kept.
 */
CUT_MUST_USE enum cut_error cut_topology_add_name(struct cut_topology *topology,
                                                  const char *text,
                                                  size_t size);

/*
 * Give an empty topology its processes, named p0, p1, ..., without tokens.
 *
 *   process_count  at least 1, at most CUT_PROCESS_COUNT_MAX.
 *
 * Errors: CUT_NOMEM; the topology can only be destroyed.
 */
CUT_MUST_USE enum cut_error cut_topology_number(struct cut_topology *topology,
                                                uint32_t process_count);

/* Write a process's name for people, as cut_field_quote. Returns out. */
const char *cut_topology_quote(const struct cut_topology *topology,
                               uint32_t process,
                               char out[CUT_QUOTE_SIZE]);

#endif
