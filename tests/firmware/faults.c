/* SPDX-License-Identifier: MIT */
/* Scripts of faults as text, and back. */
#include "faults.h"

#include <stdio.h>
#include <string.h>

void script_print(const struct script *script, char *text, size_t capacity)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < script->count && used < capacity; i++) {
        const struct rule *rule = &script->rules[i];
        int wrote = snprintf(text + used, capacity - used, "%s%s#%u%s=%s", i > 0 ? "," : "",
                             call_name(rule->call), rule->occurrence, rule->onward ? "+" : "",
                             rule->action->name);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

/* One "Call#N[+]=Action", ended by a comma or the text's end. */
static bool rule_parse(const char *text, size_t length, struct rule *rule)
{
    char call[32], action[32], plus[2] = "";
    unsigned occurrence;

    if (length >= 90)
        return false;
    if (sscanf(text, "%31[A-Za-z]#%u%1[+]=%31[A-Za-z0-9]", call, &occurrence, plus, action) != 4) {
        plus[0] = '\0';
        if (sscanf(text, "%31[A-Za-z]#%u=%31[A-Za-z0-9]", call, &occurrence, action) != 3)
            return false;
    }
    for (unsigned i = 0; i < CALL_COUNT; i++) {
        if (strcmp(call, call_name((enum call)i)) != 0)
            continue;
        for (const struct action *a = call_actions((enum call)i); a->name != NULL; a++) {
            if (strcmp(a->name, action) == 0) {
                *rule = (struct rule){(enum call)i, occurrence, plus[0] == '+', a};
                return true;
            }
        }
    }
    return false;
}

bool script_parse(const char *text, struct script *ret_script)
{
    struct script script = {.count = 0};

    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        if (script.count >= sizeof script.rules / sizeof script.rules[0] ||
            !rule_parse(text, length, &script.rules[script.count++]))
            return false;
        text += length + (text[length] == ',');
    }
    *ret_script = script;
    return true;
}
