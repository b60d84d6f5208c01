/*
 * Computes the tables of delay.c while the library is built, in integers, so
 * that they are the same wherever it is built.
 */
#include "base/wide.h"
#include "sim/delay_table.h"

#include <inttypes.h>
#include <stdio.h>

#define LN_2 UINT64_C(0xb17217f7d1cf79ab) /* 64 bits behind the point */
#define ONE (UINT64_C(1) << 63)           /* 63 bits behind the point */

/*
 * The logarithm of x, 1 <= x < 2: squaring x doubles it, and whether the square
 * is 2 or more is its next bit. An error in x counts half as much for each bit
 * further on, so that those of all steps together stay below 2^-61.
 */
static uint64_t log2_of(uint64_t x)
{
    uint64_t result = 0;

    for (unsigned bit = 64; bit-- > 0;) {
        struct cut_wide square = cut_multiply(x, x);
        if (square.high >= ONE) {
            result |= UINT64_C(1) << bit;
            x = square.high;
        } else {
            x = square.high << 1 | square.low >> 63;
        }
    }
    return result;
}

static uint64_t ln_of(uint64_t x)
{
    return cut_multiply_high(log2_of(x), LN_2);
}

/* The root of x, rounded down: the largest y with y * y <= x. */
static uint64_t root_of(uint64_t x)
{
    uint64_t root = 0;

    for (uint64_t bit = ONE; bit > 0; bit >>= 1) {
        uint64_t trial = root | bit;
        struct cut_wide square = cut_multiply(trial, trial);
        /* x with 126 bits behind the point: x * 2^63 */
        struct cut_wide wanted = {x >> 1, x << 63};
        if (square.high < wanted.high ||
            (square.high == wanted.high && square.low <= wanted.low))
            root = trial;
    }
    return root;
}

/* 1 / (1 + i / ROWS) = ROWS / (ROWS + i), by long division, rounded up. */
static uint64_t inverse_of(unsigned i)
{
    uint64_t divisor = CUT_DELAY_ROWS + i;
    uint64_t remainder = CUT_DELAY_ROWS;
    uint64_t result = 0;

    for (unsigned bit = 0; bit < 64; bit++) {
        result = result << 1 | (remainder >= divisor);
        remainder = (remainder >= divisor ? remainder - divisor : remainder)
                    << 1;
    }
    return result + (remainder > 0);
}

/* The product of the roots that the bits of i call for. */
static uint64_t power_of(unsigned i)
{
    uint64_t power = ONE;
    uint64_t root = root_of(UINT64_MAX); /* of 2, nearly */

    for (unsigned bit = CUT_DELAY_ROWS / 2; bit > 0; bit /= 2) {
        if ((i & bit) != 0)
            power = cut_multiply_high(power, root) << 1;
        root = root_of(root);
    }
    return power;
}

static unsigned zeros_of(unsigned byte)
{
    unsigned zeros = 8;

    for (; byte > 0; byte >>= 1)
        zeros--;
    return zeros;
}

int main(void)
{
    puts("/* Made by delaytable.c. */\n#include \"sim/delay_table.h\"\n");
    puts("const struct cut_delay_logarithm "
         "cut_delay_logarithms[CUT_DELAY_ROWS] = {");
    for (unsigned i = 0; i < CUT_DELAY_ROWS; i++)
        printf("    {UINT64_C(0x%016" PRIx64 "), UINT64_C(0x%016" PRIx64
               ")},\n",
               inverse_of(i),
               ln_of(ONE + (uint64_t)i * (ONE / CUT_DELAY_ROWS)));
    puts("};\n\nconst uint64_t cut_delay_powers[CUT_DELAY_ROWS] = {");
    for (unsigned i = 0; i < CUT_DELAY_ROWS; i++)
        printf("    UINT64_C(0x%016" PRIx64 "),\n", power_of(i));
    puts("};\n\nconst unsigned char cut_delay_zeros[256] = {");
    for (unsigned i = 0; i < 256; i++)
        printf("    %u,\n", zeros_of(i));
    puts("};");
    return fflush(stdout) == 0 ? 0 : 1;
}
