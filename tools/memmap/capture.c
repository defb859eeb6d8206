/* SPDX-License-Identifier: MIT */
/*
 * memmap capture without an argument: all that the running Linux shows of its map, as text that every
 * reader here understands. What it does not show, or not to this user, is a comment.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture_from.h"
#include "names.h"
#include "sysfs.h"

#define E820_FOLDER    "/sys/firmware/memmap"
#define RUNTIME_FOLDER "/sys/firmware/efi/runtime-map"
#define IOMEM          "/proc/iomem"

/* As comments, so that every reader passes over them. */
static void print_machine(FILE *to, const char *root)
{
    static const char *const facts[][2] = {{"vendor", "/sys/class/dmi/id/sys_vendor"},
                                           {"product", "/sys/class/dmi/id/product_name"},
                                           {"bios", "/sys/class/dmi/id/bios_version"},
                                           {"kernel", "/proc/sys/kernel/osrelease"}};
    char value[SYSFS_VALUE_BYTES];

    fputs("# memmap capture " GROMA_VERSION "\n", to);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (!sysfs_read_value(grab_text("%s%s", root, facts[i][1]), value) || value[0] == '\0')
            continue;
        for (char *at = value; *at != '\0'; at++) {
            if ((unsigned char)*at < ' ' || *at == 0x7f)
                *at = '?';
        }
        fprintf(to, "# %s: %s\n", facts[i][0], value);
    }
}

static void print_e820(FILE *to, const struct stated *stated)
{
    fprintf(to, "BIOS-e820: [mem 0x%016" PRIx64 "-0x%016" PRIx64 "] %s\n", stated->base_bytes,
            stated->base_bytes + stated->size_bytes - 1, e820_type_words(stated->type));
}

static void print_runtime(FILE *to, const struct stated *stated)
{
    fprintf(to,
            "efi-runtime: %02" PRIu32 ": type=%" PRIu32 ", attr=0x%" PRIx64 ", range=[0x%016" PRIx64
            "-0x%016" PRIx64 ")\n",
            stated->line, stated->type, stated->attributes, stated->base_bytes,
            stated->base_bytes + stated->size_bytes);
}

/* How many entries the folder has; 0, and a comment, where it shows none. */
static uint32_t capture_folder(FILE *to, const char *root, const char *name, enum family family)
{
    const char *folder = grab_text("%s%s", root, name);
    struct stated stated;
    struct unreadable bad;
    uint32_t count = 0;

    for (; sysfs_read_entry(folder, family, count, &stated, &bad); count++) {
        if (bad.reason != NULL && !bad.is_reserved) {
            if (count == 0 && geteuid() != 0) {
                fprintf(to, "# not shown: %s (needs root)\n", name);
                return 0;
            }
            cannot("%s/%" PRIu32 ": %s", folder, count, bad.reason);
        }
        if (count == 0)
            fprintf(to, "# source: %s\n", name);
        if (family == FAMILY_EFI_RUNTIME)
            print_runtime(to, &stated);
        else
            print_e820(to, &stated);
    }
    if (count == 0)
        fprintf(to, "# not there: %s\n", name);
    return count;
}

/* "00001000-0009fbff : System RAM" at the top level. The kernel shows zeroes to those it hides it from. */
static bool is_iomem_line(const char *line, bool *ret_is_zero)
{
    char *rest;

    *ret_is_zero = strtoull(line, &rest, 16) == 0;
    if (line[0] == ' ' || *rest != '-' || strstr(rest, " : ") == NULL)
        return false;
    *ret_is_zero = *ret_is_zero && strtoull(rest + 1, NULL, 16) == 0;
    return true;
}

/* The top level, as it stands; false, and a comment, where it is not shown. */
static bool capture_iomem(FILE *to, const char *root)
{
    FILE *from = fopen(grab_text("%s%s", root, IOMEM), "re");
    const char *text = "";
    bool is_shown = true, is_zero;
    char *line = NULL;
    size_t room = 0;

    while (from != NULL && getline(&line, &room, from) > 0) {
        if (is_iomem_line(line, &is_zero)) {
            text = grab_text("%s%s", text, line);
            is_shown = is_shown && !is_zero;
        }
    }
    free(line);
    if (from != NULL)
        fclose(from);
    if (text[0] == '\0')
        fprintf(to, "# not there: " IOMEM "\n");
    else if (!is_shown)
        fprintf(to, "# not shown: " IOMEM " (needs root)\n");
    else
        fprintf(to, "# source: " IOMEM "\n%s", text);
    return text[0] != '\0' && is_shown;
}

static void capture_machine(FILE *to, const char *root)
{
    uint32_t e820_count;
    bool has_iomem;

    print_machine(to, root);
    e820_count = capture_folder(to, root, E820_FOLDER, FAMILY_SYSFS);
    has_iomem = capture_iomem(to, root);
    (void)capture_folder(to, root, RUNTIME_FOLDER, FAMILY_EFI_RUNTIME);
    if (e820_count == 0 && !has_iomem)
        cannot("this machine shows no map: neither %s%s nor, to this user, %s%s", root, E820_FOLDER, root,
               IOMEM);
}

int command_capture(const struct arguments *arguments)
{
    int status = STATUS_FINE;

    if (arguments->word_count > 0 && arguments->root != NULL)
        cannot("capture: --root is for a capture without FROM");
    if (arguments->word_count > 0)
        status = capture_from(arguments->words[0]);
    else
        capture_machine(output(), arguments->root == NULL ? "" : arguments->root);
    output_finish(arguments->output_path);
    return status;
}
