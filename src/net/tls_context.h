/*
 * What a context consists of, for the connections that are made of it.
 */
#ifndef CUT_NET_TLS_CONTEXT_H
#define CUT_NET_TLS_CONTEXT_H

#include <openssl/types.h>

struct cut_tls_context {
    SSL_CTX *ssl;
};

#endif
