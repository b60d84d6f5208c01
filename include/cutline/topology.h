/*
 * Topologies: the processes of a system and the directed channels between
 * them, and the reader of COS 418 `.top` files.
 *
 * While a topology is built, a process is known by the order in which it was
 * added. Sealing sorts the processes by name, in byte order; from then on the
 * topology does not change, a process is known by its index in that order, and
 * a channel by its index in the order of (source, destination).
 *
 * Threads: a sealed topology may be read by any number of threads.
 */
#ifndef CUTLINE_TOPOLOGY_H
#define CUTLINE_TOPOLOGY_H

#include <cutline/allocator.h>
#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most processes, and the most channels, of a topology. */
#define CUT_PROCESS_COUNT_MAX (UINT32_C(1) << 30)
#define CUT_CHANNEL_COUNT_MAX (UINT32_C(1) << 31)

/* The longest name of a process, in bytes. */
#define CUT_NAME_SIZE_MAX 255

/* The most tokens a system may hold. */
#define CUT_TOKENS_MAX INT64_MAX

/* No process, no channel. */
#define CUT_NONE UINT32_MAX

struct cut_topology;

/*
 * Make an empty topology, to be built and sealed.
 *
 *   allocator  borrowed until the topology is destroyed; NULL: the standard.
 *
 * Errors:  CUT_NOMEM.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_topology_create(const struct cut_allocator *allocator,
                    struct cut_topology **out);

/* Destroy a topology, sealed or not; NULL is ignored. */
CUT_PUBLIC void cut_topology_destroy(struct cut_topology *topology);

/*
 * Add a process to a topology that is not sealed.
 *
 *   name    1 to CUT_NAME_SIZE_MAX bytes of UTF-8 without white space,
 *           control and format characters; copied; no NUL needed at its end.
 *   tokens  what it holds at the start.
 *
 * Errors:  CUT_INVALID the name is not such a name; CUT_STATE the name is
 *          there already, or the topology is sealed; CUT_LIMIT too many
 *          processes, or more than CUT_TOKENS_MAX tokens in all; CUT_NOMEM.
 *          Nothing was added.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_topology_add_process(struct cut_topology *topology,
                         const char *name,
                         size_t name_size,
                         uint64_t tokens);

/*
 * Add a channel to a topology that is not sealed. A channel from a process to
 * itself, and one that is there already, are taken and change nothing.
 *
 *   source, destination   processes, by the order in which they were added.
 *
 * Errors:  CUT_INVALID no such process; CUT_STATE the topology is sealed;
 *          CUT_LIMIT too many channels; CUT_NOMEM. Nothing was added.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_topology_add_channel(struct cut_topology *topology,
                         uint32_t source,
                         uint32_t destination);

/*
 * Sort and seal a topology.
 *
 * Errors:  CUT_STATE it is sealed already, or has no process: nothing has
 *          changed. CUT_NOMEM: the topology can only be destroyed.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_topology_seal(struct cut_topology *topology);

/*
 * Read a `.top` file (docs/formats/top.md) and return it sealed.
 *
 *   file   open for reading; read to its end, not closed.
 *   path   its name for messages; borrowed until the fault is done with.
 *   fault  written on failure; NULL if not wanted.
 *
 * Errors:  CUT_INVALID malformed; CUT_LIMIT too large; CUT_IO; CUT_NOMEM.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_topology_read(FILE *file,
                  const char *path,
                  const struct cut_allocator *allocator,
                  struct cut_topology **out,
                  struct cut_fault *fault);

/*
 * All below: of a sealed topology. An index out of range traps.
 */

/* Return how many processes there are. */
CUT_PUBLIC uint32_t
cut_topology_process_count(const struct cut_topology *topology);

/* Return how many channels there are. */
CUT_PUBLIC uint32_t
cut_topology_channel_count(const struct cut_topology *topology);

/* Return a process's name, NUL-terminated; it lives as long as the topology. */
CUT_PUBLIC const char *cut_topology_name(const struct cut_topology *topology,
                                         uint32_t process);

/* Return the tokens that a process holds at the start. */
CUT_PUBLIC uint64_t cut_topology_tokens(const struct cut_topology *topology,
                                        uint32_t process);

/* Return the tokens of all processes at the start. */
CUT_PUBLIC uint64_t
cut_topology_tokens_total(const struct cut_topology *topology);

/* Return the process of that name, CUT_NONE where there is none. */
CUT_PUBLIC uint32_t cut_topology_find(const struct cut_topology *topology,
                                      const char *name,
                                      size_t name_size);

/* Return the channel between two processes, CUT_NONE where there is none. */
CUT_PUBLIC uint32_t cut_topology_channel(const struct cut_topology *topology,
                                         uint32_t source,
                                         uint32_t destination);

/* Return the process that a channel comes from. */
CUT_PUBLIC uint32_t cut_topology_source(const struct cut_topology *topology,
                                        uint32_t channel);

/* Return the process that a channel goes to. */
CUT_PUBLIC uint32_t
cut_topology_destination(const struct cut_topology *topology, uint32_t channel);

/*
 * Return the first of a process's outgoing channels; they are consecutive, in
 * the order of their destinations. With the process count as argument: the
 * channel count.
 */
CUT_PUBLIC uint32_t cut_topology_outgoing(const struct cut_topology *topology,
                                          uint32_t process);

/* Return how many incoming channels a process has. */
CUT_PUBLIC uint32_t
cut_topology_incoming_count(const struct cut_topology *topology,
                            uint32_t process);

/*
 * Find a process that cannot be reached from another one by channels: one
 * that a snapshot begun there would never reach.
 *
 *   out   the first such process in the order of names; CUT_NONE where all
 *         can be reached.
 *
 * Errors:  CUT_NOMEM.
 * Memory:  5 bytes a process, for the call.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_topology_unreachable(const struct cut_topology *topology,
                         uint32_t initiator,
                         uint32_t *out);

#ifdef __cplusplus
}
#endif

#endif
