/* SPDX-License-Identifier: MIT */
/* Captures and drift: what is written where, what is never touched, what is told. */
#include <string.h>

#include "bootinfo/bootinfo.h"
#include "boot_check.h"
#include "capture_check.h"
#include "cases.h"
#include "scenarios.h"

#define MAPS "\\groma\\maps\\"

static bool is_said(const char *words)
{
    return strstr(world.conout, words) != NULL;
}

/* A boot without one changed byte on the volume, and this line. */
static void refused(const char *name, const struct scenario *machine, const char *script, const char *line)
{
    if (expect(name, machine, script, "boots"))
        expect_that(name, is_said(line) && world.faults.made[WRITE_FILE] == 0);
}

static void file_is_written(void)
{
    struct scenario machine = scenario_plain("captures");

    machine.config = "timeout = 0\ncapture = yes\n";
    machine.may_write = true;
    if (expect("capture-first", &machine, NULL, "boots"))
        expect_that("capture-first-is-0001", capture_maps_in(MAPS "0001.map") == 2 && files_find(MAPS "0001.tmp") == NULL &&
                                                 is_said("groma: capture file=" MAPS "0001.map bytes=") && !is_said("W-CAP"));
    machine.no_rename = true;
    if (expect("capture-no-rename", &machine, NULL, "boots"))
        expect_that("capture-no-rename-is-0001",
                    capture_maps_in(MAPS "0001.map") == 2 && files_find(MAPS "0001.tmp") == NULL && !is_said("W-CAP"));
    machine.kept = captures_kept;
    machine.no_rename = false;
    if (expect("capture-next", &machine, NULL, "boots"))
        expect_that("capture-next-is-0003", capture_maps_in(MAPS "0003.map") == 2 && made_at(1) == NULL);
    machine.no_rename = true; /* the firmware does not see 0001.map, and then opens it to be written */
    if (expect("capture-firmware-is-wrong", &machine, "Open#5=NotFound", "boots"))
        expect_that("capture-firmware-is-wrong-told", is_said("W-CAP-02 ") && capture_maps_in(MAPS "0001.map") == 0);
    machine.no_rename = false;
    if (expect("capture-start-map-fails", &machine, "GetMemoryMap#1=DeviceError", "boots"))
        expect_that("capture-one-map", capture_maps_in(MAPS "0003.map") == 1);
}

static void file_cannot_be_written(void)
{
    static const struct file folder_is_file[] = {{"\\groma", "a file", 6}, {.path = NULL}};
    struct scenario machine = scenario_plain("capture-troubles"), full;

    machine.config = "timeout = 0\ncapture = yes\n";
    machine.may_write = true;
    if (expect("capture-volume-full", &machine, "Write#1+=VolumeFull", "boots"))
        expect_that("capture-volume-full-told", is_said("W-CAP-02 ") && capture_maps_in(MAPS "0001.map") == 0);
    if (expect("capture-trailer-lost", &machine, "Write#2=DeviceError", "boots"))
        expect_that("capture-trailer-lost-told", is_said("W-CAP-02 ") && capture_maps_in(MAPS "0001.map") == 0 &&
                                                     files_find(MAPS "0001.tmp") != NULL);
    if (expect("capture-flush-fails", &machine, "Flush#2=DeviceError", "boots"))
        expect_that("capture-flush-fails-told", is_said("W-CAP-02 "));
    full = machine;
    full.endless_maps = true;
    refused("capture-all-numbers", &full, NULL, "W-CAP-02 ");
    machine.read_only = true;
    refused("capture-read-only", &machine, NULL, "W-CAP-01 ");
    machine.read_only = false;
    refused("capture-no-memory", &machine, "AllocatePool#5=OutOfResources", "W-CAP-02 ");
    machine.kept = folder_is_file;
    machine.config = "timeout = 0\n";
    machine.may_write = false; /* whoever asks for nothing writes nothing */
    if (expect("capture-not-asked", &machine, NULL, "boots"))
        expect_that("capture-not-asked-no-file", made_at(0) == NULL && !is_said("W-CAP") && !is_said("capture"));
}

