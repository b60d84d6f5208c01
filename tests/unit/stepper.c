#include "stepper.h"

#include <stdarg.h>

static void make(struct stepper *stepper,
                 struct cut_engine_config config,
                 uint32_t slot_count)
{
    *stepper = (struct stepper){0};
    CHECK_EQ(cut_pool_create(
                 slot_count, config.incoming_count, NULL, &stepper->pool),
             CUT_OK);
    config.pool = stepper->pool;
    config.incarnation = 2;
    config.view = 5;
    config.window = 64;
    CHECK_EQ(cut_engine_create(&config, NULL, &stepper->engine), CUT_OK);
}

void stepper_init(struct stepper *stepper,
                  uint32_t incoming_count,
                  uint32_t outgoing_count,
                  uint32_t slot_count)
{
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .incoming_count = incoming_count,
        .outgoing_count = outgoing_count,
    };

    make(stepper, config, slot_count);
}

void stepper_init_for(struct stepper *stepper,
                      const char *algorithm,
                      struct cut_engine_config config)
{
    config.algorithm = cut_algorithm_find(algorithm);
    make(stepper, config, 1);
}

void stepper_fini(struct stepper *stepper)
{
    cut_engine_destroy(stepper->engine);
    cut_pool_destroy(stepper->pool);
}

__attribute__((format(printf, 2, 3))) static void
add(struct stepper *stepper, const char *format, ...)
{
    size_t used = strlen(stepper->text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(
        stepper->text + used, sizeof stepper->text - used, format, arguments);
    va_end(arguments);
}

static void add_control(struct stepper *stepper,
                        const struct cut_action *action)
{
    const struct cut_control *control = &action->control;

    if (action->peer == CUT_EVERYONE)
        add(stepper, "CONTROL[*]");
    else
        add(stepper, "CONTROL[%u]", action->peer);
    add(stepper,
        "(%u:%u.%u,%lld,%lld)",
        (unsigned)control->snapshot.number,
        control->kind,
        control->round,
        (long long)control->value[0],
        (long long)control->value[1]);
}

static void add_action(struct stepper *stepper, const struct cut_action *action)
{
    unsigned number = (unsigned)action->snapshot.number;

    if (stepper->text[0] != '\0')
        add(stepper, " ");
    switch (action->kind) {
    case CUT_ACTION_CAPTURE:
        add(stepper, "CAPTURE(%u)", number);
        break;
    case CUT_ACTION_TRANSMIT:
        add(stepper, "TRANSMIT(%u)", number);
        break;
    case CUT_ACTION_CONTROL:
        add_control(stepper, action);
        break;
    case CUT_ACTION_SEND:
        add(stepper, "SEND[%u]", action->channel);
        if (action->stamp != 0)
            add(stepper, "@%u", (unsigned)action->stamp);
        break;
    case CUT_ACTION_RECORD:
        add(stepper, "RECORD[%u](", action->channel);
        for (const struct cut_recording *r = action->recordings; r != NULL;
             r = r->next)
            add(stepper,
                "%u%s",
                (unsigned)r->snapshot.number,
                r->next != NULL ? "," : "");
        add(stepper, ")");
        break;
    case CUT_ACTION_RECORD_WAITING:
        add(stepper,
            "RECORD_WAITING[%u](%u)x%u",
            action->channel,
            number,
            action->waiting);
        break;
    case CUT_ACTION_DELIVER:
        add(stepper, "DELIVER[%u]", action->channel);
        break;
    case CUT_ACTION_COMPLETE:
        add(stepper, "COMPLETE(%u)", number);
        break;
    case CUT_ACTION_DISCARD:
        add(stepper, "DISCARD(%u)", number);
        break;
    case CUT_ACTION_STOP:
        add(stepper, "STOP(%u)", number);
        break;
    case CUT_ACTION_RESUME:
        add(stepper, "RESUME(%u)", number);
        break;
    case CUT_ACTION_WAKE:
        add(stepper, "WAKE@%u", (unsigned)action->time);
        break;
    }
}

const char *step_event(struct stepper *stepper, struct cut_event event)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = SIZE_MAX;
    uint64_t digest = cut_engine_digest(stepper->engine);
    uint32_t ignored = cut_engine_ignored_count(stepper->engine);
    uint32_t free_slots = cut_pool_free_count(stepper->pool);
    enum cut_error error =
        cut_engine_step(stepper->engine, &event, actions, &count);

    stepper->text[0] = '\0';
    if (error != CUT_OK) {
        CHECK_EQ(count, SIZE_MAX);
        CHECK_EQ(cut_engine_digest(stepper->engine), digest);
        CHECK_EQ(cut_engine_ignored_count(stepper->engine), ignored);
        CHECK_EQ(cut_pool_free_count(stepper->pool), free_slots);
        return cut_error_name(error);
    }
    CHECK(count <= CUT_ACTIONS_MAX);
    for (size_t i = 0; i < count; i++)
        add_action(stepper, &actions[i]);
    return stepper->text;
}

