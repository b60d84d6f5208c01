/*
 * Memory for JSON.
 */
#ifndef CLI_JSON_MEMORY_H
#define CLI_JSON_MEMORY_H

/*
 * jansson, where it has no memory for a piece of a text, may leave the piece
 * out and go on, reading as well as writing: what is then asked for, or said to
 * be the answer, is something else. So there is memory, or the command is over.
 *
 * To be called before anything is read or written as JSON.
 */
void cut_json_memory_or_end(void);

#endif
