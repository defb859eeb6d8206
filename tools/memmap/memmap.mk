# SPDX-License-Identifier: MIT
# The memmap command: $(BUILD)/memmap, its sanitizer build for the tests, its manual page and completion.
# Included behind tools/command/command.mk.

$(eval $(call host_command,memmap,$(sort $(wildcard tools/memmap/*.c)),base bootinfo capture memmap screen text watch))
memmap: ## build the memmap command, its manual page and completion

# A boot info block for the tests to read.
$(BUILD)/bootinfo_sample: $(BUILD)/host/tests/tools/bootinfo_sample.o $(memmap_COMMON:%.c=$(BUILD)/host/%.o)
	$(call quiet,LD,$@)$(CC) $^ -lcriterion -o $@
$(BUILD)/bootinfo.bin: $(BUILD)/bootinfo_sample
	@$< >$@

# What the tests need; whoever includes this adds it to the test builds.
MEMMAP_BUILDS := $(addprefix $(BUILD)/,memmap san/memmap memmap.1 memmap.bash bootinfo.bin)
