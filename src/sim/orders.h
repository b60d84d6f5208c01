/*
 * What a script consists of.
 */
#ifndef CUT_SIM_ORDERS_H
#define CUT_SIM_ORDERS_H

#include "base/memory.h"

#include <cutline/script.h>

enum cut_order_kind {
    CUT_ORDER_SEND,     /* amount tokens along channel target */
    CUT_ORDER_SNAPSHOT, /* at process target */
    CUT_ORDER_TICK,     /* amount times */
};

/* One line of a script, with its place for later faults. */
struct cut_order {
    uint64_t amount;
    uint64_t line;
    uint32_t target;
    uint32_t column : 30;
    uint32_t kind : 2; /* enum cut_order_kind */
};

struct cut_script {
    const struct cut_allocator *allocator;
    const struct cut_topology *topology;
    const char *path;
    struct cut_order *orders;
    size_t order_count;
    size_t order_capacity;
    uint32_t snapshot_count;
};

#endif
