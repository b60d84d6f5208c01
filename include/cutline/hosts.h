/*
 * Hosts files: which process of a run is on which host, as mpirun has them.
 *
 *     # HOST, HOST slots=N, or HOST:N
 *     oslo slots=4
 *     bergen:2
 *     [2001:db8::7]:2
 *     localhost
 *
 * A host without a number has one slot. Processes go to the hosts in order,
 * filling their slots; when all are full, each line takes one more in turn.
 * An IPv6 address with a number stands in brackets before a colon.
 *
 * What is read does not change: any number of threads may look at it.
 */
#ifndef CUTLINE_HOSTS_H
#define CUTLINE_HOSTS_H

#include <cutline/allocator.h>
#include <cutline/error.h>

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The longest name of a host, or address, in bytes. */
#define CUT_HOST_SIZE_MAX 255

/* The most slots of a line, and the most lines with a host. */
#define CUT_HOST_SLOTS_MAX 65536
#define CUT_HOST_COUNT_MAX 65536

struct cut_hosts;

/*
 * Read a hosts file.
 *
 *   file       open for reading; stays open.
 *   path       its name, for the fault; borrowed by the fault.
 *   allocator  borrowed until the hosts are destroyed; NULL: the standard one.
 *   fault      filled on failure, with line and column; NULL: nobody wants to
 *              know.
 *
 * Errors: CUT_INVALID the file is malformed, or names no host; CUT_IO;
 *         CUT_NOMEM.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_hosts_read(FILE *file,
               const char *path,
               const struct cut_allocator *allocator,
               struct cut_hosts **out,
               struct cut_fault *fault);

/* Release hosts; NULL is ignored. */
CUT_PUBLIC void cut_hosts_destroy(struct cut_hosts *hosts);

/* Return how many slots there are. */
CUT_PUBLIC uint64_t cut_hosts_slot_count(const struct cut_hosts *hosts);

/* Return the host of a process, without brackets; it lives as long as the
 * hosts. */
CUT_PUBLIC const char *cut_hosts_at(const struct cut_hosts *hosts,
                                    uint32_t process);

/* Return whether a host is this one: "localhost". */
CUT_PUBLIC bool cut_host_is_local(const char *host);

#ifdef __cplusplus
}
#endif

#endif
