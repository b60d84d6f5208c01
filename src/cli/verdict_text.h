/*
 * What the judge says of a snapshot, in words.
 */
#ifndef CLI_VERDICT_TEXT_H
#define CLI_VERDICT_TEXT_H

#include "troupe.h"

/* Bytes of a verdict in words, with its end. */
#define CUT_VERDICT_SIZE 2048

/* Return whether a verdict, the member of a snapshot, proves it wrong. */
bool cut_verdict_is_wrong(const json_t *verdict);

/* Return whether it says that the snapshot is consistent. */
bool cut_verdict_is_right(const json_t *verdict);

/* Write a sentence, without a full stop, into out. Return out. */
const char *cut_verdict_text(const json_t *verdict,
                             const struct cut_cast *cast,
                             char out[CUT_VERDICT_SIZE]);

#endif
