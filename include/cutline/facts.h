/*
 * Facts: what the detectors understand of a process or a message, however its
 * state is encoded.
 *
 * A program states them in its `facts` and `message_facts` functions; whoever
 * asked reads them one by one. Facts are plain data, in the order in which
 * they were stated.
 *
 * Threads: a list of facts belongs to one thread at a time.
 */
#ifndef CUTLINE_FACTS_H
#define CUTLINE_FACTS_H

#include <cutline/allocator.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The longest name of a quantity, in bytes. */
#define CUT_FACT_NAME_MAX 31

enum cut_fact_kind {
    /* .count of something named .name: added up over a snapshot. */
    CUT_FACT_QUANTITY,
    /* The process waits for .count of its .peers: all of them, any one, k. */
    CUT_FACT_WAITING,
    /* The process does something of itself (.count 1) or only when it
     * receives (0). */
    CUT_FACT_ACTIVE,
    /* .count is the number of an object that is in use: a root. */
    CUT_FACT_ROOT,
    /* A reference to the object numbered .count; from the object numbered
     * .from, or from nothing in particular (UINT64_MAX). */
    CUT_FACT_REFERENCE,
};

struct cut_fact {
    enum cut_fact_kind kind;
    uint32_t peer_count;              /* WAITING */
    int64_t count;                    /* see the kinds */
    uint64_t from;                    /* REFERENCE */
    const uint32_t *peers;            /* WAITING: processes; borrowed */
    char name[CUT_FACT_NAME_MAX + 1]; /* QUANTITY */
};

/* A list of facts. */
struct cut_facts;

/*
 * Make an empty list.
 *
 *   allocator  borrowed until the list is destroyed; NULL: the standard one.
 *
 * Errors:  CUT_NOMEM.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_facts_create(const struct cut_allocator *allocator, struct cut_facts **out);

/* Destroy a list; NULL is ignored. */
CUT_PUBLIC void cut_facts_destroy(struct cut_facts *facts);

/* Forget all facts, and the error. */
CUT_PUBLIC void cut_facts_clear(struct cut_facts *facts);

/*
 * State that there are `count` of something. A name is 1 to CUT_FACT_NAME_MAX
 * letters, digits, '_' and '-'; it is copied.
 *
 * What a statement cannot keep (no memory, no such name) is remembered, and
 * later statements are not kept either: cut_facts_error().
 */
CUT_PUBLIC void
cut_facts_quantity(struct cut_facts *facts, const char *name, int64_t count);

/*
 * State that the process waits for all, any, or `needed` of these processes;
 * they are copied. To need more of them than there are (any of none, say) is
 * CUT_INVALID.
 */
CUT_PUBLIC void cut_facts_wait_all(struct cut_facts *facts,
                                   const uint32_t *peers,
                                   uint32_t peer_count);
CUT_PUBLIC void cut_facts_wait_any(struct cut_facts *facts,
                                   const uint32_t *peers,
                                   uint32_t peer_count);
CUT_PUBLIC void cut_facts_wait(struct cut_facts *facts,
                               uint32_t needed,
                               const uint32_t *peers,
                               uint32_t peer_count);

/* State whether the process acts of itself. */
CUT_PUBLIC void cut_facts_active(struct cut_facts *facts, bool is_active);

/* State that an object is a root, or that there is a reference to one. */
CUT_PUBLIC void cut_facts_root(struct cut_facts *facts, int64_t object);
CUT_PUBLIC void cut_facts_reference(struct cut_facts *facts, int64_t object);
CUT_PUBLIC void cut_facts_reference_from(struct cut_facts *facts,
                                         uint64_t from,
                                         int64_t object);

/* Return how many facts there are. */
CUT_PUBLIC size_t cut_facts_count(const struct cut_facts *facts);

/* Return a fact, index below the count; its peers live until the list is
 * changed. */
CUT_PUBLIC struct cut_fact cut_facts_at(const struct cut_facts *facts,
                                        size_t index);

/* Return the first thing that went wrong with a statement, or CUT_OK. */
CUT_PUBLIC enum cut_error cut_facts_error(const struct cut_facts *facts);

/*
 * Facts as bytes, little end first: for stores and for the wire. A list has one
 * encoding, and that of no facts is empty.
 *
 *   encode   writes at most `size` bytes and returns how many there are in
 *            all; out may be NULL with size 0.
 *   decode   adds what the bytes say to a list.
 *
 * Errors:  CUT_PROTOCOL not the encoding of facts; nothing was added.
 *          CUT_NOMEM; nothing was added.
 */
CUT_PUBLIC size_t cut_facts_encode(const struct cut_facts *facts,
                                   uint8_t *out,
                                   size_t size);
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_facts_decode(struct cut_facts *facts, const uint8_t *in, size_t size);

#ifdef __cplusplus
}
#endif

#endif
