/*
 * TLS over memory: two sides, what each takes and refuses, and that bytes come
 * out as they went in however they are cut up. Peers that no directory of keys
 * could make are made of OpenSSL here.
 */
#include "check.h"
#include "net/tls.h"
#include "net/tls_context.h"

#include <cutline/keys.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_tls.XXXXXX";

/* --- directories of keys -------------------------------------------------- */

#define PATH_MAX_HERE 128

static const char *path_of(const char *name, const char *file, char *out)
{
    snprintf(out, PATH_MAX_HERE, "%s/%s/%s", folder, name, file);
    return out;
}

static struct cut_tls_context *load(const char *name)
{
    char path[PATH_MAX_HERE];
    struct cut_tls_context *context = NULL;
    struct cut_fault fault = {0};

    if (!CHECK_EQ(
            cut_tls_context_create(path_of(name, "", path), &fault, &context),
            CUT_OK)) {
        printf("# %s\n", fault.what);
        exit(1);
    }
    CHECK_EQ(ERR_peek_error(), 0);
    return context;
}

static void make(const char *name)
{
    char path[PATH_MAX_HERE];
    struct cut_fault fault = {0};

    if (!CHECK_EQ(cut_keys_create(path_of(name, "", path), 30, &fault),
                  CUT_OK)) {
        printf("# %s\n", fault.what);
        exit(1);
    }
    CHECK_EQ(ERR_peek_error(), 0);
}

static void scrap(const char *name)
{
    static const char *const files[] = {
        CUT_TLS_CA_FILE, CUT_TLS_CERT_FILE, CUT_TLS_KEY_FILE, ""};
    char path[PATH_MAX_HERE];

    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++)
        remove(path_of(name, files[i], path));
}

static void put(const char *name, const char *file, const char *text)
{
    char path[PATH_MAX_HERE];
    FILE *out = fopen(path_of(name, file, path), "we");

    if (out == NULL)
        exit(1);
    fputs(text, out);
    fclose(out);
}

static void
copy(const char *from, const char *to, const char *file, const char *as)
{
    char text[4096] = "";
    char path[PATH_MAX_HERE];
    FILE *in = fopen(path_of(from, file, path), "re");

    if (in == NULL)
        exit(1);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    put(to, as, text);
}

static void check_refused(enum cut_error error, const char *what)
{
    char path[PATH_MAX_HERE];
    struct cut_tls_context *context = (void *)(uintptr_t)1;
    struct cut_fault fault = {0};

    path_of("bad", "", path);
    CHECK_EQ(cut_tls_context_create(path, &fault, &context), error);
    CHECK_EQ(cut_tls_context_create(path, NULL, &context), error);
    CHECK_EQ(fault.code, error);
    CHECK(fault.path == path);
    CHECK_STR(fault.what, what);
    CHECK((fault.system_error != 0) == (error == CUT_IO));
    CHECK_EQ((uintptr_t)context, 1);
    CHECK_EQ(ERR_peek_error(), 0);
}

static void test_directory_without_files(void)
{
    char path[PATH_MAX_HERE];

    check_refused(CUT_IO, "cannot be read: No such file or directory");
    make("bad");
    remove(path_of("bad", CUT_TLS_KEY_FILE, path));
    check_refused(CUT_IO, "key.pem cannot be read: No such file or directory");
    remove(path_of("bad", CUT_TLS_CERT_FILE, path));
    check_refused(CUT_IO, "cert.pem cannot be read: No such file or directory");
    remove(path_of("bad", CUT_TLS_CA_FILE, path));
    check_refused(CUT_IO, "ca.pem cannot be read: No such file or directory");
    CHECK_EQ(mkdir(path, 0700), 0);
    check_refused(CUT_INVALID, "ca.pem is no file");
    scrap("bad");
}

static void test_files_that_are_something_else(void)
{
    make("bad");
    put("bad", CUT_TLS_KEY_FILE, "-----BEGIN PRIVATE KEY-----\nrubbish\n");
    check_refused(CUT_INVALID,
                  "key.pem is no private key (expected PEM without a "
                  "password)");
    put("bad", CUT_TLS_CERT_FILE, "rubbish");
    check_refused(CUT_INVALID, "cert.pem is no certificate (expected PEM)");
    put("bad", CUT_TLS_CA_FILE, "");
    check_refused(CUT_INVALID, "ca.pem is no certificate (expected PEM)");
    scrap("bad");
}

