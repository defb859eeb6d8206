/* SPDX-License-Identifier: MIT */
/* A program's tables as a manual page (roff, man macros), and as bash's completion. */
#include <ctype.h>
#include <string.h>

#include "command/command.h"

static void print_roff(FILE *to, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", to);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", to);
        else if (*text == '-')
            fputs("\\-", to);
        else
            fputc(*text, to);
    }
}

static void print_roff_option(FILE *to, const struct option_text *option)
{
    fputs(".TP\n.B ", to);
    if (option->letter != 0)
        fprintf(to, "\\-%c, ", option->letter);
    fputs("\\-\\-", to);
    print_roff(to, option->name);
    if (option->argument != NULL) {
        fputs(" \\fI", to);
        print_roff(to, option->argument);
        fputs("\\fR", to);
    }
    fputc('\n', to);
    print_roff(to, option->text);
    if (option->choices != NULL) {
        fputc(' ', to);
        print_roff(to, option->choices);
    }
    fputs(".\n", to);
}

static void print_roff_command(FILE *to, const struct command *command)
{
    fprintf(to, ".SS %s %s %s\n", program.name, command->name, command->words);
    print_roff(to, command->text);
    fputs(command->options != 0 ? "\n.br\nOptions:" : "\n", to);
    for (size_t i = 0; i < program.option_count; i++) {
        if ((command->options & program.options[i].bit) == 0)
            continue;
        fputs(" \\-\\-", to);
        print_roff(to, program.options[i].name);
    }
    fputs(command->options != 0 ? ".\n" : "", to);
}

static void print_roff_title(FILE *to)
{
    fprintf(to, ".\\\" SPDX-License-Identifier: MIT\n.\\\" Made by %s --man.\n.TH ", program.name);
    for (const char *at = program.name; *at != '\0'; at++)
        fputc(toupper((unsigned char)*at), to);
    fprintf(to, " 1 \"\" \"Groma %s\" \"User Commands\"\n.SH NAME\n%s \\- %s\n", GROMA_VERSION, program.name,
            program.purpose);
    fprintf(to, ".SH SYNOPSIS\n.B %s\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n", program.name);
}

void print_manual(FILE *to)
{
    print_roff_title(to);
    fputs(".SH DESCRIPTION\n", to);
    print_roff(to, program.about);
    fputs("\n.SH COMMANDS\n", to);
    for (size_t i = 0; i < program.command_count; i++)
        print_roff_command(to, &program.commands[i]);
    fputs(".SH OPTIONS\n", to);
    for (size_t i = 0; i < program.option_count; i++)
        print_roff_option(to, &program.options[i]);
    for (const struct option_text *option = general_options; option->name != NULL; option++)
        print_roff_option(to, option);
    fputs(".SH \"EXIT STATUS\"\n", to);
    print_roff(to, program.status);
    fputc('\n', to);
    for (const struct section *section = program.sections; section != NULL && section->title != NULL;
         section++) {
        fprintf(to, ".SH %s\n", section->title);
        print_roff(to, section->text);
        fputc('\n', to);
    }
}

/* ---- completion ---------------------------------------------------------------------------------- */

static void print_names(FILE *to)
{
    for (size_t i = 0; i < program.command_count; i++)
        fprintf(to, "%s ", program.commands[i].name);
    fputs("help", to);
}

/* "--to | -t)" of the options that take one of several words, or any other value. */
static void print_value_cases(FILE *to)
{
    const char *between = "";

    for (size_t i = 0; i < program.option_count; i++) {
        const struct option_text *option = &program.options[i];
        if (option->choices != NULL) {
            fprintf(to, "    --%s", option->name);
            if (option->letter != 0)
                fprintf(to, " | -%c", option->letter);
            fprintf(to, ") words='%s' ;;\n", option->choices);
        }
    }
    fputs("    ", to);
    for (size_t i = 0; i < program.option_count; i++) {
        const struct option_text *option = &program.options[i];
        if (option->argument == NULL || option->choices != NULL || strcmp(option->argument, "FILE") == 0)
            continue;
        fprintf(to, "%s--%s", between, option->name);
        if (option->letter != 0)
            fprintf(to, " | -%c", option->letter);
        between = " | ";
    }
    fputs(") return ;;\n", to);
}

static void print_option_cases(FILE *to)
{
    for (size_t i = 0; i < program.command_count; i++) {
        fprintf(to, "        %s) words='--help", program.commands[i].name);
        for (size_t j = 0; j < program.option_count; j++) {
            if ((program.commands[i].options & program.options[j].bit) != 0)
                fprintf(to, " --%s", program.options[j].name);
        }
        fputs("' ;;\n", to);
    }
    fputs("        help) words='", to);
    print_names(to);
    fputs("' ;;\n", to);
}

/* Which words can stand at the cursor: values of the option before it, options, commands; else files. */
void print_completion(FILE *to)
{
    fprintf(to,
            "# SPDX-License-Identifier: MIT\n# Completion of %s for bash. Made by %s --completion.\n\n_%s()\n{\n"
            "    local word=${COMP_WORDS[COMP_CWORD]} words=''\n\n    COMPREPLY=()\n"
            "    case ${COMP_WORDS[COMP_CWORD - 1]} in\n",
            program.name, program.name, program.name);
    print_value_cases(to);
    fputs("    esac\n    if [ -z \"$words\" ] && [ \"$COMP_CWORD\" = 1 ]; then\n        words='", to);
    print_names(to);
    for (const struct option_text *option = general_options; option->name != NULL; option++)
        fprintf(to, " --%s", option->name);
    fputs("'\n    elif [ -z \"$words\" ] && [[ $word == -* || ${COMP_WORDS[1]} == help ]]; then\n"
          "        case ${COMP_WORDS[1]} in\n",
          to);
    print_option_cases(to);
    fprintf(to,
            "        esac\n    fi\n    if [ -n \"$words\" ]; then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n    else\n"
            "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n    fi\n}\n"
            "complete -o filenames -F _%s %s\n",
            program.name, program.name);
}
