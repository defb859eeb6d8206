/* SPDX-License-Identifier: MIT */
/*
 * Where we are: each step to port 80h, as a line, and where groma.conf asks for it into a
 * variable that the next start shows. What is written when is decided in common/checkpoint.
 */
#include "base/mem.h"
#include "cpu.h"
#include "loader.h"

#define POST_PORT 0x80u /* the codes that POST displays show */

static const char no_read[] =
    "W-STEP-01|read the variable|the boot goes on; how far the boot before came cannot be told";
static const char no_write[] =
    "W-STEP-02|write the variable|the boot goes on; the next start cannot tell how far it came";

static CHAR16 variable_name[] = {'G', 'r', 'o', 'm', 'a', 'C', 'h', 'e', 'c', 'k', 'p', 'o', 'i', 'n', 't', 0};

/* What is wrong is told even where nothing else is said. */
static void show(struct loader *loader, const struct checkpoint_before *before)
{
    bool quiet = loader->console.quiet;

    if (before->state == CHECKPOINT_STOPPED) {
        loader->console.quiet = false;
        say(loader, "\ncheckpoint: the boot before came to step 0x%x %s and not to step 0x%x %s\n", before->code,
            checkpoint_name(before->code), before->missed, checkpoint_name(before->missed));
        say(loader, "groma: checkpoint state=stopped last=%s missed=%s\n", checkpoint_name(before->code),
            checkpoint_name(before->missed));
        loader->console.quiet = quiet;
    } else if (before->state == CHECKPOINT_COMPLETE) {
        say(loader, "checkpoint: a boot came to step 0x%x %s, the last before ExitBootServices; nothing more "
                    "is written until `checkpoint = forget`\n", before->code, checkpoint_name(before->code));
        say(loader, "groma: checkpoint state=complete last=%s\n", checkpoint_name(before->code));
    } else {
        say(loader, "groma: checkpoint state=%s\n", before->state == CHECKPOINT_NEW ? "new" : "unreadable");
    }
}

void checkpoint_open(struct loader *loader)
{
    struct checkpoints *steps = &loader->checkpoints;
    uint32_t size_bytes = 0;
    EFI_STATUS status;

    if (loader->config->checkpoint == CONFIG_CHECKPOINT_FORGET)
        (void)variable_write(loader, variable_name, NULL, 0);
    if (loader->config->checkpoint != CONFIG_CHECKPOINT_YES)
        return;
    status = variable_read(loader, variable_name, steps->stored, sizeof steps->stored, &size_bytes);
    if (EFI_ERROR(status)) {
        (void)fail(loader, no_read, status, "GromaCheckpoint");
        return;
    }
    steps->before = checkpoint_read(steps->stored, size_bytes);
    steps->writing = true;
    show(loader, &steps->before);
}

static void store(struct loader *loader, enum checkpoint step)
{
    struct checkpoints *steps = &loader->checkpoints;
    uint8_t record[CHECKPOINT_RECORD_BYTES];
    EFI_STATUS status;

    checkpoint_record(&steps->before, step, record);
    if (memcmp(record, steps->stored, sizeof record) == 0)
        return;
    status = variable_ask_for_room(loader, sizeof record);
    if (!EFI_ERROR(status))
        status = variable_write(loader, variable_name, record, sizeof record);
    if (EFI_ERROR(status)) {
        steps->writing = false;
        (void)fail(loader, no_write, status, "GromaCheckpoint");
    }
    memcpy(steps->stored, record, sizeof record);
}

void checkpoint(struct loader *loader, enum checkpoint step)
{
    cpu_out8(POST_PORT, (uint8_t)step);
    if (loader->console.opened && step != CHECKPOINT_DMA_OFF)
        say(loader, "groma: step code=0x%x name=%s\n", step, checkpoint_name(step));
    if (loader->checkpoints.writing && checkpoint_is_written(&loader->checkpoints.before, step))
        store(loader, step);
}
