/* SPDX-License-Identifier: MIT */
/*
 * The catalogue's single cases, and maps of real machines as the firmware's answer.
 *
 *   loader_cases           all cases by name
 *   loader_cases --maps    maps from standard input: "map NAME BITS", then lines of
 *                          TYPE FIRST-PFN END-PFN ATTRIBUTES in hex, then "end"
 */
#include <stdio.h>
#include <string.h>

#include "boot_check.h"
#include "cases.h"
#include "judge.h"
#include "scenarios.h"

unsigned cases_failed;

static bool tell(const char *name, bool holds, const char *why)
{
    if (holds)
        printf("ok %s\n", name);
    else
        printf("FAIL %s %s\n  status 0x%lx\n  conout: %.400s\n  serial: %.400s\n", name, why,
               (unsigned long)world.status, world.conout, world.serial);
    cases_failed += !holds;
    return holds;
}

bool expect(const char *name, const struct scenario *scenario, const char *script_text, const char *expected)
{
    struct script script = {.count = 0};
    bool either = strcmp(expected, "boots or refuses") == 0, boots = strcmp(expected, "boots") == 0;
    const char *why;

    if (script_text != NULL && !script_parse(script_text, &script))
        return tell(name, false, "its script is none");
    world_run(scenario, &script);
    if (judge_run(boots, &why) != GOOD)
        return tell(name, false, why);
    if (!either && !boots && (world.outcome == JUMPED || strcmp(judge_error_id(), expected) != 0))
        return tell(name, false, world.outcome == JUMPED ? "boots" : judge_error_id());
    return tell(name, true, "");
}

bool expect_that(const char *name, bool holds)
{
    return tell(name, holds, "does not hold");
}

int main(int count, char **arguments)
{
    size_t scenario_count;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!world_open()) {
        fprintf(stderr, "loader_cases: this host does not give the addresses that the machine needs\n");
        return 2;
    }
    (void)scenarios_open(&scenario_count);
    if (count > 1 && strcmp(arguments[1], "--maps") == 0)
        return map_stream() > 0 && cases_failed == 0 ? 0 : 1;
    firmware_cases();
    cpu_cases();
    table_place_cases();
    file_cases();
    map_cases();
    capture_cases();
    aid_cases();
    watch_cases();
    corner_cases();
    store_cases();
    return cases_failed == 0 ? 0 : 1;
}
