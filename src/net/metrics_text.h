/*
 * Figures of a run as OpenMetrics text, version 1.0.0: docs/formats/metrics.md.
 */
#ifndef CUT_NET_METRICS_TEXT_H
#define CUT_NET_METRICS_TEXT_H

#include "net/supervisor_state.h"

/* Return the text, to be given to free(), and its size; NULL: there is no
 * memory. */
char *cut_metrics_text(const struct cut_supervisor *supervisor, size_t *size);

#endif
