/*
 * A throwaway authority and the one certificate that it signs. All is made in
 * memory before a file is, so that what can fail in between is writing alone.
 */
#include <cutline/keys.h>

#include "base/fault.h"
#include "net/openssl_error.h"
#include "net/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_COUNT 3

/* Clocks of hosts may differ by so much. */
#define CLOCK_SLACK_SECONDS 3600

#define SERIAL_BITS 127

/* What is written, in this order. */
struct set {
    BIO *files[FILE_COUNT];
};

static const struct {
    const char *name;
    mode_t mode;
} files[FILE_COUNT] = {
    {CUT_TLS_CA_FILE, 0644},
    {CUT_TLS_CERT_FILE, 0644},
    {CUT_TLS_KEY_FILE, 0600},
};

/* --- certificates --------------------------------------------------------- */

static bool add_extension(X509 *certificate,
                          X509V3_CTX *context,
                          int kind,
                          const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, kind, value);
    bool is_added =
        extension != NULL && X509_add_ext(certificate, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return is_added;
}

static bool add_extensions(X509 *certificate, X509 *issuer)
{
    bool is_authority = certificate == issuer;
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    if (!add_extension(certificate,
                       &context,
                       NID_basic_constraints,
                       is_authority ? "critical,CA:TRUE,pathlen:0"
                                    : "critical,CA:FALSE") ||
        !add_extension(certificate,
                       &context,
                       NID_key_usage,
                       is_authority ? "critical,keyCertSign"
                                    : "critical,digitalSignature") ||
        !add_extension(
            certificate, &context, NID_subject_key_identifier, "hash"))
        return false;
    return is_authority || (add_extension(certificate,
                                          &context,
                                          NID_ext_key_usage,
                                          "serverAuth,clientAuth") &&
                            add_extension(certificate,
                                          &context,
                                          NID_authority_key_identifier,
                                          "keyid:always"));
}

static bool set_serial(X509 *certificate)
{
    BIGNUM *serial = BN_new();
    bool is_set =
        serial != NULL &&
        BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ==
            1 &&
        BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL;

    BN_free(serial);
    return is_set;
}

/*
 * A name is drawn, so that two authorities never have the same one: a peer can
 * then say that a certificate is another authority's, not that it is forged.
 */
static bool set_name(X509 *certificate, const char *role)
{
    unsigned char drawn[8];
    char name[64];

    if (RAND_bytes(drawn, sizeof drawn) != 1)
        return false;
    snprintf(name,
             sizeof name,
             "cutline %s %02x%02x%02x%02x%02x%02x%02x%02x",
             role,
             drawn[0],
             drawn[1],
             drawn[2],
             drawn[3],
             drawn[4],
             drawn[5],
             drawn[6],
             drawn[7]);
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate),
                                      "CN",
                                      MBSTRING_ASC,
                                      (const unsigned char *)name,
                                      -1,
                                      -1,
                                      0) == 1;
}

/* Make a certificate for a key; issuer NULL: its own. */
static X509 *
make_certificate(EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, int days)
{
    X509 *certificate = X509_new();

    if (certificate == NULL)
        return NULL;
    if (X509_set_version(certificate, X509_VERSION_3) == 1 &&
        set_serial(certificate) &&
        set_name(certificate, issuer != NULL ? "process" : "authority") &&
        X509_set_issuer_name(certificate,
                             X509_get_subject_name(
                                 issuer != NULL ? issuer : certificate)) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(certificate),
                        -CLOCK_SLACK_SECONDS) != NULL &&
        X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, NULL) !=
            NULL &&
        X509_set_pubkey(certificate, key) == 1 &&
        add_extensions(certificate, issuer != NULL ? issuer : certificate) &&
        X509_sign(certificate, issuer_key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static bool
fill(struct set *set, EVP_PKEY *authority_key, EVP_PKEY *key, int days)
{
    X509 *authority =
        make_certificate(authority_key, NULL, authority_key, days);
    X509 *certificate = NULL;

    if (authority != NULL)
        certificate = make_certificate(key, authority, authority_key, days);
    bool is_filled = certificate != NULL &&
                     PEM_write_bio_X509(set->files[0], authority) == 1 &&
                     PEM_write_bio_X509(set->files[1], certificate) == 1 &&
                     PEM_write_bio_PKCS8PrivateKey(
                         set->files[2], key, NULL, NULL, 0, NULL, NULL) == 1;
    X509_free(certificate);
    X509_free(authority);
    return is_filled;
}

/* Make the contents of all files; the authority's key ends here. */
static bool make_set(struct set *set, int days)
{
    EVP_PKEY *authority_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    bool has_room = true;

    for (unsigned i = 0; i < FILE_COUNT; i++) {
        set->files[i] = BIO_new(BIO_s_mem());
        has_room = has_room && set->files[i] != NULL;
    }
    bool is_made = has_room && authority_key != NULL && key != NULL &&
                   fill(set, authority_key, key, days);
    EVP_PKEY_free(key);
    EVP_PKEY_free(authority_key);
    return is_made;
}

static void free_set(struct set *set)
{
    /* Their memory is wiped: one is the private key. */
    for (unsigned i = 0; i < FILE_COUNT; i++)
        BIO_free(set->files[i]);
}

/* --- files ---------------------------------------------------------------- */

static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        data += written;
        size -= (size_t)written;
    }
    return fsync(fd) == 0;
}

