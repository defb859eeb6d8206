/* SPDX-License-Identifier: MIT */
/* Judges the live tables; see audit.h. The walking is common/paging's. */
#include "audit.h"

#include "console.h"

/* Executable memory comes in few runs: the kernel's text, the loader's hand-off code. */
#define MAX_RUNS 32u

struct run {
    uint64_t first; /* physical bytes [first, end) */
    uint64_t end;
};

struct runs {
    struct run items[MAX_RUNS];
    unsigned count;
    bool full; /* some did not fit */
};

static void add_run(struct runs *runs, uint64_t first, uint64_t end)
{
    if (runs->count > 0 && runs->items[runs->count - 1].end == first) {
        runs->items[runs->count - 1].end = end;
        return;
    }
    if (runs->count == MAX_RUNS) {
        runs->full = true;
        return;
    }
    runs->items[runs->count++] = (struct run){first, end};
}

/* Pages of the runs that lie in [first, end). */
static uint64_t pages_shared(const struct runs *runs, uint64_t first, uint64_t end)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < runs->count; i++) {
        uint64_t from = runs->items[i].first > first ? runs->items[i].first : first;
        uint64_t to = runs->items[i].end < end ? runs->items[i].end : end;
        if (from < to)
            bytes += to - from;
    }
    return pages_for_bytes(bytes);
}

/* The next leaf that has all of these rights, whatever else; false at the end. */
static bool next_leaf_with(struct paging_walk *walk, unsigned rights, struct paging_leaf *ret_leaf)
{
    enum paging_status status;

    while ((status = paging_walk_next(walk, ret_leaf)) != PAGING_UNMAPPED) {
        if (status == PAGING_OK && (ret_leaf->rights & rights) == rights)
            return true;
    }
    return false;
}

static void collect_executable(const struct paging *paging, struct runs *runs)
{
    struct paging_walk walk;
    struct paging_leaf leaf;

    paging_walk_begin(&walk, paging);
    while (next_leaf_with(&walk, PAGING_RIGHT_EXECUTE, &leaf))
        add_run(runs, leaf.from.value, leaf.from.value + leaf.size_bytes);
}

/* Pages that are executable under one address and writable under this or another. */
static uint64_t count_aliases(const struct paging *paging)
{
    struct runs runs = {.count = 0};
    struct paging_walk walk;
    struct paging_leaf leaf;
    uint64_t alias_count = 0;

    collect_executable(paging, &runs);
    if (runs.full)
        console_fault("E-AUDIT-08 page tables: more than %u separate runs of executable memory - "
                      "the rest was not looked at; report this loader\n",
                      MAX_RUNS);
    paging_walk_begin(&walk, paging);
    while (next_leaf_with(&walk, PAGING_RIGHT_WRITE, &leaf)) {
        uint64_t count =
            pages_shared(&runs, leaf.from.value, leaf.from.value + leaf.size_bytes);
        if (count != 0 && alias_count == 0)
            console_fault("E-AUDIT-07 page tables: executable memory is writable at 0x%016lx - the "
                          "kernel goes on; report this loader\n",
                          leaf.to.value);
        alias_count += count;
    }
    return alias_count;
}

/* One line where a count is not 0. */
static void judge(unsigned id, const char *what, uint64_t count, vaddr_t first)
{
    if (count != 0)
        console_fault("E-AUDIT-%02u page tables: %s: %lu, the first at 0x%016lx - the kernel goes "
                      "on; report this loader\n",
                      id, what, count, first.value);
}

void audit_tables(const struct kernel *kernel)
{
    struct paging_audit audit;
    uint64_t alias_count;

    paging_audit(&kernel->paging, &audit);
    judge(2, "leaves both writable and executable", audit.writable_executable_count,
          audit.first_writable_executable);
    judge(3, "leaves open to user mode", audit.user_count, audit.first_user);
    judge(4, "leaves in the low half", audit.low_half_count, audit.first_low_half);
    judge(5, "entries with reserved bits set", audit.bad_entry_count, audit.first_bad_entry);
    judge(9, "mappings of page 0", audit.null_mapped, vaddr(0));
    if (audit.tables_outside != 0)
        console_fault("E-AUDIT-06 page tables: tables outside the loader's pool: %lu - the kernel "
                      "goes on; report this loader\n",
                      audit.tables_outside);
    alias_count = count_aliases(&kernel->paging);
    console_fact("groma: audit wx=%lu user=%lu null=%s low=%s leaves=%lu tables=%lu outside=%lu "
                 "bad=%lu aliases=%lu\n",
                 audit.writable_executable_count, audit.user_count,
                 audit.null_mapped ? "mapped" : "unmapped",
                 audit.low_half_count != 0 ? "mapped" : "unmapped",
                 audit.small_count + audit.large_count + audit.giant_count, audit.tables_seen,
                 audit.tables_outside, audit.bad_entry_count, alias_count);
}
