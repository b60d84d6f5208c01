/*
 * Who reaches whom: which processes can initiate a snapshot that completes.
 */
#ifndef CUT_SIM_REACH_H
#define CUT_SIM_REACH_H

#include "sim/graph.h"

/*
 * Find the processes from which all others can be reached: what 1985, section
 * 3.3, asks of initiators. Linear in processes and channels.
 *
 *   can   by process, the caller's.
 *
 * Errors:  CUT_NOMEM.
 * Memory:  4 bytes a process, for the call.
 */
CUT_MUST_USE enum cut_error
cut_topology_initiators(const struct cut_topology *topology, bool *can);

#endif
