/*
 * The request "work": be one process of a run of real processes.
 */
#ifndef CUT_MAIN_WORK_H
#define CUT_MAIN_WORK_H

#include "main/answer.h"
#include "net/join.h"

#include <cutline/process.h>

/*
 * Do what is asked for. What is refused is answered; otherwise the connection
 * speaks frames from now on (net/talk.h), until the end of the process.
 *
 *   descriptor  of the connection; a copy of it is used.
 *   returns     the exit status.
 */
int cut_work_perform(struct cut_answers *answers,
                     const struct cut_process *process,
                     json_t *object,
                     int descriptor);

/*
 * Do what is asked for over a connection with a supervisor on another host. A
 * request that makes no sense is a line on standard error.
 *
 *   request  JSON.
 *   join     closed.
 *   returns  the exit status.
 */
int cut_work_join(const struct cut_process *process,
                  const char *request,
                  size_t size,
                  struct cut_join *join);

#endif