static void key_is_held(void)
{
    struct scenario machine = scenario_plain("capture-key");

    machine.config = "timeout = 0\n";
    machine.may_write = true;
    machine.keys = "c";
    if (expect("capture-key-early", &machine, NULL, "boots"))
        expect_that("capture-key-early-two-maps", capture_maps_in(MAPS "0001.map") == 2 && world.key_polls == 1);
    machine.keys = "xyC";
    if (expect("capture-key-behind-others", &machine, NULL, "boots"))
        expect_that("capture-key-behind-others-two-maps", capture_maps_in(MAPS "0001.map") == 2);
    machine.keys = " c";
    if (expect("capture-key-late", &machine, NULL, "boots"))
        expect_that("capture-key-late-one-map", capture_maps_in(MAPS "0001.map") == 1);
    machine.keys = "xx d";
    machine.may_write = false;
    if (expect("capture-other-keys", &machine, NULL, "boots"))
        expect_that("capture-other-keys-no-file", made_at(0) == NULL && world.key_polls == 5);
    machine.no_conin = true;
    expect("capture-no-keyboard", &machine, NULL, "boots");
}

static const struct bootinfo_drift *drift_told(void)
{
    return bootinfo_drift(boot_info());
}

static void drift_is_told(void)
{
    struct scenario machine = scenario_plain("drift");

    machine.config = "timeout = 0\ndrift = yes\n";
    if (expect("drift-first", &machine, NULL, "boots"))
        expect_that("drift-first-stored", drift_told()->state == BOOTINFO_DRIFT_FIRST && drift_told()->stored == 1 &&
                                              world.variable_writes == 1);
    machine.keeps_variables = true;
    if (expect("drift-same", &machine, NULL, "boots"))
        expect_that("drift-same-not-written", drift_told()->state == BOOTINFO_DRIFT_SAME && world.variable_writes == 0 &&
                                                  world.faults.made[QUERY_VARIABLES] == 0);
    machine.config = "timeout = 0\ndrift = yes\nreserve = 0x6000000-0x6400000 a test\n";
    if (expect("drift-moved", &machine, NULL, "boots"))
        expect_that("drift-moved-stored", drift_told()->state == BOOTINFO_DRIFT_MOVED && world.variable_writes == 1);
    machine.config = "timeout = 0\ndrift = yes\n";
    expect("drift-back", &machine, NULL, "boots");
    machine.any_address = true; /* the firmware refuses where the last boot was placed; its map is the same */
    if (expect("drift-placement", &machine, NULL, "boots"))
        expect_that("drift-placement-told", is_said("map is as before"));
    machine.any_address = false;
    machine.config = "timeout = 0\ndrift = forget\n";
    if (expect("drift-forget", &machine, NULL, "boots"))
        expect_that("drift-forgotten", drift_told() == NULL && world.variable_writes == 1);
    machine.config = "timeout = 0\ndrift = yes\n";
    if (expect("drift-first-again", &machine, NULL, "boots"))
        expect_that("drift-first-again-stored", drift_told()->state == BOOTINFO_DRIFT_FIRST);
}

static void drift_troubles(void)
{
    struct scenario machine = scenario_plain("drift-troubles");

    machine.config = "timeout = 0\ndrift = yes\n";
    machine.store_full = true;
    if (expect("drift-store-full", &machine, NULL, "boots"))
        expect_that("drift-store-full-told", world.variable_writes == 0 && drift_told()->stored == 0 && is_said("W-DRIFT-02 "));
    machine.store_full = false;
    if (expect("drift-no-query", &machine, "QueryVariableInfo#1=Unsupported", "boots"))
        expect_that("drift-no-query-told", world.variable_writes == 0 && is_said("W-DRIFT-02 "));
    if (expect("drift-no-write", &machine, "SetVariable#1=DeviceError", "boots"))
        expect_that("drift-no-write-told", drift_told()->stored == 0 && is_said("W-DRIFT-03 "));
    if (expect("drift-no-read", &machine, "GetVariable#3=DeviceError", "boots"))
        expect_that("drift-no-read-told", drift_told() == NULL && world.variable_writes == 0 && is_said("W-DRIFT-01 "));
    if (expect("drift-noise", &machine, "GetVariable#3=Garbage", "boots"))
        expect_that("drift-noise-told", drift_told()->state == BOOTINFO_DRIFT_UNREADABLE && drift_told()->stored == 1);
    if (expect("drift-too-large", &machine, "GetVariable#3=BufferTooSmall", "boots"))
        expect_that("drift-too-large-told", drift_told()->stored == 1);
}

void capture_cases(void)
{
    file_is_written();
    file_cannot_be_written();
    key_is_held();
    drift_is_told();
    drift_troubles();
}
