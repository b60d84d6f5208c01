/*
 * States as JSON, so that people can read what a snapshot holds: a writer of
 * any bytes with helpers that write JSON, and a reader of JSON documents.
 *
 *     static void save(const void *state, struct cut_writer *out)
 *     {
 *         const struct bank *bank = state;
 *
 *         cut_json_begin_object(out);
 *         cut_json_key(out, "balance");
 *         cut_json_integer(out, bank->balance);
 *         cut_json_end_object(out);
 *     }
 *
 * Threads: a writer or document belongs to one thread at a time.
 */
#ifndef CUTLINE_JSON_H
#define CUTLINE_JSON_H

#include <cutline/allocator.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How deep objects and arrays may lie within one another. */
#define CUT_JSON_DEPTH_MAX 32

/*
 * Bytes that grow. What goes wrong is remembered, and later calls do nothing: a
 * program's `save` need not look. Whoever called it does: what was written is
 * whole when .error is CUT_OK and .depth 0.
 */
struct cut_writer {
    const struct cut_allocator *allocator;
    uint8_t *data;
    size_t size;
    size_t capacity;
    enum cut_error error; /* CUT_NOMEM; CUT_INVALID: not JSON, no such bytes */
    uint32_t depth;       /* how many objects and arrays are open */
    uint32_t is_object;   /* bit d - 1: what is open at depth d is an object */
    uint32_t has_some;    /* bit d - 1: it has an element already */
    bool has_key;         /* a key has been written, and not its value */
    bool has_value;       /* a whole value was written, and nothing behind it */
};

/* Begin with no bytes. allocator NULL: the standard one. */
CUT_PUBLIC void cut_writer_init(struct cut_writer *writer,
                                const struct cut_allocator *allocator);

/* Give the memory back. */
CUT_PUBLIC void cut_writer_fini(struct cut_writer *writer);

/* Forget the bytes and the error, and keep the memory. */
CUT_PUBLIC void cut_writer_clear(struct cut_writer *writer);

/* Append bytes, whatever they are. */
CUT_PUBLIC void
cut_write(struct cut_writer *writer, const void *data, size_t size);

/* Append a number as 1, 2, 4 or 8 bytes, little end first. A number that does
 * not fit is CUT_INVALID. */
CUT_PUBLIC void
cut_write_unsigned(struct cut_writer *writer, uint64_t value, unsigned size);

/*
 * Append JSON, without white space. Commas and colons come of themselves. What
 * would not be JSON is CUT_INVALID: a value in an object without a key before
 * it, a key without a value, an end without its beginning, more than
 * CUT_JSON_DEPTH_MAX within one another, a second value behind the first (with
 * other bytes between them, as in JSON lines, it begins anew).
 */
CUT_PUBLIC void cut_json_begin_object(struct cut_writer *writer);
CUT_PUBLIC void cut_json_end_object(struct cut_writer *writer);
CUT_PUBLIC void cut_json_begin_array(struct cut_writer *writer);
CUT_PUBLIC void cut_json_end_array(struct cut_writer *writer);
CUT_PUBLIC void cut_json_key(struct cut_writer *writer, const char *key);
CUT_PUBLIC void cut_json_integer(struct cut_writer *writer, int64_t value);
CUT_PUBLIC void cut_json_bool(struct cut_writer *writer, bool value);
CUT_PUBLIC void cut_json_null(struct cut_writer *writer);

/* UTF-8; what is not is replaced by U+FFFD, and so is NUL, which no reader
 * here can return. */
CUT_PUBLIC void
cut_json_text(struct cut_writer *writer, const char *text, size_t size);

/* A key and its value: what states mostly consist of. */
CUT_PUBLIC void
cut_json_field(struct cut_writer *writer, const char *key, int64_t value);
CUT_PUBLIC void
cut_json_field_bool(struct cut_writer *writer, const char *key, bool value);
CUT_PUBLIC void cut_json_field_text(struct cut_writer *writer,
                                    const char *key,
                                    const char *text);

/* A JSON value that has been read; part of its document. */
struct cut_json;

/*
 * Read a JSON document (RFC 8259): any value, not only an object or array.
 *
 *   data   not needed any more when it has been read.
 *
 * Errors:  CUT_INVALID not JSON, an integer outside 64 bits, a key that is
 *          twice in an object, a text with a NUL; CUT_NOMEM.
 * Memory:  the C library's.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_json_read(const void *data, size_t size, struct cut_json **out);

/* Forget a document and all its values; NULL is ignored. */
CUT_PUBLIC void cut_json_destroy(struct cut_json *document);

/* Return a member of an object; NULL where there is none, or no object. */
CUT_PUBLIC const struct cut_json *cut_json_get(const struct cut_json *object,
                                               const char *key);

/* Return how many elements an array has; 0 where it is none. */
CUT_PUBLIC size_t cut_json_count(const struct cut_json *array);

/* Return an element of an array; NULL past the last. */
CUT_PUBLIC const struct cut_json *cut_json_at(const struct cut_json *array,
                                              size_t index);

/* Read a value into out, if it is of that kind. NULL is of no kind, and a
 * number with a point or an exponent is no integer. */
CUT_PUBLIC CUT_MUST_USE bool cut_json_as_integer(const struct cut_json *value,
                                                 int64_t *out);
CUT_PUBLIC CUT_MUST_USE bool cut_json_as_bool(const struct cut_json *value,
                                              bool *out);
/* The text is NUL-terminated and lives as long as the document. */
CUT_PUBLIC CUT_MUST_USE bool cut_json_as_text(const struct cut_json *value,
                                              const char **out);

/* Read a member of an object likewise. */
CUT_PUBLIC CUT_MUST_USE bool cut_json_get_integer(const struct cut_json *object,
                                                  const char *key,
                                                  int64_t *out);
CUT_PUBLIC CUT_MUST_USE bool
cut_json_get_bool(const struct cut_json *object, const char *key, bool *out);

#ifdef __cplusplus
}
#endif

#endif
