# SPDX-License-Identifier: MIT
# The frame allocator with compare-and-swaps that fail and another CPU that comes in between, in both
# builds. Included by the Makefile; uses BUILD, CC, HOST_FLAGS, TEST_FLAGS and `quiet`.
#
# The product's sources, with another atomic.h put before theirs.

INJECT_FOLDER  := tests/model/frames_inject
INJECT_SOURCES := tests/model/frames_inject.c $(sort $(wildcard $(INJECT_FOLDER)/*.c)) tests/model/frames_explore/switch.S
INJECT_HEADERS := $(wildcard $(INJECT_FOLDER)/*.h $(INJECT_FOLDER)/frames/*.h common/frames/*.h common/base/*.h) \
                  common/memmap/memmap.h
INJECT_BUILDS  := $(addprefix $(BUILD)/host/,frames_inject frames_inject_hardened)

$(BUILD)/host/frames_inject_hardened: HARDENED = -DFRAMES_HARDENED
$(INJECT_BUILDS): $(INJECT_SOURCES) $(sort $(wildcard common/frames/*.c)) $(INJECT_HEADERS) tests/model/frames_inject.mk
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) -I$(INJECT_FOLDER) $(HARDENED) $(HOST_FLAGS) $(TEST_FLAGS) $(filter %.c %.S,$^) -o $@

.PHONY: frames-inject frames-inject-full frames-inject-bite
frames-inject: $(INJECT_BUILDS) ## the frame allocator with steps that fail and others in between, the short set
	@$(BUILD)/host/frames_inject && $(BUILD)/host/frames_inject_hardened
frames-inject-full: $(INJECT_BUILDS) ## the long set
	@$(BUILD)/host/frames_inject --full && $(BUILD)/host/frames_inject_hardened --full
frames-inject-bite: ## planted mistakes in common/frames must be found
	@$(PYTHON) $(INJECT_FOLDER)/bite.py --work $(BUILD)/frames_inject --cc $(CC)