static struct cut_snapshot_id id_of(uint64_t number)
{
    return (struct cut_snapshot_id){2, 5, number};
}

const char *step_request(struct stepper *stepper, uint64_t number)
{
    return step_event(stepper,
                      (struct cut_event){.kind = CUT_EVENT_REQUEST,
                                         .snapshot = id_of(number)});
}

const char *
step_marker(struct stepper *stepper, uint32_t channel, uint64_t number)
{
    return step_event(stepper,
                      (struct cut_event){.kind = CUT_EVENT_MARKER,
                                         .channel = channel,
                                         .snapshot = id_of(number)});
}

const char *step_message(struct stepper *stepper, uint32_t channel)
{
    return step_event(
        stepper,
        (struct cut_event){.kind = CUT_EVENT_MESSAGE, .channel = channel});
}

const char *step_send(struct stepper *stepper, uint32_t channel)
{
    return step_event(
        stepper,
        (struct cut_event){.kind = CUT_EVENT_SEND, .channel = channel});
}

const char *step_abort(struct stepper *stepper, uint64_t number)
{
    return step_event(
        stepper,
        (struct cut_event){.kind = CUT_EVENT_ABORT, .snapshot = id_of(number)});
}

const char *
step_request_at(struct stepper *stepper, uint64_t number, uint64_t now)
{
    return step_event(stepper,
                      (struct cut_event){.kind = CUT_EVENT_REQUEST,
                                         .snapshot = id_of(number),
                                         .now = now});
}

const char *step_marker_with(struct stepper *stepper,
                             uint32_t channel,
                             uint64_t number,
                             uint64_t sent)
{
    return step_event(stepper,
                      (struct cut_event){.kind = CUT_EVENT_MARKER,
                                         .channel = channel,
                                         .snapshot = id_of(number),
                                         .sent = sent});
}

const char *
step_stamped(struct stepper *stepper, uint32_t channel, uint64_t stamp)
{
    return step_event(stepper,
                      (struct cut_event){.kind = CUT_EVENT_MESSAGE,
                                         .channel = channel,
                                         .stamp = stamp});
}

const char *step_time(struct stepper *stepper, uint64_t now)
{
    return step_event(stepper,
                      (struct cut_event){.kind = CUT_EVENT_TIME, .now = now});
}

const char *
step_control(struct stepper *stepper, uint32_t peer, struct cut_control control)
{
    return step_event(stepper,
                      (struct cut_event){.kind = CUT_EVENT_CONTROL,
                                         .peer = peer,
                                         .control = &control});
}

struct cut_control control_of(uint64_t number,
                              uint32_t kind,
                              uint32_t round,
                              uint64_t first,
                              uint64_t second)
{
    return (struct cut_control){
        .snapshot = id_of(number),
        .kind = kind,
        .round = round,
        .value = {first, second},
    };
}
