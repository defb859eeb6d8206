# SPDX-License-Identifier: MIT
# The program that breaks the real firmware's services under the loader (README.md in the folder above).
# Included by firmware.mk; uses BUILD, LOADER_FLAGS, EFI_LIB and the loader's objects of common/. GNU-EFI's own
# linker script: no product, and it takes no sections of single variables.
TARGET_PROGRAM := $(BUILD)/target/FAULTS.EFI
TARGET_C := $(sort $(wildcard tests/firmware/target/*.c)) tests/firmware/fault_table.c
TARGET_O := $(TARGET_C:%.c=$(BUILD)/target/%.o) $(BUILD)/loader/loader/ports.o \
            $(patsubst %.c,$(BUILD)/loader/%.o,common/text/text.c common/uart/uart.c common/base/mem.c)

$(BUILD)/target/%.o: %.c Makefile tests/firmware/target/target.mk
	@mkdir -p $(@D)
	$(call quiet,CC[target],$<)$(CC) $(LOADER_FLAGS) -fno-data-sections -Itests $(DEPFLAGS) -c $< -o $@

$(BUILD)/target/faults.so: $(TARGET_O) tests/firmware/target/target.mk
	$(call quiet,LD,$@)$(LD) -nostdlib -znocombreloc -shared -Bsymbolic -z noexecstack --no-undefined --build-id=none \
	  -T $(EFI_LIB)/elf_x86_64_efi.lds $(EFI_LIB)/crt0-efi-x86_64.o $(TARGET_O) -o $@ -L$(EFI_LIB) -lgnuefi

$(TARGET_PROGRAM): $(BUILD)/target/faults.so
	$(call quiet,OBJCOPY,$@)$(OBJCOPY) -S -j .text -j .sdata -j .data -j .dynamic -j .rodata -j .rel -j .rela -j .reloc \
	  --target efi-app-x86_64 --subsystem=10 $< $@
