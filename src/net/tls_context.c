/*
 * The files of a directory of keys. All that can be known to be wrong is said
 * here, before anybody is called.
 */
#include "net/tls_context.h"

#include "base/fault.h"
#include "net/openssl_error.h"
#include "net/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory that is being read. */
struct folder {
    const char *path;
    int fd;
    struct cut_fault *fault;
};

static enum cut_error say(const struct folder *folder,
                          enum cut_error error,
                          const char *file,
                          const char *what)
{
    if (error == CUT_NOMEM)
        cut_fault_fill(folder->fault, error, "out of memory");
    else
        cut_fault_fill(folder->fault, error, "%s %s", file, what);
    if (folder->fault != NULL)
        folder->fault->path = folder->path;
    return error;
}

static enum cut_error
say_system(const struct folder *folder, const char *file, int system_error)
{
    cut_fault_fill(folder->fault,
                   CUT_IO,
                   "%s%scannot be read: %s",
                   file,
                   *file != '\0' ? " " : "",
                   strerror(system_error));
    if (folder->fault != NULL) {
        folder->fault->path = folder->path;
        folder->fault->system_error = system_error;
    }
    return CUT_IO;
}

/* Open a file; a private one is its owner's alone. */
static enum cut_error open_file(const struct folder *folder,
                                const char *file,
                                bool is_private,
                                BIO **out)
{
    struct stat status;
    int fd = openat(folder->fd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &status) != 0) {
        int system_error = errno;
        if (fd >= 0)
            close(fd);
        return say_system(folder, file, system_error);
    }
    const char *wrong = NULL;
    if (!S_ISREG(status.st_mode))
        wrong = "is no file";
    else if (is_private && (status.st_mode & 077) != 0)
        wrong = "can be read by others (expected mode 0600)";
    if (wrong != NULL) {
        close(fd);
        return say(folder, CUT_INVALID, file, wrong);
    }
    *out = BIO_new_fd(fd, BIO_CLOSE);
    if (*out != NULL)
        return CUT_OK;
    close(fd);
    return say(folder, cut_openssl_error(CUT_NOMEM), file, "");
}

/* An encrypted key would have OpenSSL ask at the terminal. */
static int no_password(char *buffer, int size, int is_writing, void *context)
{
    if (size > 0)
        *buffer = '\0';
    (void)is_writing;
    (void)context;
    return -1;
}

/* Add each certificate of a file to those that are trusted. */
static enum cut_error load_authority(const struct folder *folder, SSL_CTX *ssl)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    X509 *certificate;
    BIO *file;
    unsigned count = 0;
    enum cut_error error = open_file(folder, CUT_TLS_CA_FILE, false, &file);

    if (error != CUT_OK)
        return error;
    while ((certificate = PEM_read_bio_X509(file, NULL, no_password, NULL)) !=
           NULL) {
        int is_added = X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
        if (is_added == 0)
            break;
        count++;
    }
    BIO_free(file);
    /* The end of the file is an error in the queue, too. */
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    error = cut_openssl_error(CUT_INVALID);
    if (count > 0 && is_end)
        return CUT_OK;
    return say(
        folder, error, CUT_TLS_CA_FILE, "is no certificate (expected PEM)");
}

static enum cut_error load_certificate(const struct folder *folder,
                                       SSL_CTX *ssl)
{
    BIO *file;
    enum cut_error error = open_file(folder, CUT_TLS_CERT_FILE, false, &file);

    if (error != CUT_OK)
        return error;
    X509 *certificate = PEM_read_bio_X509(file, NULL, no_password, NULL);
    bool is_taken =
        certificate != NULL && SSL_CTX_use_certificate(ssl, certificate) == 1;
    X509_free(certificate);
    BIO_free(file);
    if (is_taken)
        return CUT_OK;
    return say(folder,
               cut_openssl_error(CUT_INVALID),
               CUT_TLS_CERT_FILE,
               "is no certificate (expected PEM)");
}

