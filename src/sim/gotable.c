/*
 * Computes the constants of Go's math/rand while the library is built.
 *
 * They are the state of the additive generator x[k] = x[k-607] + x[k-273] (mod
 * 2^64) after 7.8 * 10^12 steps. To get there: z^N modulo the generator's
 * polynomial z^607 - z^334 - 1 says which combination of the first 607 words
 * the word N steps on is.
 *
 * gotable        writes a C file
 * gotable raw    writes 607 words of 64 bits, little end first
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIZE 607
#define FEED 334 /* 607 - 273 */
#define STEPS UINT64_C(7800000000000)

struct polynomial {
    uint64_t at[SIZE];
};

/* Replace z^i for i >= 607 by z^(i - 607 + 334) + z^(i - 607). */
static struct polynomial reduce(uint64_t product[2 * SIZE])
{
    struct polynomial result;

    for (unsigned i = 2 * SIZE - 1; i >= SIZE; i--) {
        product[i - SIZE + FEED] += product[i];
        product[i - SIZE] += product[i];
    }
    memcpy(result.at, product, sizeof result.at);
    return result;
}

static struct polynomial square(const struct polynomial *p)
{
    uint64_t product[2 * SIZE] = {0};

    for (unsigned i = 0; i < SIZE; i++)
        for (unsigned j = 0; j < SIZE; j++)
            product[i + j] += p->at[i] * p->at[j];
    return reduce(product);
}

static struct polynomial times_z(const struct polynomial *p)
{
    uint64_t product[2 * SIZE] = {0};

    memcpy(product + 1, p->at, sizeof p->at);
    return reduce(product);
}

/* z^STEPS, by its bits from the highest on. */
static struct polynomial jump(void)
{
    struct polynomial power = {.at = {1}};

    for (unsigned bit = 64; bit-- > 0;) {
        power = square(&power);
        if (STEPS >> bit & 1)
            power = times_z(&power);
    }
    return power;
}

/* The start: x[-606] .. x[0] as words 0 .. 606, and 607 more. */
static void first_words(uint64_t words[2 * SIZE])
{
    uint64_t s = 1;
    uint64_t part[3];

    for (unsigned i = 0; i < 20; i++)
        s = s * 48271 % 0x7fffffff;
    for (unsigned slot = 0; slot < SIZE; slot++) {
        for (unsigned i = 0; i < 3; i++)
            part[i] = s = s * 48271 % 0x7fffffff;
        /* Slot i holds x[k] with (334 - k) mod 607 = i. */
        int k = FEED - (int)slot;
        if (k > 0)
            k -= SIZE;
        words[k + SIZE - 1] = part[0] << 20 ^ part[1] << 10 ^ part[2];
    }
    for (unsigned i = SIZE; i < 2 * SIZE; i++)
        words[i] = words[i - SIZE] + words[i - 273];
}

static void compute(uint64_t table[SIZE])
{
    uint64_t words[2 * SIZE];
    struct polynomial power = jump();

    first_words(words);
    for (unsigned j = 0; j < SIZE; j++) {
        /* x[N - 606 + j], in slot (334 - that index) mod 607 */
        uint64_t sum = 0;
        for (unsigned i = 0; i < SIZE; i++)
            sum += power.at[i] * words[i + j];
        uint64_t back = (STEPS + 1 + j) % SIZE; /* N - 606 + j, mod 607 */
        table[(FEED + SIZE - back) % SIZE] = sum;
    }
}

static void write_raw(const uint64_t table[SIZE])
{
    for (unsigned i = 0; i < SIZE; i++)
        for (unsigned byte = 0; byte < 8; byte++)
            putchar((int)(table[i] >> (8 * byte) & 0xff));
}

static void write_c(const uint64_t table[SIZE])
{
    puts("/* Made by gotable.c. */\n#include \"sim/gorand.h\"\n");
    puts("const uint64_t cut_gorand_table[CUT_GORAND_SIZE] = {");
    for (unsigned i = 0; i < SIZE; i++)
        printf("    UINT64_C(0x%016" PRIx64 "),\n", table[i]);
    puts("};");
}

int main(int argc, char **argv)
{
    uint64_t table[SIZE];

    compute(table);
    if (argc > 1 && strcmp(argv[1], "raw") == 0)
        write_raw(table);
    else
        write_c(table);
    return fflush(stdout) == 0 ? 0 : 1;
}