static void test_key_of_another_certificate(void)
{
    make("bad");
    copy("good", "bad", CUT_TLS_KEY_FILE, CUT_TLS_KEY_FILE);
    check_refused(CUT_INVALID,
                  "key.pem is the key of another certificate (expected that "
                  "of cert.pem)");
    copy("good", "bad", CUT_TLS_CERT_FILE, CUT_TLS_CERT_FILE);
    check_refused(CUT_INVALID,
                  "cert.pem is refused: signed by another authority (expected "
                  "one of ca.pem that is valid now)");
    copy("good", "bad", CUT_TLS_CA_FILE, CUT_TLS_CA_FILE);
    cut_tls_context_destroy(load("bad"));
    scrap("bad");
}

static void test_key_that_others_can_read(void)
{
    char path[PATH_MAX_HERE];

    make("bad");
    path_of("bad", CUT_TLS_KEY_FILE, path);
    for (mode_t bit = 1; bit <= 040; bit <<= 1) {
        CHECK_EQ(chmod(path, 0600 | bit), 0);
        check_refused(CUT_INVALID,
                      "key.pem can be read by others (expected mode 0600)");
    }
    CHECK_EQ(chmod(path, 0400), 0);
    cut_tls_context_destroy(load("bad"));
    scrap("bad");
}

/* OpenSSL would ask for the password at the terminal. */
static void test_key_with_a_password(void)
{
    char path[PATH_MAX_HERE];
    EVP_PKEY *key = EVP_EC_gen("P-256");

    make("bad");
    FILE *file = fopen(path_of("bad", CUT_TLS_KEY_FILE, path), "we");
    if (file == NULL || key == NULL)
        exit(1);
    CHECK_EQ(PEM_write_PKCS8PrivateKey(
                 file, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL),
             1);
    fclose(file);
    EVP_PKEY_free(key);
    check_refused(CUT_INVALID,
                  "key.pem is no private key (expected PEM without a "
                  "password)");
    scrap("bad");
}

/* --- two sides ------------------------------------------------------------ */

struct pair {
    struct cut_tls *client;
    struct cut_tls *server;
    size_t step; /* bytes that are carried at a time */
};

static struct pair make_pair(struct cut_tls_context *client,
                             struct cut_tls_context *server)
{
    struct pair pair = {.step = SIZE_MAX};

    if (cut_tls_create(client, false, &pair.client) != CUT_OK ||
        cut_tls_create(server, true, &pair.server) != CUT_OK)
        exit(1);
    return pair;
}

static void free_pair(const struct pair *pair)
{
    cut_tls_destroy(pair->client);
    cut_tls_destroy(pair->server);
    CHECK_EQ(ERR_peek_error(), 0);
}

/* Carry what a side has to say; returns the bytes. */
static size_t
carry(const struct pair *pair, struct cut_tls *from, struct cut_tls *to)
{
    uint8_t bytes[4096];
    size_t room = pair->step < sizeof bytes ? pair->step : sizeof bytes;
    size_t total = 0;
    size_t size;

    while ((size = cut_tls_drain(from, bytes, room)) > 0) {
        total += size;
        /* One that has failed is told so, once. */
        if (cut_tls_state(to) != CUT_TLS_FAILED &&
            cut_tls_feed(to, bytes, size) != CUT_OK)
            CHECK_EQ(cut_tls_state(to), CUT_TLS_FAILED);
    }
    CHECK_EQ(cut_tls_pending(from), 0);
    return total;
}

static void exchange(const struct pair *pair)
{
    while (carry(pair, pair->client, pair->server) +
               carry(pair, pair->server, pair->client) >
           0) {
    }
}

/* What a side gets to read, which is nothing. */
static enum cut_error read_nothing(struct cut_tls *tls)
{
    uint8_t byte;
    size_t got = 0;
    enum cut_error error = cut_tls_read(tls, &byte, 1, &got);

    CHECK_EQ(got, 0);
    return error;
}

static void check_open(const struct pair *pair)
{
    CHECK_EQ(cut_tls_state(pair->client), CUT_TLS_OPEN);
    CHECK_EQ(cut_tls_state(pair->server), CUT_TLS_OPEN);
    CHECK_STR(cut_tls_reason(pair->client), "");
    CHECK_STR(cut_tls_reason(pair->server), "");
}

