# SPDX-License-Identifier: MIT
# The hybrid ISO, and writing a stick. Included by the Makefile behind ESP_FILES and USB_IMAGE.
ISO_IMAGE := $(BUILD)/groma.iso

# Whatever lies in esp/, as the stick's image.
$(ISO_IMAGE): $(ESP_FILES) $(shell find esp) tools/image.py
	$(call quiet,ISO,$@)$(PYTHON) tools/image.py --esp esp --table iso --out $@

.PHONY: iso iso-built deps-iso write-usb
iso: deps deps-iso ## install xorriso, write build/groma.iso, which boots as a CD and from a stick
	$(again) iso-built
iso-built: all $(ISO_IMAGE)
deps-iso:
	@tools/deps.sh iso

# Not as root: only the writing itself is, or build/ would be full of root's files.
write-usb: usb ## write the image to a stick, DEVICE=/dev/sdX (asks; without DEVICE: shows what there is)
	@$(if $(DEVICE),$(if $(filter 0,$(shell id -u)),,sudo) tools/groma-usb $(DEVICE),tools/groma-usb --list)
