/*
 * What the files of snapshots of a run share: gather.c, what the coordinator
 * says; requests.c, who waits for one; take.c, take_parts.c, take_keep.c, one
 * that is under way.
 */
#ifndef CUT_NET_GATHER_H
#define CUT_NET_GATHER_H

#include "net/take.h"

/* Tell the coordinator, and do what it answers. */
void cut_gather_step(struct cut_supervisor *supervisor,
                     const struct cut_coordinator_event *event);
void cut_gather_perform(struct cut_supervisor *supervisor,
                        const struct cut_coordinator_action *action);

/* requests.c */

CUT_MUST_USE enum cut_error cut_requests_add(struct cut_supervisor *supervisor,
                                             uint32_t process,
                                             struct cut_waiter *waiter);
/* Take the first request of a process; return who waits for it. */
struct cut_waiter *cut_requests_take(struct cut_supervisor *supervisor,
                                     uint32_t process);
/* Forget the one that was added last: it was refused. */
void cut_requests_drop_last(struct cut_supervisor *supervisor);
/* Those of a process that left; or all, as the run ends. */
void cut_requests_drop(struct cut_supervisor *supervisor, uint32_t process);
void cut_requests_refuse(struct cut_supervisor *supervisor);

/* take.c */

/* Return the take of a snapshot, NULL where there is none any more. */
struct cut_take *cut_take_find(const struct cut_supervisor *supervisor,
                               struct cut_snapshot_id snapshot);
size_t cut_take_size(const struct cut_supervisor *supervisor);
void cut_take_forget(struct cut_take *take);
/* It is over, complete or, with a reason, given up: say so, and to those who
 * waited. */
void cut_take_conclude(struct cut_take *take, const char *reason);

/* take_keep.c */

/* All parts are there: have them written. */
void cut_take_finish(struct cut_take *take);
/* It is complete: give its file its name, if it has one, and conclude. */
void cut_take_keep(struct cut_take *take);

#endif
