/* SPDX-License-Identifier: MIT */
/* memmap explain: who says something about a byte, and which rule decided. */
#include <inttypes.h>

#include "command.h"
#include "memmap/explain.h"
#include "result.h"

static const char *rule_words(enum memmap_rule rule)
{
    static const char *const words[MEMMAP_RULE_COUNT] = {
        [MEMMAP_RULE_DECIDES] = "decides: no other says a kind of higher rank here",
        [MEMMAP_RULE_SAME_KIND] = "says the same kind; its attributes count too",
        [MEMMAP_RULE_OUTRANKED] = "is outranked: a kind of higher rank keeps the page",
        [MEMMAP_RULE_ROUNDED_AWAY] =
            "is rounded away: usable memory that holds only a part of the page",
        [MEMMAP_RULE_CLIPPED] = "is clipped: the page lies beyond the physical address width",
        [MEMMAP_RULE_EMPTY] = "is dropped: it has no bytes",
        [MEMMAP_RULE_WRAPPING] = "is dropped: it ends beyond 2^64",
    };
    return (unsigned)rule < MEMMAP_RULE_COUNT ? words[rule] : "?";
}

static void print_verdict(FILE *to, const struct result *result, uint64_t address,
                          const struct memmap_verdict *verdict)
{
    size_t index;

    fprintf(to, "0x%016" PRIx64 ": ", address);
    if (verdict->is_hole) {
        fputs("a hole: nothing covers its page\n", to);
        return;
    }
    fprintf(to, "%s, ", memmap_kind_name(verdict->kind));
    print_attributes(to, verdict->attributes);
    fputc('\n', to);
    if (verdict->page_0)
        fputs("  page 0 is never usable: it is reserved by rule\n", to);
    if (memmap_find(&result->map, pfn_of_byte(address), &index) == MEMMAP_OK) {
        fputs("  region ", to);
        print_address(to, result->map.regions[index].first_pfn);
        fputc('-', to);
        print_address(to, result->map.regions[index].end_pfn);
        fprintf(to, ", %s\n", size_words(memmap_region_page_count(&result->map.regions[index])));
    }
}

static void print_reason(FILE *to, const struct result *result, const struct memmap_reason *reason)
{
    struct memmap_entry entry;

    if ((reason->origin & MEMMAP_ORIGIN_CLAIM) != 0) {
        const struct memmap_claim *claim =
            &result->engine.claims[reason->origin & ~MEMMAP_ORIGIN_CLAIM];
        fprintf(to, "  %s ", claim_name(result, reason->origin));
        print_address(to, claim->first_pfn);
        fputc('-', to);
        print_address(to, claim->end_pfn);
    } else {
        memmap_source_entry(&result->engine.source, reason->origin, &entry);
        fprintf(to, "  entry %" PRIu32 " ", reason->origin);
        if (result->input.lines != NULL && result->input.lines[reason->origin] != 0)
            fprintf(to, "(line %" PRIu32 ") ", result->input.lines[reason->origin]);
        print_entry_range(to, &entry);
    }
    fprintf(to, " %s ", memmap_kind_name(reason->kind));
    print_attributes(to, reason->attributes);
    fprintf(to, "\n      %s\n", rule_words(reason->rule));
}

int command_explain(const struct arguments *arguments)
{
    struct memmap_explanation walk;
    struct memmap_reason reason;
    struct result result;
    enum memmap_status status;
    uint64_t address;

    if (!parse_size(arguments->words[1], &address))
        cannot("explain: %s is no address", arguments->words[1]);
    result_make(&result, arguments->words[0], &arguments->input);
    status = memmap_explain_begin(&walk, &result.engine, pfn_of_byte(address));
    if (status != MEMMAP_OK)
        cannot("%s: cannot be explained: %s", result.input.path, memmap_status_name(status));
    print_verdict(output(), &result, address, &walk.verdict);
    while (memmap_explain_next(&walk, &reason))
        print_reason(output(), &result, &reason);
    output_finish(NULL);
    return input_complain(&result.input) ? STATUS_FINDINGS : STATUS_FINE;
}
