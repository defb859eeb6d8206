/* SPDX-License-Identifier: MIT */
/* Variables: what the machine has of its own, and what is written to it. UEFI 2.10, 8.2. */
#include <string.h>

#include "world.h"

#define MOST_VARIABLES      4u
#define MOST_VARIABLE_BYTES 1024u
#define MOST_WRITES         4u /* of one variable in one boot: flash wears out */

#define OURS (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS)

struct variable {
    CHAR16 name[32];
    EFI_GUID vendor;
    uint8_t bytes[MOST_VARIABLE_BYTES];
    size_t size_bytes; /* 0: there is none */
    unsigned writes;   /* in this boot */
};

static struct variable variables[MOST_VARIABLES];

static const uint8_t uart_path[] = {3, 14, 19, 0, 0, 0, 0, 0, 0, 0xc2, 1, 0, 0, 0, 0, 0, 8, 1, 1, 0x7f, 0xff, 4, 0};

static bool is_named(const CHAR16 *name, const char *wanted)
{
    while (*wanted != '\0' && *name == (CHAR16)(uint8_t)*wanted) {
        name++;
        wanted++;
    }
    return *wanted == '\0' && *name == 0;
}

static size_t name_units(const CHAR16 *name)
{
    size_t units = 0;

    while (name[units] != 0)
        units++;
    return units;
}

/* The variable of this name, or one that is free; NULL where there is neither. */
static struct variable *find_variable(const CHAR16 *name, const EFI_GUID *vendor)
{
    struct variable *unused = NULL;

    for (size_t i = 0; i < MOST_VARIABLES; i++) {
        struct variable *variable = &variables[i];
        if (variable->size_bytes == 0)
            unused = variable;
        else if (memcmp(variable->name, name, 2 * (name_units(name) + 1)) == 0 &&
                 memcmp(&variable->vendor, vendor, sizeof *vendor) == 0)
            return variable;
    }
    return unused;
}

static EFI_STATUS give_variable(UINTN *size, VOID *data, const void *bytes, size_t size_bytes)
{
    bool fits = *size >= size_bytes;

    *size = size_bytes;
    if (!fits)
        return EFI_BUFFER_TOO_SMALL;
    memcpy(data, bytes, size_bytes);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size, VOID *data)
{
    const struct action *action = enter_call(GET_VARIABLE);

    const struct variable *variable;

    (void)attributes;
    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    if (action != NULL) {
        if (action->lie == GARBAGE)
            memset(data, 0xff, *size);
        else
            *size = 0;
        return EFI_SUCCESS;
    }
    if (is_named(name, "SecureBoot"))
        return give_variable(size, data, "", 1);
    if (is_named(name, "ConOut") && world.scenario->conout_on_serial)
        return give_variable(size, data, uart_path, sizeof uart_path);
    variable = find_variable(name, vendor);
    if (variable == NULL || variable->size_bytes == 0)
        return EFI_NOT_FOUND;
    return give_variable(size, data, variable->bytes, variable->size_bytes);
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes, UINTN size, VOID *data)
{
    const struct action *action = enter_call(SET_VARIABLE);
    struct variable *variable = find_variable(name, vendor);

    world.variable_writes++;
    if (attributes != OURS)
        violate("writes a variable with other attributes", attributes);
    if (variable == NULL || size > MOST_VARIABLE_BYTES || name_units(name) >= 32)
        return EFI_OUT_OF_RESOURCES;
    if (++variable->writes > MOST_WRITES)
        violate("writes a variable more than 4 times in a boot", variable->writes);
    if (size > 0 && !world.room_asked)
        violate("writes a variable without asking for room", 0);
    world.room_asked = false;
    if (action != NULL)
        return action->status;
    if (variable->size_bytes == size && memcmp(variable->bytes, data, size) == 0 && size > 0)
        violate("writes a variable that holds the same already", size);
    memcpy(variable->name, name, 2 * (name_units(name) + 1));
    variable->vendor = *vendor;
    variable->size_bytes = size;
    if (size > 0)
        memcpy(variable->bytes, data, size);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI query_variables(UINT32 attributes, UINT64 *store, UINT64 *left, UINT64 *largest)
{
    const struct action *action = enter_call(QUERY_VARIABLES);

    (void)attributes;
    if (action != NULL)
        return action->status;
    world.room_asked = true;
    *store = 65536;
    *left = world.scenario->store_full ? 32767 : 32768;
    *largest = world.scenario->store_in_pieces ? 4 : MOST_VARIABLE_BYTES;
    return EFI_SUCCESS;
}

void variables_start(void)
{
    for (size_t i = 0; i < MOST_VARIABLES; i++) {
        variables[i].writes = 0;
        if (!world.scenario->keeps_variables)
            variables[i].size_bytes = 0;
    }
}

const uint8_t *variables_find(const char *name, size_t *ret_size_bytes)
{
    for (size_t i = 0; i < MOST_VARIABLES; i++) {
        if (variables[i].size_bytes != 0 && is_named(variables[i].name, name)) {
            *ret_size_bytes = variables[i].size_bytes;
            return variables[i].bytes;
        }
    }
    return NULL;
}

void variables_fill_services(EFI_RUNTIME_SERVICES *runtime)
{
    runtime->GetVariable = get_variable;
    runtime->SetVariable = set_variable;
    runtime->QueryVariableInfo = query_variables;
    runtime->Hdr.Revision = 0x20046;
}
