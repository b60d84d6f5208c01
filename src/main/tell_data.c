#include "main/run.h"

#include <string.h>

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
            value = cut_value_parse(writer.data, writer.size, &error);
        else if (writer.error == CUT_NOMEM)
            error = CUT_NOMEM;
        cut_writer_fini(&writer);
    }
    if (value != NULL || error != CUT_OK)
        cut_value_set(object, "data", value);
    else if (message->size > 0)
        cut_value_set(object,
                      "hex",
                      cut_value_hex(message->data, message->size, size_max));
}
