# SPDX-License-Identifier: MIT
# The memmap command: $(BUILD)/memmap, its sanitizer build for the tests, its manual page.
# Included by the Makefile; uses BUILD, HOST_FLAGS, SAN_FLAGS, HOST_COMMON and `quiet`.

MEMMAP_SOURCES := $(sort $(wildcard tools/memmap/*.c))
MEMMAP_COMMON  := $(foreach folder,base bootinfo capture memmap screen text,$(filter common/$(folder)/%,$(HOST_COMMON)))
MEMMAP_FLAGS   := -D_GNU_SOURCE -Itools/memmap

$(BUILD)/host/tools/memmap/%.o: tools/memmap/%.c Makefile tools/memmap/memmap.mk
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(HOST_FLAGS) $(MEMMAP_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/san/tools/memmap/%.o: tools/memmap/%.c Makefile tools/memmap/memmap.mk
	@mkdir -p $(@D)
	$(call quiet,CC[san],$<)$(CC) $(SAN_FLAGS) $(MEMMAP_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/memmap: $(MEMMAP_SOURCES:%.c=$(BUILD)/host/%.o) $(MEMMAP_COMMON:%.c=$(BUILD)/host/%.o)
	$(call quiet,LD,$@)$(CC) $^ -o $@

$(BUILD)/san/memmap: $(MEMMAP_SOURCES:%.c=$(BUILD)/san/%.o) $(MEMMAP_COMMON:%.c=$(BUILD)/san/%.o)
	$(call quiet,LD,$@)$(CC) -fsanitize=address,undefined $^ -o $@

$(BUILD)/memmap.1: $(BUILD)/memmap
	$(call quiet,MAN,$@)$< --man >$@

# A boot info block for the tests to read.
$(BUILD)/bootinfo_sample: $(BUILD)/host/tests/tools/bootinfo_sample.o $(MEMMAP_COMMON:%.c=$(BUILD)/host/%.o)
	$(call quiet,LD,$@)$(CC) $^ -lcriterion -o $@
$(BUILD)/bootinfo.bin: $(BUILD)/bootinfo_sample
	@$< >$@

# What the tests need; whoever includes this adds it to the test builds.
MEMMAP_BUILDS := $(BUILD)/memmap $(BUILD)/san/memmap $(BUILD)/memmap.1 $(BUILD)/bootinfo.bin

.PHONY: memmap memmap-install memmap-uninstall
INSTALLED_COMMANDS += memmap
install: memmap-install
uninstall: memmap-uninstall
memmap: $(BUILD)/memmap $(BUILD)/memmap.1 ## build the memmap command and its manual page

memmap-install: prefix-is-absolute memmap
	@install -D -m 755 $(BUILD)/memmap $(DESTDIR)$(PREFIX)/bin/memmap
	@install -D -m 644 $(BUILD)/memmap.1 $(DESTDIR)$(PREFIX)/share/man/man1/memmap.1
	@install -D -m 644 tools/memmap/memmap.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/memmap
memmap-uninstall: prefix-is-absolute
	@rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/memmap share/man/man1/memmap.1 share/bash-completion/completions/memmap)
