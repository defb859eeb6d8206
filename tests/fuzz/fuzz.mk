# SPDX-License-Identifier: MIT
# Fuzzing, and the random maps. Included by the top-level Makefile.
#
#   build/fuzz/TARGET          with libFuzzer (clang): fuzzes
#   build/fuzz/replay/TARGET   with $(CC) and the sanitizers: replays what is kept in tests/fuzz/corpus
#
# A target is tests/fuzz/fuzz_TARGET.c; what it needs beside common/ stands in FUZZ_WITH_TARGET, and
# its line in the table of tests/fuzz/run.py.

FUZZ_CC      ?= clang
FUZZ_TARGETS := memmap_normalize memmap_edit pool watch_pattern watch_maps elf config path devpath bootinfo
PAINTER      := tests/model/painter.c tests/model/painter_judge.c
FUZZ_WITH_memmap_normalize := $(PAINTER)
FUZZ_WITH_elf := tests/unit/elf_builder.c
FUZZ_LIBS_elf := -lcriterion
FUZZ_LIBS_bootinfo := -lcriterion
FUZZ_WITH_pool := tests/model/pool_shadow.c tests/model/pool_shadow_steps.c

FUZZ_FLAGS   = -std=c17 -O1 -g $(WARNINGS) -Icommon -fsanitize=fuzzer-no-link,address,undefined \
               -fno-sanitize-recover=all -fno-omit-frame-pointer

$(BUILD)/fuzz/common/%.o: common/%.c Makefile tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(call quiet,CC[fuzz],$<)$(FUZZ_CC) $(FUZZ_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/fuzz/tests/%.o: tests/%.c Makefile tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(call quiet,CC[fuzz],$<)$(FUZZ_CC) $(FUZZ_FLAGS) $(TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/fuzz/common.a: $(HOST_COMMON:%.c=$(BUILD)/fuzz/%.o)
	$(call quiet,AR,$@)rm -f $@ && $(AR) rcsD $@ $^

$(BUILD)/fuzz/replay/common.a: $(HOST_COMMON:%.c=$(BUILD)/san/%.o)
	@mkdir -p $(@D)
	$(call quiet,AR,$@)rm -f $@ && $(AR) rcsD $@ $^

# $(1) target
define fuzz_target
$$(BUILD)/fuzz/$(1): $$(BUILD)/fuzz/tests/fuzz/fuzz_$(1).o $$(FUZZ_WITH_$(1):%.c=$$(BUILD)/fuzz/%.o) \
		$$(BUILD)/fuzz/common.a
	$$(call quiet,LD,$$@)$$(FUZZ_CC) -fsanitize=fuzzer,address,undefined $$^ $$(FUZZ_LIBS_$(1)) -o $$@

$$(BUILD)/fuzz/replay/$(1): $$(BUILD)/san/tests/fuzz/fuzz_$(1).o $$(BUILD)/san/tests/fuzz/replay.o \
		$$(FUZZ_WITH_$(1):%.c=$$(BUILD)/san/%.o) $$(BUILD)/fuzz/replay/common.a
	@mkdir -p $$(@D)
	$$(call quiet,LD,$$@)$$(CC) -fsanitize=address,undefined $$^ $$(FUZZ_LIBS_$(1)) -o $$@
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_target,$(target))))

# The whole loader is a target too; tests/firmware/firmware.mk links it.
FUZZ_BUILDS := $(foreach target,$(FUZZ_TARGETS) loader,$(BUILD)/fuzz/$(target) $(BUILD)/fuzz/replay/$(target))

# ---- random maps: the painter and the properties -------------------------------------------------
RANDOM_SOURCES := tests/model/memmap_random.c $(PAINTER) tests/fuzz/memmap_layout.c tests/fuzz/memmap_properties.c

$(BUILD)/host/memmap_random: $(RANDOM_SOURCES:%.c=$(BUILD)/host/%.o) $(BUILD)/host/common.a
	$(call quiet,LD,$@)$(CC) $^ -o $@

.PHONY: fuzz fuzz-built
fuzz: deps-full ## fuzz each target for a minute (SECONDS=60), and replay what is kept
	$(again) fuzz-built
fuzz-built: $(FUZZ_BUILDS)
	@$(PYTHON) tests/fuzz/run.py --build $(BUILD) --seconds $(or $(SECONDS),60)
