# SPDX-License-Identifier: MIT
# The program of README.md beside this file, built as the loader is. Included by the Makefile; uses BUILD,
# LOADER_FLAGS, EFI_LIB and `quiet`.
DISKS_EFI := $(BUILD)/firmware/disks.efi
DISKS_O   := $(patsubst %.c,$(BUILD)/loader/%.o,$(wildcard tests/firmware/disks/*.c) loader/ports.c \
             common/uart/uart.c common/text/text.c common/base/mem.c)

$(BUILD)/firmware/disks.so: $(DISKS_O) loader/loader.lds
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(LD) -nostdlib -znocombreloc -shared -Bsymbolic -z noexecstack --no-undefined \
	  --build-id=none --gc-sections -T loader/loader.lds $(EFI_LIB)/crt0-efi-x86_64.o $(DISKS_O) -o $@ \
	  -L$(EFI_LIB) -lgnuefi

$(DISKS_EFI): $(BUILD)/firmware/disks.so tools/pe_finish.py
	$(call quiet,OBJCOPY,$@)$(OBJCOPY) -S $(PE_SECTIONS:%=-j %) --target efi-app-x86_64 --subsystem=10 \
	  --section-alignment=0x1000 --file-alignment=0x200 $< $@.raw
	@$(PYTHON) tools/pe_finish.py --so $< $@.raw $@ && rm -f $@.raw