/* All of a text arrives, and only that. */
static void check_arrives(const struct pair *pair,
                          struct cut_tls *from,
                          struct cut_tls *to,
                          const uint8_t *text,
                          size_t size)
{
    uint8_t *read = malloc(size + 1);
    size_t total = 0;
    size_t got;

    if (read == NULL)
        exit(1);
    CHECK_EQ(cut_tls_write(from, text, size), CUT_OK);
    CHECK(cut_tls_pending(from) > size);
    carry(pair, from, to);
    do {
        got = 0;
        CHECK_EQ(cut_tls_read(to, read + total, size + 1 - total, &got),
                 CUT_OK);
        total += got;
    } while (got > 0);
    CHECK_EQ(total, size);
    CHECK(memcmp(read, text, size) == 0);
    free(read);
}

static void test_both_open(void)
{
    struct cut_tls_context *context = load("good");
    struct pair pair = make_pair(context, context);
    size_t got = 77;

    CHECK_EQ(cut_tls_state(pair.client), CUT_TLS_HANDSHAKE);
    CHECK_EQ(cut_tls_state(pair.server), CUT_TLS_HANDSHAKE);
    CHECK(cut_tls_pending(pair.client) > 0);
    CHECK_EQ(cut_tls_write(pair.client, "x", 1), CUT_STATE);
    CHECK_EQ(cut_tls_read(pair.server, &got, 1, &got), CUT_OK);
    CHECK_EQ(got, 0);
    exchange(&pair);
    check_open(&pair);
    check_arrives(&pair, pair.client, pair.server, (const uint8_t *)"hi", 2);
    check_arrives(&pair, pair.server, pair.client, (const uint8_t *)"ho", 2);
    CHECK_EQ(cut_tls_write(pair.client, NULL, 0), CUT_OK);
    CHECK_EQ(cut_tls_pending(pair.client), 0);
    free_pair(&pair);
    cut_tls_context_destroy(context);
}

/* A second host has a copy of the directory. */
static void test_a_context_may_go_first(void)
{
    struct cut_tls_context *left = load("good");
    struct cut_tls_context *right = load("good");
    struct pair pair = make_pair(left, right);

    cut_tls_context_destroy(left);
    cut_tls_context_destroy(right);
    exchange(&pair);
    check_open(&pair);
    free_pair(&pair);
    cut_tls_context_destroy(NULL);
    cut_tls_destroy(NULL);
}

static void test_byte_by_byte(void)
{
    struct cut_tls_context *context = load("good");
    struct pair pair = make_pair(context, context);
    uint8_t text[20000];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * i >> 3);
    pair.step = 1;
    exchange(&pair);
    check_open(&pair);
    check_arrives(&pair, pair.client, pair.server, text, sizeof text);
    free_pair(&pair);
    cut_tls_context_destroy(context);
}

static void test_megabytes(void)
{
    size_t size = (size_t)5 << 20;
    uint8_t *text = malloc(size);
    struct cut_tls_context *context = load("good");
    struct pair pair = make_pair(context, context);

    if (text == NULL)
        exit(1);
    for (size_t i = 0; i < size; i++)
        text[i] = (uint8_t)(i * i >> 7);
    exchange(&pair);
    check_arrives(&pair, pair.client, pair.server, text, size);
    check_arrives(&pair, pair.server, pair.client, text, size);
    free_pair(&pair);
    cut_tls_context_destroy(context);
    free(text);
}

/* One side says that it is done; the other one may still write. */
static void test_closing(void)
{
    struct cut_tls_context *context = load("good");
    struct pair pair = make_pair(context, context);

    exchange(&pair);
    CHECK_EQ(cut_tls_write(pair.client, "x", 1), CUT_OK);
    cut_tls_close(pair.client);
    carry(&pair, pair.client, pair.server);
    uint8_t byte = 0;
    size_t got = 0;
    CHECK_EQ(cut_tls_read(pair.server, &byte, 1, &got), CUT_OK);
    CHECK_EQ(got, 1);
    CHECK_EQ(byte, 'x');
    CHECK_EQ(cut_tls_state(pair.server), CUT_TLS_OPEN);
    CHECK_EQ(read_nothing(pair.server), CUT_OK);
    CHECK_EQ(cut_tls_state(pair.server), CUT_TLS_CLOSED);
    CHECK_EQ(read_nothing(pair.server), CUT_OK);
    check_arrives(&pair, pair.server, pair.client, (const uint8_t *)"y", 1);
    cut_tls_close(pair.server);
    CHECK(cut_tls_pending(pair.server) > 0);
    free_pair(&pair);
    cut_tls_context_destroy(context);
}

