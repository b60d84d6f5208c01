/*
 * OpenSSL's requests for memory fail in turn, while keys are made
 * and read, and while two sides shake hands and write: each time all is well in
 * the end, or the caller is told, nothing is half-done, and the queue of errors
 * is empty. That memory was out is what he is told, where OpenSSL knows: now
 * and then it believes the failure of a part to be the peer's, or a file's.
 *
 * OpenSSL keeps what it has once fetched, so all is done once before anything
 * fails. Leaks are the sanitizer's to find.
 */
#include "check.h"
#include "net/handshake.h"
#include "net/tls.h"

#include <cutline/keys.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <unistd.h>

/* Far more than any subject asks for. */
#define REQUESTS_MAX 100000

/* OpenSSL asks for memory thousands of times: so many of the first requests
 * fail one by one, and later ones further and further apart. */
#define STRIDE 150

static struct {
    uint64_t at; /* from 1: which request fails; 0: none */
    bool from_on;
    uint64_t requests;
    uint64_t failures;
} plan;

static char folder[] = "/tmp/test_tls_allocations.XXXXXX";
static char good[sizeof folder + 8];
static char fresh[sizeof folder + 8];

static bool is_due(void)
{
    plan.requests++;
    bool due = plan.at != 0 && (plan.from_on ? plan.requests >= plan.at
                                             : plan.requests == plan.at);
    plan.failures += due;
    return due;
}

static void *plan_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_due() ? NULL : malloc(size);
}

static void *plan_realloc(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (size > 0)
        return is_due() ? NULL : realloc(block, size);
    free(block);
    return NULL;
}

static void plan_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

static void scrap(const char *directory)
{
    static const char *const files[] = {
        CUT_TLS_CA_FILE, CUT_TLS_CERT_FILE, CUT_TLS_KEY_FILE};
    char path[sizeof folder + 32];

    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    rmdir(directory);
}

/* --- subjects ------------------------------------------------------------- */

static enum cut_error run_keys(void)
{
    struct cut_fault fault = {0};
    enum cut_error error = cut_keys_create(fresh, 30, &fault);

    if (error == CUT_OK) {
        CHECK_EQ(access(fresh, F_OK), 0);
    } else {
        CHECK(access(fresh, F_OK) != 0);
        CHECK_EQ(error, CUT_NOMEM);
        CHECK_STR(fault.what, "out of memory");
    }
    scrap(fresh);
    return error;
}

static enum cut_error run_context(void)
{
    struct cut_tls_context *context = NULL;
    struct cut_fault fault = {0};
    enum cut_error error = cut_tls_context_create(good, &fault, &context);

    if (error == CUT_OK) {
        cut_tls_context_destroy(context);
    } else {
        CHECK(context == NULL);
        CHECK_EQ(fault.code, error);
        CHECK((error == CUT_NOMEM) ==
              (strcmp(fault.what, "out of memory") == 0));
    }
    return error;
}

static struct cut_tls_context *shared;

static enum cut_error carry(struct cut_tls *from, struct cut_tls *to)
{
    uint8_t bytes[4096];
    size_t size = cut_tls_drain(from, bytes, sizeof bytes);

    return size > 0 ? cut_tls_feed(to, bytes, size) : CUT_OK;
}

static enum cut_error read_all(struct cut_tls *tls, size_t size)
{
    uint8_t bytes[4096];
    enum cut_error error = CUT_OK;
    size_t got = 1;

    while (error == CUT_OK && got > 0 && size > 0) {
        error = cut_tls_read(tls, bytes, sizeof bytes, &got);
        size -= got;
    }
    CHECK(error != CUT_OK || size == 0);
    return error;
}

static enum cut_error talk(struct cut_tls *client, struct cut_tls *server)
{
    static uint8_t text[20000];
    enum cut_error error = CUT_OK;

    for (unsigned i = 0; i < 4 && error == CUT_OK; i++) {
        error = carry(client, server);
        if (error == CUT_OK)
            error = carry(server, client);
    }
    if (error == CUT_OK)
        error = cut_tls_write(client, text, sizeof text);
    while (error == CUT_OK && cut_tls_pending(client) > 0)
        error = carry(client, server);
    return error == CUT_OK ? read_all(server, sizeof text) : error;
}

static enum cut_error run_connection(void)
{
    struct cut_tls *client = NULL;
    struct cut_tls *server = NULL;
    enum cut_error error = cut_tls_create(shared, false, &client);

