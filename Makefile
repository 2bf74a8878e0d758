# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The one entry to everything; `make help` tells what there is.

# The architecture of the lab's guest (make demo, make lab), or of the kernel
# that the module is built for (make kmod): arm64, s390x or x86_64.
ARCH ?=
CROSS_COMPILE ?=

KDIR ?= /lib/modules/$(shell uname -r)/build
OUT ?= build/kmod/$(or $(ARCH),native)-$(notdir $(patsubst %/build,%,$(abspath $(KDIR))))

# Linux calls the architecture of s390x "s390".
kernel-arch = $(patsubst s390x,s390,$(1))

.DELETE_ON_ERROR:
.PHONY: help
help:
	@echo 'kexec-keyrings'
	@echo
	@echo '  make demo [ARCH=arm64|s390x|x86_64]  what it is all about, seen in a guest (arm64)'
	@echo '  make check                           every test'
	@echo '  make lab ARCH=... [KERNEL=...]       a shell in a guest (KERNEL: 5.10.13)'
	@echo
	@echo '  make kmod [KDIR=...] [ARCH=... CROSS_COMPILE=...] [OUT=...]'
	@echo '                                       the module, for the kernel built in KDIR'
	@echo '  make user                            the companion, build/user/<arch>/kexec-keyrings'
	@echo '  make clean                           forget build/ (kernels stay in the cache)'

.PHONY: kmod
kmod:
	@kmod/build.sh $(KDIR) $(OUT) $(if $(ARCH),ARCH=$(call kernel-arch,$(ARCH))) \
		$(if $(CROSS_COMPILE),CROSS_COMPILE=$(CROSS_COMPILE)) $(if $(W),W=$(W)) \
		$(if $(C),C=$(C) CHECK='$(CHECK)')

.PHONY: clean
clean:
	rm -rf build
