#include "net/openssl_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Not all of OpenSSL says that an allocation failed: some of it says nothing,
 * some that an object could not be made, some that the error is internal, which
 * no file and no peer can bring about.
 */
static bool is_memory(int reason)
{
    return reason == ERR_R_MALLOC_FAILURE || reason == ERR_R_INIT_FAIL ||
           reason == ERR_R_INTERNAL_ERROR;
}

enum cut_error cut_openssl_error(enum cut_error otherwise)
{
    unsigned long code = ERR_get_error();
    enum cut_error error = code == 0 ? CUT_NOMEM : otherwise;

    for (; code != 0; code = ERR_get_error()) {
        if (is_memory(ERR_GET_REASON(code)))
            error = CUT_NOMEM;
    }
    return error;
}

const char *cut_openssl_verdict(long verify_result)
{
    switch (verify_result) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return "signed by another authority";
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "not valid yet";
    case X509_V_ERR_INVALID_PURPOSE:
        return "not made for this";
    default:
        return X509_verify_cert_error_string(verify_result);
    }
}

/* What an alert of the peer means; NULL: another one. */
static const char *alert_text(int reason)
{
    switch (reason) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        return "the peer refused our certificate: signed by another authority";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        return "the peer refused our certificate: expired";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        return "the peer refused us: no certificate";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        return "the peer refused our certificate";
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return "the peer does not take TLS 1.3";
    default:
        return NULL;
    }
}

/* What one's own side found; NULL: something else. */
static const char *finding_text(int reason)
{
    switch (reason) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return "the peer is refused: no certificate";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_RECORD_TOO_SMALL:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
        return "the peer does not speak TLS 1.3";
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
        return "bytes were changed on the way";
    default:
        return NULL;
    }
}

/* An alert is a byte. */
static bool is_alert(int reason)
{
    return reason >= SSL_AD_REASON_OFFSET &&
           reason <= SSL_AD_REASON_OFFSET + UINT8_MAX;
}

static void explain(int reason, long verify_result, char *out, size_t size)
{
    const char *text = finding_text(reason);

    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED &&
        verify_result != X509_V_OK) {
        snprintf(out,
                 size,
                 "the peer's certificate is refused: %s",
                 cut_openssl_verdict(verify_result));
        return;
    }
    if (text == NULL)
        text = alert_text(reason);
    if (text != NULL) {
        snprintf(out, size, "%s", text);
        return;
    }
    text = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, reason));
    snprintf(out,
             size,
             is_alert(reason) ? "the peer gave up: %s"
                              : "TLS with the peer failed: %s",
             text != NULL ? text : "for no known reason");
}

enum cut_error cut_openssl_explain(long verify_result, char *out, size_t size)
{
    unsigned long last = ERR_peek_last_error();
    enum cut_error error = cut_openssl_error(CUT_PROTOCOL);

    if (error == CUT_NOMEM)
        snprintf(out, size, "out of memory");
    else
        explain(ERR_GET_REASON(last), verify_result, out, size);
    return error;
}
