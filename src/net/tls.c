/*
 * A connection is OpenSSL's, between two memory BIOs: what came and is not read
 * yet, and what is to be sent.
 */
#include "net/tls.h"

#include "net/openssl_error.h"
#include "net/tls_context.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

struct cut_tls {
    SSL *ssl;      /* owns both */
    BIO *incoming; /* from the peer */
    BIO *outgoing; /* for the peer */
    enum cut_tls_state state;
    char reason[160];
};

/*
 * Say why a call of OpenSSL failed, unless it only wants more bytes. After an
 * error the rest of OpenSSL's state is not to be used, but what it has to tell
 * the peer stands in `outgoing`.
 */
static enum cut_error settle(struct cut_tls *tls, int result)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_WANT_READ:
        return CUT_OK;
    case SSL_ERROR_ZERO_RETURN:
        tls->state = CUT_TLS_CLOSED;
        return CUT_OK;
    default:
        tls->state = CUT_TLS_FAILED;
        return cut_openssl_explain(
            SSL_get_verify_result(tls->ssl), tls->reason, sizeof tls->reason);
    }
}

static enum cut_error shake_hands(struct cut_tls *tls)
{
    ERR_clear_error();
    int result = SSL_do_handshake(tls->ssl);
    if (result == 1) {
        tls->state = CUT_TLS_OPEN;
        ERR_clear_error();
        return CUT_OK;
    }
    return settle(tls, result);
}

/* Give the connection its BIOs, which it owns from then on. */
static bool connect_bios(struct cut_tls *tls)
{
    tls->incoming = BIO_new(BIO_s_mem());
    tls->outgoing = BIO_new(BIO_s_mem());
    if (tls->incoming == NULL || tls->outgoing == NULL) {
        BIO_free(tls->incoming);
        BIO_free(tls->outgoing);
        return false;
    }
    SSL_set_bio(tls->ssl, tls->incoming, tls->outgoing);
    return true;
}

enum cut_error cut_tls_create(struct cut_tls_context *context,
                              bool is_server,
                              struct cut_tls **out)
{
    struct cut_tls *tls = OPENSSL_zalloc(sizeof *tls);

    if (tls != NULL)
        tls->ssl = SSL_new(context->ssl);
    if (tls == NULL || tls->ssl == NULL || !connect_bios(tls))
        goto fail;
    if (is_server)
        SSL_set_accept_state(tls->ssl);
    else
        SSL_set_connect_state(tls->ssl);
    if (!is_server && shake_hands(tls) != CUT_OK)
        goto fail;
    *out = tls;
    return CUT_OK;
fail:
    cut_tls_destroy(tls);
    return cut_openssl_error(CUT_NOMEM);
}

void cut_tls_destroy(struct cut_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    ERR_clear_error();
    OPENSSL_free(tls);
}

enum cut_tls_state cut_tls_state(const struct cut_tls *tls)
{
    return tls->state;
}

const char *cut_tls_reason(const struct cut_tls *tls)
{
    return tls->reason;
}

static enum cut_error
keep(struct cut_tls *tls, const uint8_t *ciphertext, size_t size)
{
    size_t written;

    ERR_clear_error();
    while (size > 0) {
        if (BIO_write_ex(tls->incoming, ciphertext, size, &written) != 1) {
            tls->state = CUT_TLS_FAILED;
            return cut_openssl_explain(0, tls->reason, sizeof tls->reason);
        }
        ciphertext += written;
        size -= written;
    }
    return CUT_OK;
}

enum cut_error
cut_tls_feed(struct cut_tls *tls, const void *ciphertext, size_t size)
{
    if (tls->state == CUT_TLS_FAILED)
        return CUT_STATE;
    enum cut_error error = keep(tls, ciphertext, size);
    if (error == CUT_OK && tls->state == CUT_TLS_HANDSHAKE)
        error = shake_hands(tls);
    return error;
}

enum cut_error
cut_tls_read(struct cut_tls *tls, void *out, size_t size, size_t *got)
{
    size_t count = 0;
    enum cut_error error = CUT_OK;

    if (tls->state == CUT_TLS_FAILED)
        return CUT_STATE;
    if (tls->state == CUT_TLS_OPEN && size > 0) {
        ERR_clear_error();
        int result = SSL_read_ex(tls->ssl, out, size, &count);
        error = result == 1 ? CUT_OK : settle(tls, result);
    }
    if (error == CUT_OK)
        *got = count;
    return error;
}

enum cut_error
cut_tls_write(struct cut_tls *tls, const void *plain, size_t size)
{
    size_t written;

    if (tls->state != CUT_TLS_OPEN && tls->state != CUT_TLS_CLOSED)
        return CUT_STATE;
    if (size == 0)
        return CUT_OK;
    ERR_clear_error();
    /* A memory BIO takes all there is, so no write is a partial one. */
    int result = SSL_write_ex(tls->ssl, plain, size, &written);
    return result == 1 ? CUT_OK : settle(tls, result);
}

void cut_tls_close(struct cut_tls *tls)
{
    if (tls->state == CUT_TLS_OPEN || tls->state == CUT_TLS_CLOSED)
        SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

size_t cut_tls_drain(struct cut_tls *tls, void *out, size_t size)
{
    size_t count = 0;

    if (size > 0 && BIO_read_ex(tls->outgoing, out, size, &count) != 1)
        count = 0;
    return count;
}

size_t cut_tls_pending(const struct cut_tls *tls)
{
    return BIO_ctrl_pending(tls->outgoing);
}
