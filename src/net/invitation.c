#include "net/invitation.h"

#include "base/fault.h"
#include "model/json_value.h"

#include <stdlib.h>
#include <string.h>

/* Of the protocol: docs/formats/control.md. */
#define PROTOCOL 1

char *cut_invitation_write(const struct cut_invitation *invitation)
{
    json_t *object = json_object();

    cut_value_set(&object, "protocol", json_integer(PROTOCOL));
    cut_value_set(&object, "supervisor", json_string(invitation->supervisor));
    cut_value_set(
        &object,
        "secret",
        cut_value_hex(invitation->secret, CUT_SECRET_SIZE, CUT_SECRET_SIZE));
    cut_value_set(
        &object,
        "run",
        cut_value_hex(invitation->run, CUT_RUN_ID_SIZE, CUT_RUN_ID_SIZE));
    cut_value_set(&object, "process", json_integer(invitation->process));
    cut_value_set(
        &object, "processes", json_integer(invitation->process_count));
    cut_value_set(
        &object, "incarnation", json_integer(invitation->incarnation));
    if (invitation->tls[0] != '\0')
        cut_value_set(&object, "tls", json_string(invitation->tls));
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    size_t size = text != NULL ? strlen(text) : 0;
    char *line = text != NULL ? realloc(text, size + 2) : NULL;
    if (line == NULL) {
        free(text);
        return NULL;
    }
    line[size] = '\n';
    line[size + 1] = '\0';
    return line;
}

/* --- reading ------------------------------------------------------------- */

struct reading {
    const json_t *object;
    const char *wrong; /* a member; NULL: none yet */
};

static uint32_t
number(struct reading *reading, const char *key, json_int_t least)
{
    const json_t *value = json_object_get(reading->object, key);
    json_int_t number = json_integer_value(value);

    if (json_is_integer(value) && number >= least && number <= UINT32_MAX)
        return (uint32_t)number;
    reading->wrong = key;
    return 0;
}

static void
text(struct reading *reading, const char *key, char *out, size_t size)
{
    const json_t *value = json_object_get(reading->object, key);
    const char *said = json_string_value(value);

    if (said == NULL || strlen(said) >= size) {
        reading->wrong = key;
        return;
    }
    memcpy(out, said, strlen(said) + 1);
}

static void
bytes(struct reading *reading, const char *key, uint8_t *out, size_t size)
{
    if (!cut_value_bytes(json_object_get(reading->object, key), out, size))
        reading->wrong = key;
}

/* Read all members; the last that is wrong is noted. */
static void read_members(struct reading *reading, struct cut_invitation *out)
{
    *out = (struct cut_invitation){.process = 0};
    if (json_object_get(reading->object, "tls") != NULL)
        text(reading, "tls", out->tls, sizeof out->tls);
    out->incarnation = number(reading, "incarnation", 0);
    out->process_count = number(reading, "processes", 1);
    out->process = number(reading, "process", 0);
    bytes(reading, "run", out->run, sizeof out->run);
    bytes(reading, "secret", out->secret, sizeof out->secret);
    text(reading, "supervisor", out->supervisor, sizeof out->supervisor);
    if (reading->wrong == NULL && out->process >= out->process_count)
        reading->wrong = "process";
    if (number(reading, "protocol", 0) != PROTOCOL)
        reading->wrong = "protocol";
}

enum cut_error cut_invitation_read(const char *line,
                                   size_t size,
                                   struct cut_invitation *out,
                                   struct cut_fault *fault)
{
    enum cut_error error = CUT_PROTOCOL;
    json_t *value = cut_value_parse(line, size, &error);
    struct reading reading = {.object = value};
    struct cut_invitation invitation;

    if (!json_is_object(value)) {
        json_decref(value);
        if (error == CUT_NOMEM)
            return cut_fault_fill(
                fault, error, "%s", cut_error_sentence(error));
        return cut_fault_fill(fault,
                              error,
                              "what stands on standard input is no invitation "
                              "to a run (expected an object of JSON)");
    }
    read_members(&reading, &invitation);
    json_decref(value);
    if (reading.wrong != NULL)
        return cut_fault_fill(fault,
                              CUT_PROTOCOL,
                              "\"%s\" of the invitation makes no sense "
                              "(expected that of a cutline of the same "
                              "version)",
                              reading.wrong);
    *out = invitation;
    return CUT_OK;
}