/* --- what is refused ------------------------------------------------------ */

static void check_failed(struct cut_tls *tls, const char *reason)
{
    CHECK_EQ(cut_tls_state(tls), CUT_TLS_FAILED);
    CHECK_STR(cut_tls_reason(tls), reason);
    CHECK_EQ(cut_tls_feed(tls, "x", 1), CUT_STATE);
    CHECK_EQ(read_nothing(tls), CUT_STATE);
    CHECK_EQ(cut_tls_write(tls, "x", 1), CUT_STATE);
    cut_tls_close(tls);
}

/* The client believes it is open until it reads. */
static void check_server_refuses(struct cut_tls_context *client,
                                 struct cut_tls_context *server,
                                 const char *at_server,
                                 const char *at_client)
{
    struct pair pair = make_pair(client, server);

    exchange(&pair);
    check_failed(pair.server, at_server);
    if (cut_tls_state(pair.client) != CUT_TLS_FAILED)
        CHECK_EQ(read_nothing(pair.client), CUT_PROTOCOL);
    check_failed(pair.client, at_client);
    free_pair(&pair);
}

static void check_client_refuses(struct cut_tls_context *client,
                                 struct cut_tls_context *server,
                                 const char *at_client,
                                 const char *at_server)
{
    struct pair pair = make_pair(client, server);

    exchange(&pair);
    check_failed(pair.client, at_client);
    check_failed(pair.server, at_server);
    free_pair(&pair);
}

static void test_another_authority(void)
{
    struct cut_tls_context *good = load("good");

    make("other");
    struct cut_tls_context *other = load("other");
    check_client_refuses(
        other,
        good,
        "the peer's certificate is refused: signed by another authority",
        "the peer refused our certificate: signed by another authority");
    cut_tls_context_destroy(other);
    /* One that takes everybody is still refused. */
    other = load("other");
    SSL_CTX_set_verify(other->ssl, SSL_VERIFY_NONE, NULL);
    check_server_refuses(
        other,
        good,
        "the peer's certificate is refused: signed by another authority",
        "the peer refused our certificate: signed by another authority");
    cut_tls_context_destroy(other);
    cut_tls_context_destroy(good);
    scrap("other");
}

/* A side that takes everybody and has no certificate. */
static struct cut_tls_context naked(void)
{
    struct cut_tls_context context = {.ssl = SSL_CTX_new(TLS_method())};

    if (context.ssl == NULL)
        exit(1);
    return context;
}

static void test_no_certificate(void)
{
    struct cut_tls_context *good = load("good");
    struct cut_tls_context client = naked();

    check_server_refuses(&client,
                         good,
                         "the peer is refused: no certificate",
                         "the peer refused us: no certificate");
    SSL_CTX_free(client.ssl);
    cut_tls_context_destroy(good);
}

static void test_older_tls(void)
{
    struct cut_tls_context *good = load("good");
    struct cut_tls_context client = naked();

    CHECK_EQ(SSL_CTX_set_max_proto_version(client.ssl, TLS1_2_VERSION), 1);
    check_server_refuses(&client,
                         good,
                         "the peer does not speak TLS 1.3",
                         "the peer does not take TLS 1.3");
    SSL_CTX_free(client.ssl);
    cut_tls_context_destroy(good);
}

static void check_not_tls(const char *text)
{
    struct cut_tls_context *good = load("good");
    struct cut_tls *server;

    if (cut_tls_create(good, true, &server) != CUT_OK)
        exit(1);
    CHECK_EQ(cut_tls_feed(server, text, strlen(text)), CUT_PROTOCOL);
    check_failed(server, "the peer does not speak TLS 1.3");
    cut_tls_destroy(server);
    CHECK_EQ(ERR_peek_error(), 0);
    cut_tls_context_destroy(good);
}

