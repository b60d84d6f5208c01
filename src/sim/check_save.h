/*
 * Finding forgotten state (--check-save): before each event of a process a
 * twin is made from what it saves; the twin has the same event, and must do
 * and save the same afterwards.
 */
#ifndef CUT_SIM_CHECK_SAVE_H
#define CUT_SIM_CHECK_SAVE_H

#include "sim/system.h"

/* Stands for a timer among the types of messages. */
#define CUT_EFFECT_TIMER UINT32_MAX

struct cut_check_save;

CUT_MUST_USE enum cut_error cut_check_create(struct cut_sim *sim);
void cut_check_destroy(struct cut_sim *sim);

/* An event of a process begins: make its twin. */
CUT_MUST_USE enum cut_error cut_check_begin(struct cut_sim *sim,
                                            uint32_t process);

/* The process does something. */
void cut_check_effect(struct cut_sim *sim,
                      uint32_t what,
                      uint32_t where,
                      const void *data,
                      size_t size);

/* The event is over, or has failed, which is returned: let the twin have it,
 * and compare. */
CUT_MUST_USE enum cut_error cut_check_end(struct cut_sim *sim,
                                          uint32_t process,
                                          const struct cut_happening *what,
                                          enum cut_error error);

#endif
