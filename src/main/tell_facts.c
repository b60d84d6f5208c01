#include "main/run.h"

#include <string.h>

static json_t *tell_fact(const struct cut_fact *fact)
{
    json_t *object = json_object();
    json_t *peers;

    switch (fact->kind) {
    case CUT_FACT_QUANTITY:
        cut_answer_set(&object, "quantity", json_string(fact->name));
        cut_answer_set(&object, "count", json_integer(fact->count));
        break;
    case CUT_FACT_WAITING:
        peers = json_array();
        for (uint32_t i = 0; i < fact->peer_count; i++)
            cut_answer_append(&peers, json_integer((json_int_t)fact->peers[i]));
        cut_answer_set(&object, "waits_for", peers);
        cut_answer_set(&object, "needs", json_integer(fact->count));
        break;
    case CUT_FACT_ACTIVE:
        cut_answer_set(&object, "active", json_boolean(fact->count != 0));
        break;
    case CUT_FACT_ROOT:
        cut_answer_set(&object, "root", json_integer(fact->count));
        break;
    case CUT_FACT_REFERENCE:
        cut_answer_set(&object, "reference", json_integer(fact->count));
        if (fact->from != UINT64_MAX)
            cut_answer_set(
                &object, "from_object", cut_answer_count(fact->from));
        break;
    }
    return object;
}

json_t *cut_tell_facts(const struct cut_facts *facts)
{
    size_t count = cut_facts_count(facts);
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        struct cut_fact fact = cut_facts_at(facts, i);
        cut_answer_append(&array, tell_fact(&fact));
    }
    return array;
}

void cut_tell_data(const struct cut_run *run,
                   const struct cut_message *message,
                   size_t size_max,
                   json_t **object)
{
    struct cut_writer writer;
    enum cut_error error = CUT_OK;
    json_t *value = NULL;

    if (run->process->show_message != NULL) {
        cut_writer_init(&writer, NULL);
        run->process->show_message(message, &writer);
        if (writer.error == CUT_OK && writer.size > 0)
            value = cut_answer_parse(writer.data, writer.size, &error);
        else if (writer.error == CUT_NOMEM)
            error = CUT_NOMEM;
        cut_writer_fini(&writer);
    }
    if (value != NULL || error != CUT_OK)
        cut_answer_set(object, "data", value);
    else if (message->size > 0)
        cut_answer_set(object,
                       "hex",
                       cut_answer_hex(message->data, message->size, size_max));
}
