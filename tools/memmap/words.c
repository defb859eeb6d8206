/* SPDX-License-Identifier: MIT */
/* Words for people and for JSON; see tool.h. Sizes come from common/text. */
#include "tool.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memmap/memmap.h"
#include "text/text.h"

static const struct {
    uint64_t bit;
    char name[6];
} attributes_known[] = {
    {MEMMAP_UC, "uc"},  {MEMMAP_WC, "wc"}, {MEMMAP_WT, "wt"},
    {MEMMAP_WB, "wb"},  {MEMMAP_UCE, "uce"}, {MEMMAP_WP, "wp"},
    {MEMMAP_RP, "rp"},  {MEMMAP_XP, "xp"}, {MEMMAP_NV, "nv"},
    {MEMMAP_MORE_RELIABLE, "mr"}, {MEMMAP_RO, "ro"}, {MEMMAP_SP, "sp"},
    {MEMMAP_CPU_CRYPTO, "cc"}, {MEMMAP_RUNTIME, "run"},
    {MEMMAP_RUNTIME, "rt"}, /* read only: GRUB's word */
};
#define ATTRIBUTES_PRINTED (sizeof attributes_known / sizeof attributes_known[0] - 1)

uint64_t attribute_bit(struct span name)
{
    for (size_t i = 0; i <= ATTRIBUTES_PRINTED; i++) {
        const char *known = attributes_known[i].name;
        size_t j = 0;
        while (j < name.length && known[j] != '\0' && tolower((unsigned char)name.at[j]) == known[j])
            j++;
        if (j == name.length && known[j] == '\0')
            return attributes_known[i].bit;
    }
    return 0;
}

static void print_names(FILE *to, uint64_t attributes, const char *quote)
{
    const char *comma = "";

    for (size_t i = 0; i < ATTRIBUTES_PRINTED; i++) {
        if ((attributes & attributes_known[i].bit) == 0)
            continue;
        fprintf(to, "%s%s%s%s", comma, quote, attributes_known[i].name, quote);
        attributes &= ~attributes_known[i].bit;
        comma = ",";
    }
    if (attributes != 0)
        fprintf(to, "%s%s0x%" PRIx64 "%s", comma, quote, attributes, quote);
}

void print_attributes(FILE *to, uint64_t attributes)
{
    if (attributes == 0)
        fputc('-', to);
    print_names(to, attributes, "");
}

void print_attributes_json(FILE *to, uint64_t attributes)
{
    fputc('[', to);
    print_names(to, attributes, "\"");
    fputc(']', to);
}

void print_address(FILE *to, uint64_t pfn)
{
    if (pfn == PFN_END)
        fputs("0x10000000000000000", to);
    else
        fprintf(to, "0x%016" PRIx64, byte_of_pfn(pfn));
}

const char *size_words(uint64_t pages)
{
    char buffer[32];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    text_size(&text, pages, 0);
    return grab_text("%s", buffer);
}

bool wants_colour(void)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return (no_colour == NULL || no_colour[0] == '\0') && isatty(STDOUT_FILENO) == 1 &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}
