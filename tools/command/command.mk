# SPDX-License-Identifier: MIT
# What the commands of tools/ share (command.h), and how one is built, documented and installed.
# Included behind tools/lib.mk; uses BUILD, HOST_FLAGS, SAN_FLAGS, HOST_COMMON, GROMA_VERSION and `quiet`.

COMMAND_SOURCES := $(sort $(wildcard tools/command/*.c))
COMMAND_FLAGS   := -D_GNU_SOURCE -Itools -DGROMA_VERSION='"$(GROMA_VERSION)"'

$(BUILD)/host/tools/command/%.o: tools/command/%.c Makefile tools/command/command.mk
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(HOST_FLAGS) $(COMMAND_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/san/tools/command/%.o: tools/command/%.c Makefile tools/command/command.mk
	@mkdir -p $(@D)
	$(call quiet,CC[san],$<)$(CC) $(SAN_FLAGS) $(COMMAND_FLAGS) $(DEPFLAGS) -c $< -o $@

# $(1) the command, in tools/$(1); $(2) its sources; $(3) the folders of common/ it uses; $(4) libraries
define host_command
$(1)_COMMON := $(foreach folder,$(3),$(filter common/$(folder)/%,$(HOST_COMMON)))
$(1)_ALL    := $(2) $(COMMAND_SOURCES) $$($(1)_COMMON)

$(BUILD)/host/tools/$(1)/%.o: tools/$(1)/%.c Makefile tools/command/command.mk
	@mkdir -p $$(@D)
	$$(call quiet,CC,$$<)$$(CC) $$(HOST_FLAGS) $$(COMMAND_FLAGS) -Itools/$(1) $$(DEPFLAGS) -c $$< -o $$@

$(BUILD)/san/tools/$(1)/%.o: tools/$(1)/%.c Makefile tools/command/command.mk
	@mkdir -p $$(@D)
	$$(call quiet,CC[san],$$<)$$(CC) $$(SAN_FLAGS) $$(COMMAND_FLAGS) -Itools/$(1) $$(DEPFLAGS) -c $$< -o $$@

$(BUILD)/$(1): $$($(1)_ALL:%.c=$(BUILD)/host/%.o)
	$$(call quiet,LD,$$@)$$(CC) $$^ $(4) -o $$@
$(BUILD)/san/$(1): $$($(1)_ALL:%.c=$(BUILD)/san/%.o)
	$$(call quiet,LD,$$@)$$(CC) -fsanitize=address,undefined $$^ $(4) -o $$@
$(BUILD)/$(1).1: $(BUILD)/$(1)
	$$(call quiet,MAN,$$@)$$< --man >$$@
$(BUILD)/$(1).bash: $(BUILD)/$(1)
	$$(call quiet,COMPLETION,$$@)$$< --completion >$$@

.PHONY: $(1) $(1)-install $(1)-uninstall
INSTALLED_COMMANDS += $(1)
install: $(1)-install
uninstall: $(1)-uninstall
$(1): $(addprefix $(BUILD)/,$(1) $(1).1 $(1).bash)
$(1)-install: prefix-is-absolute $(1)
	@install -D -m 755 $(BUILD)/$(1) $$(INSTALL_ROOT)/bin/$(1)
	@install -D -m 644 $(BUILD)/$(1).1 $$(INSTALL_ROOT)/share/man/man1/$(1).1
	@install -D -m 644 $(BUILD)/$(1).bash $$(INSTALL_ROOT)/share/bash-completion/completions/$(1)
$(1)-uninstall: prefix-is-absolute
	@rm -f $$(addprefix $$(INSTALL_ROOT)/,bin/$(1) share/man/man1/$(1).1 share/bash-completion/completions/$(1))
endef
