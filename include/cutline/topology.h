/*
 * Topologies: the processes of a system and the directed channels between
 * them, the reader of COS 418 `.top` files, and well-known shapes of any size.
 *
 * While a topology is built, a process is known by the order in which it was
 * added. Sealing sorts the processes by name, in byte order; from then on the
 * topology does not change, a process is known by its index in that order, and
 * a channel by its index in the order of (source, destination). The processes
 * of a generated topology are in the order of their numbers.
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
 * Make a topology of a well-known shape, sealed. Its processes are named p0,
 * p1, ..., in the order of their numbers (p2 before p10), and hold no tokens.
 *
 *   shape  ring:N            N processes, channels from each to the next one
 *                            alone, and from the last to the first
 *          line:N            channels both ways between neighbours
 *          star:N            both ways between p0 and each of the others
 *          grid:AxB          A rows of B: p0 to p(B-1) are the first row; both
 *                            ways between neighbours in a row or column
 *          torus:AxB         the same, and the ends of each row and each
 *                            column are neighbours
 *          hypercube:D       2^D processes; both ways where the numbers differ
 *                            in one bit
 *          tree:N:K          both ways between p(i) and its children, p(K*i+1)
 *                            to p(K*i+K)
 *          complete:N        from each to every other
 *          random:N:DEGREE   from each to DEGREE others: along a random ring
 *                            through all, so that each reaches all, and to
 *                            DEGREE - 1 drawn ones
 *          N is at least 1; of a ring and of random, at least 2.
 *   seed   of random: the same seed makes the same topology, everywhere.
 *   fault  written on failure; NULL if not wanted.
 *
 * Errors:  CUT_INVALID no such shape, or a number out of its range;
 *          CUT_LIMIT too many processes or channels; CUT_NOMEM.
 * Memory:  32 bytes a process, and 16 a channel; of a complete topology 20 a
 *          process, and nothing for channels. For the call 8 more a process
 *          of a random one.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_topology_generate(const char *shape,
                      int64_t seed,
                      const struct cut_allocator *allocator,
                      struct cut_topology **out,
                      struct cut_fault *fault);

/*
 * Make the topology that a person has named: a `.top` file by its path, a shape
 * ("ring:5"), or ring, line, complete or star alone, whose size is said
 * elsewhere.
 *
 *   process_count  of a shape that does not say it; 0: it has to.
 *   is_generated   whether it is a shape; written also on failure.
 *   fault          written on failure; its path is NULL unless a file is
 *                  malformed. NULL if not wanted.
 *
 * Errors:  CUT_INVALID, CUT_LIMIT, CUT_IO, CUT_NOMEM: as the two above.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_topology_open(const char *text,
                  uint32_t process_count,
                  int64_t seed,
                  const struct cut_allocator *allocator,
                  bool *is_generated,
                  struct cut_topology **out,
                  struct cut_fault *fault);

/*
 * All below: of a sealed topology. An index out of range traps.
 *
 * A complete topology of more than 46,341 processes has more channels than
 * CUT_CHANNEL_COUNT_MAX, and no numbers for them: their count is CUT_NONE, and
 * the functions that take or return a channel's index trap.
 */

/* Return how many processes there are. */
CUT_PUBLIC uint32_t
cut_topology_process_count(const struct cut_topology *topology);

/*
 * Return whether the topology was generated as a complete one: from each
 * process to every other, with no memory for any channel.
 */
CUT_PUBLIC bool cut_topology_is_complete(const struct cut_topology *topology);

/* Return how many channels there are; CUT_NONE: too many for numbers. */
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
 *   out   the first such process; CUT_NONE where all can be reached.
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
