/* SPDX-License-Identifier: MIT */
/* memwatch ps, maps, diff. */
#include <inttypes.h>

#include "session.h"

int command_ps(const struct arguments *arguments)
{
    list_processes(stdout, arguments->json);
    return STATUS_SAME;
}

static void print_region(const struct target_region *region, bool json, const char *comma)
{
    if (!json) {
        printf("0x%016" PRIx64 " %10s %4s %s\n", region->address, size_words(region->size_bytes), region->rights, region->name);
        return;
    }
    printf("%s{\"address\":\"0x%" PRIx64 "\",\"length\":%" PRIu64 ",\"rights\":", comma, region->address, region->size_bytes);
    print_json_text(stdout, region->rights);
    fputs(",\"name\":", stdout);
    print_json_text(stdout, region->name);
    putchar('}');
}

int command_maps(const struct arguments *arguments)
{
    struct target_options options = arguments->target;
    const struct target *target;

    target = open_target(arguments->words[0], &options);
    if (arguments->json)
        fputs("{\"regions\":[", stdout);
    else
        printf("%s\n", target->what);
    for (size_t i = 0; i < target->count; i++)
        print_region(&target->regions[i], arguments->json, i == 0 ? "" : ",");
    fputs(arguments->json ? "]}\n" : "", stdout);
    return STATUS_SAME;
}

static void print_diff(const struct session *session, uint64_t unmatched_bytes)
{
    const struct arguments *arguments = session->arguments;

    for (size_t i = 0; i < session->found_count && i < arguments->limit; i++)
        print_found(stdout, session, &session->found[i]);
    if (session->found_count > arguments->limit)
        printf("and %zu more (--limit)\n", session->found_count - (size_t)arguments->limit);
    printf("%zu changes, %" PRIu64 " of %" PRIu64 " bytes", session->found_count, session->totals.changed_bytes,
           session->totals.compared_bytes);
    if (session->totals.unreadable_bytes > 0)
        printf(", %" PRIu64 " could not be read", session->totals.unreadable_bytes);
    if (unmatched_bytes > 0)
        printf(", %" PRIu64 " are in one alone", unmatched_bytes);
    putchar('\n');
}

static void print_diff_json(const struct session *session, uint64_t unmatched_bytes)
{
    fputs("{\"changes\":[", stdout);
    for (size_t i = 0; i < session->found_count; i++) {
        fputs(i == 0 ? "" : ",", stdout);
        print_found_json(stdout, session, &session->found[i], session->arguments->details);
    }
    printf("],\"compared_bytes\":%" PRIu64, session->totals.compared_bytes);
    if (session->totals.unreadable_bytes > 0)
        printf(",\"unreadable_bytes\":%" PRIu64, session->totals.unreadable_bytes);
    if (unmatched_bytes > 0)
        printf(",\"unmatched_bytes\":%" PRIu64, unmatched_bytes);
    fputs("}\n", stdout);
}

int command_diff(const struct arguments *arguments)
{
    struct target_options options = arguments->target;
    struct target *a, *b;
    struct session *session;
    uint64_t unmatched_bytes;
    const char *gone;

    a = open_target(arguments->words[0], &options);
    b = open_target(arguments->words[1], &options);
    session = open_comparison(a, b, arguments, &unmatched_bytes);
    progress_begin("diff", session->slice_count == 0 ? 0 : session->slices[0].region.size_bytes * session->slice_count);
    session_diff(session, false, 0);
    progress_end();
    gone = b->gone == NULL ? NULL : b->gone(b);
    if (gone != NULL && session->totals.unreadable_bytes > 0)
        cannot("%s: %s", b->word, gone);
    if (arguments->json)
        print_diff_json(session, unmatched_bytes);
    else
        print_diff(session, unmatched_bytes);
    return session->found_count > 0 || unmatched_bytes > 0 ? STATUS_CHANGED : STATUS_SAME;
}
