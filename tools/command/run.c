/* SPDX-License-Identifier: MIT */
/* The command line: words, options, and the subcommand they are for. */
#include <string.h>

#include "command/command.h"

const struct option_text general_options[] = {
    {.name = "help", .text = "print this, or a command's own help; help [COMMAND] does the same"},
    {.name = "man", .text = "print the manual page (roff)"},
    {.name = "completion", .text = "print the completion for bash, to be sourced"},
    {.name = "version", .text = "print the version"},
    {.name = NULL},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < program.command_count; i++) {
        if (strcmp(name, program.commands[i].name) == 0)
            return &program.commands[i];
    }
    return NULL;
}

/* The option that a word names, and its value where it stands behind '='. */
static const struct option_text *find_option(const char *word, const char **ret_value)
{
    *ret_value = NULL;
    for (size_t i = 0; i < program.option_count; i++) {
        const struct option_text *option = &program.options[i];
        size_t length = strlen(option->name);
        if (word[0] == '-' && word[1] == option->letter && word[1] != '\0' && word[2] == '\0')
            return option;
        if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, option->name, length) != 0)
            continue;
        if (word[2 + length] == '=')
            *ret_value = word + 3 + length;
        if (word[2 + length] == '=' || word[2 + length] == '\0')
            return option;
    }
    return NULL;
}

/* "-" is stdin, "-5" a number. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && (word[1] < '0' || word[1] > '9');
}

/* Takes words[*at], and the word behind it where that is its value. */
static void take_option(const struct command *command, int count, char *const words[], int *at,
                        struct arguments *arguments)
{
    const char *value;
    const struct option_text *option = find_option(words[*at], &value);

    if (option == NULL || (command->options & option->bit) == 0)
        cannot("%s: unknown option %s (try %s %s --help)", command->name, words[*at], program.name,
               command->name);
    if (option->argument == NULL && value != NULL)
        cannot("--%s takes no value", option->name);
    if (option->argument != NULL && value == NULL) {
        if (++*at == count)
            cannot("--%s needs %s", option->name, option->argument);
        value = words[*at];
    }
    program.take_option(arguments, option, value);
}

static void take_arguments(const struct command *command, int count, char *const words[],
                           struct arguments *arguments)
{
    bool only_words = false;
    unsigned word_count = 0;

    for (int i = 0; i < count; i++) {
        if (!only_words && strcmp(words[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && is_option(words[i])) {
            take_option(command, count, words, &i, arguments);
        } else {
            if (word_count++ == command->most_words)
                cannot("%s: too many arguments: %s (try %s %s --help)", command->name, words[i],
                       program.name, command->name);
            program.take_word(arguments, words[i]);
        }
    }
    if (word_count < command->least_words)
        cannot("%s needs %s (try %s %s --help)", command->name, command->words, program.name,
               command->name);
}

static bool asks_for_help(int count, char *const words[])
{
    for (int i = 0; i < count; i++) {
        if (strcmp(words[i], "--") == 0)
            return false;
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return true;
    }
    return false;
}

static void help(int count, char *const words[])
{
    const struct command *command = count == 1 ? find_command(words[0]) : NULL;

    if (count > 1)
        cannot("help: too many arguments: %s (try %s --help)", words[1], program.name);
    if (count == 1 && command == NULL && words[0][0] != '-')
        cannot("there is no command %s (try %s --help)", words[0], program.name);
    print_help(stdout, command);
}

/* What is about the program itself; false where the words are for a subcommand. */
static bool tell_about(int count, char *const words[])
{
    if (strcmp(words[0], "--man") == 0)
        print_manual(stdout);
    else if (strcmp(words[0], "--completion") == 0)
        print_completion(stdout);
    else if (strcmp(words[0], "--version") == 0)
        printf("%s %s\n", program.name, GROMA_VERSION);
    else if (strcmp(words[0], "help") == 0)
        help(count - 1, words + 1);
    else if (asks_for_help(count, words))
        print_help(stdout, find_command(words[0]));
    else
        return false;
    return true;
}

int program_run(int count, char *const words[], struct arguments *arguments)
{
    const struct command *command;
    int status = 0;

    if (count < 2)
        cannot("which command? (try %s --help)", program.name);
    if (!tell_about(count - 1, words + 1)) {
        command = find_command(words[1]);
        if (command == NULL)
            cannot("there is no command %s (try %s --help)", words[1], program.name);
        take_arguments(command, count - 2, words + 2, arguments);
        status = command->run(arguments);
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        cannot("standard output cannot be written");
    return status;
}