    if (error == CUT_OK)
        error = cut_tls_create(shared, true, &server);
    if (error == CUT_OK)
        error = talk(client, server);
    if (error != CUT_OK && server != NULL) {
        bool is_client = cut_tls_state(client) == CUT_TLS_FAILED;
        const char *reason = cut_tls_reason(is_client ? client : server);
        CHECK(is_client || cut_tls_state(server) == CUT_TLS_FAILED);
        CHECK(*reason != '\0');
        CHECK((error == CUT_NOMEM) == (strcmp(reason, "out of memory") == 0));
    }
    cut_tls_destroy(client);
    cut_tls_destroy(server);
    return error;
}

static enum cut_error feed(struct cut_handshake *to,
                           const struct cut_handshake *from)
{
    struct cut_frame frame = {.kind = 0};
    struct cut_frame_opening opening;

    CHECK_EQ(cut_frame_open(from->out, from->out_size, &frame, &opening),
             CUT_FRAME_WHOLE);
    cut_handshake_feed(to, &frame);
    if (to->state == CUT_HANDSHAKE_PROVEN)
        cut_handshake_welcome(to, 1);
    if (to->state != CUT_HANDSHAKE_FAILED)
        return CUT_OK;
    CHECK_STR(to->reason, "out of memory");
    CHECK_EQ(to->out_size, 0);
    return to->error;
}

static enum cut_error run_handshake(void)
{
    static const uint8_t bytes[32] = {0};
    struct cut_handshake_config config = {
        .secret = bytes,
        .run = bytes,
        .nonce = bytes,
        .process_count = 2,
        .self = 1,
    };
    struct cut_handshake_config other = config;
    struct cut_handshake c;
    struct cut_handshake a;

    other.self = 0;
    cut_handshake_connect(&c, &other, 1, 0);
    cut_handshake_accept(&a, &config);
    enum cut_error error = feed(&a, &c);
    if (error == CUT_OK)
        error = feed(&c, &a);
    if (error == CUT_OK)
        error = feed(&a, &c);
    return error == CUT_OK ? feed(&c, &a) : error;
}

/* --- each request --------------------------------------------------------- */

/* How often the caller was told of a failure, and that it was memory. */
struct tally {
    unsigned errors;
    unsigned memory;
};

static void
fail_each(enum cut_error (*run)(void), bool from_on, struct tally *tally)
{
    for (uint64_t at = 1; at < REQUESTS_MAX; at += 1 + at / STRIDE) {
        plan.at = at;
        plan.from_on = from_on;
        plan.requests = 0;
        plan.failures = 0;
        enum cut_error error = run();
        plan.at = 0;
        CHECK_EQ(ERR_peek_error(), 0);
        if (plan.failures == 0) {
            CHECK_EQ(error, CUT_OK);
            return;
        }
        tally->errors += error != CUT_OK;
        tally->memory += error == CUT_NOMEM;
        if (check_state.test_failed) {
            printf("# when request %" PRIu64 " fails: %s\n",
                   at,
                   cut_error_name(error));
            return;
        }
    }
    CHECK(false);
}

/* least: how often memory is lacking at least, in both modes. */
static void fail_all(enum cut_error (*run)(void), unsigned least)
{
    struct tally tally = {.errors = 0};

    CHECK_EQ(run(), CUT_OK);
    fail_each(run, false, &tally);
    fail_each(run, true, &tally);
    printf("# %u errors, %u of memory\n", tally.errors, tally.memory);
    CHECK(tally.memory >= least);
}

static void test_keys(void)
{
    fail_all(run_keys, 700);
}

static void test_context(void)
{
    fail_all(run_context, 600);
}

static void test_connection(void)
{
    struct cut_fault fault;

    CHECK_EQ(cut_tls_context_create(good, &fault, &shared), CUT_OK);
    fail_all(run_connection, 800);
    cut_tls_context_destroy(shared);
}

static void test_handshake(void)
{
    fail_all(run_handshake, 100);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(plan_malloc, plan_realloc, plan_free) != 1 ||
        mkdtemp(folder) == NULL)
        return 1;
    snprintf(good, sizeof good, "%s/good", folder);
    snprintf(fresh, sizeof fresh, "%s/fresh", folder);
    if (cut_keys_create(good, 30, NULL) != CUT_OK)
        return 1;
    RUN(test_keys);
    RUN(test_context);
    RUN(test_connection);
    RUN(test_handshake);
    scrap(good);
    rmdir(folder);
    return check_end();
}