/* Write a new file, or none. What failed is in errno. */
static bool write_file(int folder, unsigned index, BIO *content)
{
    char *data;
    long size = BIO_get_mem_data(content, &data);
    int fd = openat(folder,
                    files[index].name,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                    files[index].mode);

    if (fd < 0)
        return false;
    bool is_written = write_all(fd, data, (size_t)size);
    int system_error = errno;
    if (close(fd) == 0 && is_written)
        return true;
    if (!is_written)
        errno = system_error;
    system_error = errno;
    unlinkat(folder, files[index].name, 0);
    errno = system_error;
    return false;
}

/* Return the first file that is there; NULL: none is. */
static const char *find_file(int folder)
{
    struct stat status;

    for (unsigned i = 0; i < FILE_COUNT; i++) {
        if (fstatat(folder, files[i].name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            return files[i].name;
    }
    return NULL;
}

static enum cut_error
say_system(struct cut_fault *fault, const char *what, int system_error)
{
    cut_fault_fill(fault, CUT_IO, "%s: %s", what, strerror(system_error));
    if (fault != NULL)
        fault->system_error = system_error;
    return CUT_IO;
}

/* Write all files into a folder, or none. */
static enum cut_error
write_set(int folder, const struct set *set, struct cut_fault *fault)
{
    const char *there = find_file(folder);
    char what[64];

    if (there != NULL)
        return cut_fault_fill(
            fault,
            CUT_STATE,
            "%s is there already (expected a directory without keys)",
            there);
    for (unsigned i = 0; i < FILE_COUNT; i++) {
        if (write_file(folder, i, set->files[i]))
            continue;
        int system_error = errno;
        for (unsigned j = 0; j < i; j++)
            unlinkat(folder, files[j].name, 0);
        snprintf(what, sizeof what, "cannot write %s", files[i].name);
        return say_system(fault, what, system_error);
    }
    return CUT_OK;
}

static enum cut_error write_directory(const char *directory,
                                      const struct set *set,
                                      struct cut_fault *fault)
{
    bool is_new = mkdir(directory, 0700) == 0;

    if (!is_new && errno != EEXIST)
        return say_system(fault, "cannot make the directory", errno);
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        int system_error = errno;
        if (is_new)
            rmdir(directory);
        return say_system(fault, "cannot open the directory", system_error);
    }
    enum cut_error error = write_set(folder, set, fault);
    close(folder);
    if (error != CUT_OK && is_new)
        rmdir(directory);
    return error;
}

enum cut_error
cut_keys_create(const char *directory, unsigned days, struct cut_fault *fault)
{
    struct set set = {.files = {NULL}};
    enum cut_error error;

    if (days < CUT_KEYS_DAYS_MIN || days > CUT_KEYS_DAYS_MAX)
        error = cut_fault_fill(fault,
                               CUT_INVALID,
                               "keys for %u days (expected %d to %d)",
                               days,
                               CUT_KEYS_DAYS_MIN,
                               CUT_KEYS_DAYS_MAX);
    else if (make_set(&set, (int)days))
        error = write_directory(directory, &set, fault);
    else
        error = cut_fault_fill(
            fault, cut_openssl_error(CUT_NOMEM), "out of memory");
    if (error != CUT_OK && fault != NULL)
        fault->path = directory;
    free_set(&set);
    ERR_clear_error();
    return error;
}