static enum cut_error load_key(const struct folder *folder, SSL_CTX *ssl)
{
    BIO *file;
    enum cut_error error = open_file(folder, CUT_TLS_KEY_FILE, true, &file);

    if (error != CUT_OK)
        return error;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(file, NULL, no_password, NULL);
    BIO_free(file);
    if (key == NULL)
        return say(folder,
                   cut_openssl_error(CUT_INVALID),
                   CUT_TLS_KEY_FILE,
                   "is no private key (expected PEM without a password)");
    bool is_taken = SSL_CTX_use_PrivateKey(ssl, key) == 1 &&
                    SSL_CTX_check_private_key(ssl) == 1;
    EVP_PKEY_free(key);
    if (is_taken)
        return CUT_OK;
    return say(folder,
               cut_openssl_error(CUT_INVALID),
               CUT_TLS_KEY_FILE,
               "is the key of another certificate (expected that of " //
               CUT_TLS_CERT_FILE ")");
}

/* The peers will look at the certificate as is done here. */
static enum cut_error check_certificate(const struct folder *folder,
                                        SSL_CTX *ssl)
{
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    bool is_good = false;
    char what[128];

    if (check == NULL || X509_STORE_CTX_init(check,
                                             SSL_CTX_get_cert_store(ssl),
                                             SSL_CTX_get0_certificate(ssl),
                                             NULL) != 1) {
        X509_STORE_CTX_free(check);
        return say(folder, cut_openssl_error(CUT_NOMEM), "", "");
    }
    is_good = X509_verify_cert(check) == 1;
    int verdict = X509_STORE_CTX_get_error(check);
    X509_STORE_CTX_free(check);
    if (is_good)
        return CUT_OK;
    snprintf(what,
             sizeof what,
             "is refused: %s (expected one of " CUT_TLS_CA_FILE
             " that is valid now)",
             cut_openssl_verdict(verdict));
    enum cut_error error =
        verdict == X509_V_ERR_OUT_OF_MEM ? CUT_NOMEM : CUT_INVALID;
    /* A refusal needs no error in the queue. */
    if (ERR_peek_error() != 0)
        error = cut_openssl_error(error);
    return say(folder, error, CUT_TLS_CERT_FILE, what);
}

/* Both sides show a certificate, speak TLS 1.3 and remember nothing. */
static bool configure(SSL_CTX *ssl)
{
    SSL_CTX_set_verify(
        ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(ssl, 0) == 1;
}

static enum cut_error load(const struct folder *folder, SSL_CTX *ssl)
{
    enum cut_error error = load_authority(folder, ssl);

    if (error == CUT_OK)
        error = load_certificate(folder, ssl);
    if (error == CUT_OK)
        error = load_key(folder, ssl);
    if (error == CUT_OK)
        error = check_certificate(folder, ssl);
    return error;
}

enum cut_error cut_tls_context_create(const char *directory,
                                      struct cut_fault *fault,
                                      struct cut_tls_context **out)
{
    struct folder folder = {.path = directory, .fault = fault};
    struct cut_tls_context *context = OPENSSL_zalloc(sizeof *context);

    if (context != NULL)
        context->ssl = SSL_CTX_new(TLS_method());
    if (context == NULL || context->ssl == NULL || !configure(context->ssl)) {
        cut_tls_context_destroy(context);
        return say(&folder, cut_openssl_error(CUT_NOMEM), "", "");
    }
    folder.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder.fd < 0) {
        int system_error = errno;
        cut_tls_context_destroy(context);
        return say_system(&folder, "", system_error);
    }
    enum cut_error error = load(&folder, context->ssl);
    close(folder.fd);
    if (error != CUT_OK) {
        cut_tls_context_destroy(context);
        return error;
    }
    ERR_clear_error();
    *out = context;
    return CUT_OK;
}

void cut_tls_context_destroy(struct cut_tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->ssl);
    ERR_clear_error();
    OPENSSL_free(context);
}
