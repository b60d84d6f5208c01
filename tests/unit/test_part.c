/*
 * Parts of snapshots as bytes: written here by hand, from the specification in
 * net/part.h, and read. What is cut short, or says what no worker says, is
 * refused.
 */
#include "check.h"
#include "net/part.h"

#include <stdlib.h>

struct bytes {
    uint8_t data[512];
    size_t size;
};

static void put(struct bytes *out, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        out->data[out->size++] = (uint8_t)(value >> (8 * i));
}

static void put_block(struct bytes *out, const char *text)
{
    put(out, strlen(text), 8);
    memcpy(out->data + out->size, text, strlen(text));
    out->size += strlen(text);
}

static void put_message(struct bytes *out, uint32_t peer, unsigned by_sender)
{
    put(out, peer, 4);
    put(out, by_sender, 1);
    put(out, 5, 1);
    put(out, 77 + peer, 8);
    put_block(out, "data");
    put_block(out, "{}");
    put_block(out, "");
}

/* A part with two timers and two messages. */
static struct bytes make(unsigned first, unsigned second, unsigned by_sender)
{
    struct bytes out = {.size = 0};

    put(&out, 1000, 8);
    put(&out, 2000, 8);
    put(&out, 30, 8);
    put(&out, 40, 8);
    put(&out, 3, 4);
    put_block(&out, "state");
    put_block(&out, "[1]");
    put_block(&out, "");
    put(&out, UINT64_MAX, 8);
    put(&out, 2, 1);
    put(&out, first, 1);
    put(&out, 10, 8);
    put(&out, second, 1);
    put(&out, 20, 8);
    put(&out, 2, 8);
    put_message(&out, 1, 0);
    put_message(&out, 2, by_sender);
    return out;
}

/* In memory of its own, so that a sanitizer sees what is read beyond. */
static enum cut_error
read_part(const struct bytes *bytes, size_t size, struct cut_part_view *out)
{
    uint8_t *copy = malloc(size + 1);

    if (copy == NULL)
        exit(1);
    memcpy(copy + 1, bytes->data, size);
    enum cut_error error = cut_part_read(copy + 1, size, out);
    free(copy);
    return error;
}

static bool is_text(struct cut_part_block block, const char *text)
{
    return block.size == strlen(text) &&
           memcmp(block.data, text, block.size) == 0;
}

static void test_whole(void)
{
    struct bytes bytes = make(0, 63, 1);
    struct cut_part_view part;
    struct cut_part_message_view message;

    CHECK_EQ(cut_part_read(bytes.data, bytes.size, &part), CUT_OK);
    CHECK_EQ(part.captured, 1000);
    CHECK_EQ(part.completed, 2000);
    CHECK_EQ(part.pause_ns, 30);
    CHECK_EQ(part.cpu_ns, 40);
    CHECK_EQ(part.version, 3);
    CHECK(is_text(part.state, "state"));
    CHECK(is_text(part.shown, "[1]"));
    CHECK_EQ(part.facts.size, 0);
    CHECK_EQ(part.random, UINT64_MAX);
    CHECK_EQ(part.timers.size, 18);
    CHECK_EQ(part.message_count, 2);
    CHECK(cut_part_next_message(&part, &message));
    CHECK_EQ(message.peer, 1);
    CHECK(!message.is_by_sender);
    CHECK_EQ(message.type, 5);
    CHECK_EQ(message.position, 78);
    CHECK(is_text(message.data, "data"));
    CHECK(is_text(message.shown, "{}"));
    CHECK_EQ(message.facts.size, 0);
    CHECK(cut_part_next_message(&part, &message));
    CHECK_EQ(message.peer, 2);
    CHECK(message.is_by_sender);
    CHECK(!cut_part_next_message(&part, &message));
    CHECK(!cut_part_next_message(&part, &message));
}

static void test_every_truncation(void)
{
    struct bytes bytes = make(0, 1, 0);
    struct cut_part_view part = {.version = 99};

    for (size_t size = 0; size < bytes.size; size++)
        CHECK_EQ(read_part(&bytes, size, &part), CUT_PROTOCOL);
    CHECK_EQ(part.version, 99);
    put(&bytes, 0, 1);
    CHECK_EQ(read_part(&bytes, bytes.size, &part), CUT_PROTOCOL);
    CHECK_EQ(part.version, 99);
    bytes.size--;
    CHECK_EQ(read_part(&bytes, bytes.size, &part), CUT_OK);
}

static void test_what_no_worker_says(void)
{
    static const unsigned wrong[][3] = {
        {1, 1, 0}, {2, 1, 0}, {0, 64, 0}, {255, 0, 0}, {0, 1, 2}};
    struct cut_part_view part;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct bytes bytes = make(wrong[i][0], wrong[i][1], wrong[i][2]);
        CHECK_EQ(read_part(&bytes, bytes.size, &part), CUT_PROTOCOL);
    }
}

/* Sizes and counts that would overflow whatever is added to them. */
static void test_huge_sizes(void)
{
    static const size_t sizes[] = {36, 49, 60, 95};
    struct cut_part_view part;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (unsigned byte = 0; byte < 2; byte++) {
            struct bytes bytes = make(0, 1, 0);
            memset(bytes.data + sizes[i] + byte * 7, 0xff, 8 - byte * 7);
            CHECK_EQ(read_part(&bytes, bytes.size, &part), CUT_PROTOCOL);
        }
}

int main(void)
{
    RUN(test_whole);
    RUN(test_every_truncation);
    RUN(test_what_no_worker_says);
    RUN(test_huge_sizes);
    return check_end();
}
