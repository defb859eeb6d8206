# SPDX-License-Identifier: MIT
# The loader on the host, over a fake firmware (README.md beside this file). Included by the Makefile; uses
# BUILD, HOST_FLAGS, SAN_FLAGS, FUZZ_CC, FUZZ_FLAGS, TEST_FLAGS, LOADER_C, HOST_COMMON, EFI_INCLUDE and `quiet`.
#
# The loader's sources as they are; what is one instruction each in loader/cpu.h is a function of the
# fake CPU, because fake_cpu.h is included first and has the same guard. Not position independent,
# and linked low: the loader's addresses are physical addresses.

FIRMWARE_LOADER_C := $(LOADER_C)
FIRMWARE_C        := $(addprefix tests/firmware/,world.c memory.c map_answer.c files.c made_files.c services.c pci.c tables.c variables.c \
                     cpu.c faults.c fault_table.c boot_check.c capture_check.c judge.c scenarios.c) tests/unit/elf_builder.c
FIRMWARE_CASES_C  := $(addprefix tests/firmware/,cases_aids.c cases_firmware.c cases_machine.c cases_map.c cases_capture.c cases_watch.c \
                     cases_corners.c cases_store.c)
FIRMWARE_FLAGS     = -Iloader -isystem $(EFI_INCLUDE) -isystem $(EFI_INCLUDE)/x86_64 -DGNU_EFI_USE_MS_ABI -fno-pie \
                     -include tests/firmware/fake_cpu.h
FIRMWARE_LINK     := -no-pie -Wl,-Ttext-segment=0x1000000

# The parts of every program; $(1) is the kind of build.
firmware_parts = $(patsubst %.c,$(BUILD)/$(1)/firmware/%.o,$(FIRMWARE_C) $(FIRMWARE_LOADER_C) $(HOST_COMMON)) \
                 $(BUILD)/$(1)/firmware/image.o

# $(1) kind of build, $(2) compiler, $(3) its flags
define firmware_objects
$$(BUILD)/$(1)/firmware/%.o: %.c Makefile tests/firmware/firmware.mk
	@mkdir -p $$(@D)
	$$(call quiet,CC[$(1)],$$<)$(2) $(3) $$(FIRMWARE_FLAGS) $$(if $$(filter tests/%,$$<),$$(TEST_FLAGS)) $$(DEPFLAGS) \
	  -c $$< -o $$@

$$(BUILD)/$(1)/firmware/image.o: tests/firmware/image.S
	@mkdir -p $$(@D)
	$$(call quiet,AS,$$<)$$(CC) -c $$< -o $$@
endef
$(eval $(call firmware_objects,host,$$(CC),$$(HOST_FLAGS)))
$(eval $(call firmware_objects,san,$$(CC),$$(SAN_FLAGS)))
$(eval $(call firmware_objects,fuzz,$$(FUZZ_CC),$$(FUZZ_FLAGS)))

# $(1) kind of build, $(2) link flags
define firmware_programs
$$(BUILD)/$(1)/loader_cases: $$(FIRMWARE_CASES_C:%.c=$$(BUILD)/$(1)/firmware/%.o)
$$(BUILD)/$(1)/loader_faults $$(BUILD)/$(1)/loader_cases $$(BUILD)/$(1)/loader_files: $$(BUILD)/$(1)/loader_%: \
		$$(BUILD)/$(1)/firmware/tests/firmware/loader_%.o $$(call firmware_parts,$(1))
	$$(call quiet,LD,$$@)$$(CC) $(2) $$(FIRMWARE_LINK) $$^ -lcriterion -o $$@
endef
$(eval $(call firmware_programs,host,))
$(eval $(call firmware_programs,san,-fsanitize=address$$(comma)undefined))

# The whole loader as a fuzz target: with libFuzzer, and to replay what is kept.
$(BUILD)/fuzz/loader: $(BUILD)/fuzz/firmware/tests/firmware/fuzz_loader.o $(call firmware_parts,fuzz)
	$(call quiet,LD,$@)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined $(FIRMWARE_LINK) $^ -lcriterion -o $@

$(BUILD)/fuzz/replay/loader: $(BUILD)/san/firmware/tests/firmware/fuzz_loader.o $(BUILD)/san/tests/fuzz/replay.o \
		$(call firmware_parts,san)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CC) -fsanitize=address,undefined $(FIRMWARE_LINK) $^ -lcriterion -o $@

# The program that breaks the real firmware's services.
include tests/firmware/target/target.mk

# What the tests need; whoever includes this adds it to the test builds.
FIRMWARE_BUILDS := $(addprefix $(BUILD)/host/,loader_faults loader_cases loader_files) \
                   $(addprefix $(BUILD)/san/,loader_faults loader_cases) $(TARGET_PROGRAM)

.PHONY: test-faults test-faults-built
test-faults: deps-test ## every call of the loader fails in every way: a fake firmware, then OVMF and U-Boot
	$(again) test-faults-built
test-faults-built: all $(FIRMWARE_BUILDS)
	@$(BUILD)/host/loader_cases >$(BUILD)/loader_cases.txt || { grep -v '^ok ' $(BUILD)/loader_cases.txt; exit 1; }
	@$(PYTHON) tests/firmware/maps.py $(BUILD)/host/loader_cases >$(BUILD)/loader_maps.txt || \
	  { grep -v '^ok ' $(BUILD)/loader_maps.txt; exit 1; }
	@echo "loader cases: $$(grep -c '^ok ' $(BUILD)/loader_cases.txt), maps: $$(grep -c '^ok ' $(BUILD)/loader_maps.txt)"
	@$(BUILD)/host/loader_files
	@$(BUILD)/host/loader_faults
	@$(PYTHON) tests/firmware/target.py