static void test_something_else_than_tls(void)
{
    check_not_tls("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
    check_not_tls("CUTL, and more than the five bytes of a record's header");
}

/* Certificates of an authority whose key is at hand. */
struct authority {
    EVP_PKEY *key;
    X509 *certificate;
};

/* From and to, in days from now. */
static X509 *
sign(const struct authority *authority, EVP_PKEY *key, int from, int to)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_NAME_new();

    if (certificate == NULL || name == NULL)
        exit(1);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_NAME_add_entry_by_txt(
        name,
        "CN",
        MBSTRING_ASC,
        (const unsigned char *)(authority->certificate != NULL ? "peer"
                                                               : "authority"),
        -1,
        -1,
        0);
    X509_set_subject_name(certificate, name);
    X509_set_issuer_name(certificate,
                         authority->certificate != NULL
                             ? X509_get_subject_name(authority->certificate)
                             : name);
    X509_time_adj_ex(X509_getm_notBefore(certificate), from, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(certificate), to, 0, NULL);
    X509_set_pubkey(certificate, key);
    if (authority->certificate == NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(
            NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    if (X509_sign(certificate, authority->key, EVP_sha256()) <= 0)
        exit(1);
    X509_NAME_free(name);
    return certificate;
}

static struct authority make_authority(void)
{
    struct authority authority = {.key = EVP_EC_gen("P-256")};

    if (authority.key == NULL)
        exit(1);
    authority.certificate = sign(&authority, authority.key, -100, 100);
    return authority;
}

/* A side with a certificate of these days, as cut_tls_context_create would
 * never make one. */
static struct cut_tls_context
made(const struct authority *authority, int from, int to)
{
    struct cut_tls_context context = naked();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = sign(authority, key, from, to);

    CHECK_EQ(SSL_CTX_use_certificate(context.ssl, certificate), 1);
    CHECK_EQ(SSL_CTX_use_PrivateKey(context.ssl, key), 1);
    CHECK_EQ(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.ssl),
                                 authority->certificate),
             1);
    SSL_CTX_set_verify(
        context.ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

static void check_days(int from, int to, const char *here, const char *there)
{
    struct authority authority = make_authority();
    struct cut_tls_context good = made(&authority, -1, 1);
    struct cut_tls_context bad = made(&authority, from, to);

    check_client_refuses(&good, &bad, here, there);
    check_server_refuses(&bad, &good, here, there);
    SSL_CTX_free(good.ssl);
    SSL_CTX_free(bad.ssl);
    X509_free(authority.certificate);
    EVP_PKEY_free(authority.key);
}

static void test_days(void)
{
    check_days(-10,
               -1,
               "the peer's certificate is refused: expired",
               "the peer refused our certificate: expired");
    check_days(1,
               10,
               "the peer's certificate is refused: not valid yet",
               "the peer refused our certificate");
}

static void write_pem(const char *file, X509 *certificate, EVP_PKEY *key)
{
    char path[PATH_MAX_HERE];
    FILE *out = fopen(path_of("bad", file, path), "we");

    if (out == NULL)
        exit(1);
    if (certificate != NULL)
        CHECK_EQ(PEM_write_X509(out, certificate), 1);
    if (key != NULL)
        CHECK_EQ(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(out);
}

/* One's own days are looked at before anybody is called. */
static void test_own_days(void)
{
    struct authority authority = make_authority();
    EVP_PKEY *key = EVP_EC_gen("P-256");

    make("bad");
    write_pem(CUT_TLS_CA_FILE, authority.certificate, NULL);
    write_pem(CUT_TLS_KEY_FILE, NULL, key);
    X509 *certificate = sign(&authority, key, -10, -1);
    write_pem(CUT_TLS_CERT_FILE, certificate, NULL);
    check_refused(CUT_INVALID,
                  "cert.pem is refused: expired (expected one of ca.pem that "
                  "is valid now)");
    X509_free(certificate);
    certificate = sign(&authority, key, 1, 10);
    write_pem(CUT_TLS_CERT_FILE, certificate, NULL);
    check_refused(CUT_INVALID,
                  "cert.pem is refused: not valid yet (expected one of ca.pem "
                  "that is valid now)");
    X509_free(certificate);
    X509_free(authority.certificate);
    EVP_PKEY_free(authority.key);
    EVP_PKEY_free(key);
    scrap("bad");
}

/* A changed bit is not taken for what was written. Not of the first five
 * bytes: they say how long the record is. */
static void test_changed_bits(void)
{
    static const char text[] = "a text";
    struct cut_tls_context *context = load("good");
    size_t size = SIZE_MAX;

    for (size_t at = 5; at < size; at++) {
        struct pair pair = make_pair(context, context);
        uint8_t bytes[256];
        exchange(&pair);
        CHECK_EQ(cut_tls_write(pair.client, text, sizeof text), CUT_OK);
        size = cut_tls_drain(pair.client, bytes, sizeof bytes);
        CHECK(size > 5 + sizeof text && size < sizeof bytes);
        bytes[at] ^= 1;
        CHECK_EQ(cut_tls_feed(pair.server, bytes, size), CUT_OK);
        CHECK_EQ(read_nothing(pair.server), CUT_PROTOCOL);
        check_failed(pair.server, "bytes were changed on the way");
        CHECK(cut_tls_pending(pair.server) > 0);
        free_pair(&pair);
    }
    cut_tls_context_destroy(context);
}

/* --- keys ----------------------------------------------------------------- */

static mode_t mode_of(const char *name, const char *file)
{
    char path[PATH_MAX_HERE];
    struct stat status = {.st_mode = 0};

    CHECK_EQ(stat(path_of(name, file, path), &status), 0);
    return status.st_mode & 07777;
}

static void test_keys_are_their_owners(void)
{
    make("bad");
    CHECK_EQ(mode_of("bad", ""), 0700);
    CHECK_EQ(mode_of("bad", CUT_TLS_KEY_FILE), 0600);
    CHECK_EQ(mode_of("bad", CUT_TLS_CA_FILE), 0644);
    scrap("bad");
}

static void test_days_of_keys(void)
{
    struct cut_fault fault = {0};
    static const unsigned bad[] = {0, CUT_KEYS_DAYS_MAX + 1, UINT32_MAX};
    char path[PATH_MAX_HERE];
    char what[64];

    path_of("bad", "", path);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQ(cut_keys_create(path, bad[i], &fault), CUT_INVALID);
        snprintf(
            what, sizeof what, "keys for %u days (expected 1 to 3650)", bad[i]);
        CHECK_STR(fault.what, what);
        CHECK(access(path, F_OK) != 0);
    }
    for (unsigned days = 1; days <= 3650; days += 3649) {
        CHECK_EQ(cut_keys_create(path, days, NULL), CUT_OK);
        cut_tls_context_destroy(load("bad"));
        scrap("bad");
    }
}

/* What is there stays as it is, whichever of the files it is. */
static void test_keys_are_not_overwritten(void)
{
    static const char *const files[] = {
        CUT_TLS_CA_FILE, CUT_TLS_CERT_FILE, CUT_TLS_KEY_FILE};
    char path[PATH_MAX_HERE];
    char what[128];

    for (unsigned i = 0; i < 3; i++) {
        struct cut_fault fault = {0};
        CHECK_EQ(mkdir(path_of("bad", "", path), 0755), 0);
        put("bad", files[i], "mine");
        CHECK_EQ(cut_keys_create(path, 30, &fault), CUT_STATE);
        CHECK(fault.path == path);
        snprintf(what,
                 sizeof what,
                 "%s is there already (expected a directory without keys)",
                 files[i]);
        CHECK_STR(fault.what, what);
        for (unsigned j = 0; j < 3; j++)
            CHECK((access(path_of("bad", files[j], what), F_OK) == 0) ==
                  (i == j));
        scrap("bad");
    }
}

int main(void)
{
    umask(022);
    if (mkdtemp(folder) == NULL)
        return 1;
    make("good");
    RUN(test_directory_without_files);
    RUN(test_files_that_are_something_else);
    RUN(test_key_of_another_certificate);
    RUN(test_key_that_others_can_read);
    RUN(test_key_with_a_password);
    RUN(test_both_open);
    RUN(test_a_context_may_go_first);
    RUN(test_byte_by_byte);
    RUN(test_megabytes);
    RUN(test_closing);
    RUN(test_another_authority);
    RUN(test_no_certificate);
    RUN(test_older_tls);
    RUN(test_something_else_than_tls);
    RUN(test_days);
    RUN(test_own_days);
    RUN(test_changed_bits);
    RUN(test_keys_are_their_owners);
    RUN(test_days_of_keys);
    RUN(test_keys_are_not_overwritten);
    scrap("good");
    remove(folder);
    return check_end();
}
