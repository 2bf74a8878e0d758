# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The one entry to everything; `make help` tells what there is.

# The architecture of the lab's guest (make demo, make lab), or the one that the
# module or the companion is built for: arm64, s390x or x86_64.
ARCH ?=
CROSS_COMPILE ?=

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 5.10.13
ENGINE ?= auto

# Linux calls the architecture of s390x "s390".
kernel-arch = $(patsubst s390x,s390,$(1))
host-arch := $(patsubst aarch64,arm64,$(shell uname -m))
lab-arches := $(basename $(notdir $(wildcard selftests/lab/arch/*.conf)))

# $(call known,ARCH): ARCH, if the lab knows it
known = $(or $(filter $(lab-arches),$(1)),$(error there is no architecture "$(1)"; use one of: $(lab-arches)))
# $(call fact,ARCH,KEY): what arch/ARCH.conf says of KEY
fact = $(shell sed -n 's/^$(2)=//p' selftests/lab/arch/$(1).conf)

# Below us, make is run for things that our own arguments are not meant for.
afresh := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
	$(foreach argument,ARCH CROSS_COMPILE KDIR KERNEL ENGINE IMAGES SEED SUITE BUILD_TYPE OUT W C PREFIX DESTDIR,-u $(argument))

# $(call cmake,SOURCE,OUT,TARGETS,OPTIONS): configure and build
define cmake
@mkdir -p $(2)
@cmake -G 'Unix Makefiles' -S $(1) -B $(2) $(4) >$(2)/configure.log 2>&1 || { \
	tail -n 8 $(2)/configure.log >&2; \
	echo 'kexec-keyrings: $(1)/ cannot be configured; all that cmake said is in $(2)/configure.log' >&2; \
	exit 1; }
@$(afresh) cmake --build $(2) --parallel $(shell nproc) --target $(3) >&2 || { \
	df -Pk $(2) | awk 'NR == 2 && $$4 < 4096 { \
		print "kexec-keyrings: the disk that $(2) is on is full; make room and repeat" }' >&2; \
	exit 1; }
endef

.DELETE_ON_ERROR:
.PHONY: help
help:
	@echo 'kexec-keyrings'
	@echo
	@echo '  make demo [ARCH=arm64|s390x|x86_64]  what it is all about, seen in a guest (arm64)'
	@echo '            [ENGINE=ftrace|kprobe]'
	@echo '  make recording                       a session in a guest, as README.rst shows it'
	@echo '  make check                           every test; also check-style, check-user,'
	@echo '                                       check-kmod, check-lab, check-more, check-system,'
	@echo '                                       one part each'
	@echo '  make fuzz [TIME=600]                 fuzz the parsers, each so many seconds'
	@echo '  make fuzz-kernel [IMAGES=200000] [SEED=1] [ARCH=...]'
	@echo '                                       what kernels say of damaged images, with the module'
	@echo '                                       and with the policy of 6.0 of their own'
	@echo '  make bench [ARCH=...]                what a verification costs in instructions of a guest,'
	@echo '                                       by the kernel and by the module: build/bench/kernel.json'
	@echo '  make bench-report                    the plots of Documentation/performance.rst from that'
	@echo '  make bench-source ARCH=...           how long the module takes to build, beside a kernel'
	@echo '  make bench-lab [ARCH=...]            boots per minute of the guests'
	@echo '  make bench-user                      how fast inspect is, beside other tools'
	@echo '  make matrix [ARCH=...] [KERNEL=...]  every verdict beside those of kernels with the policy'
	@echo '                                       of 6.0; goes on where it was stopped; the report is'
	@echo '                                       build/matrix/matrix.html'
	@echo '  make stress [ARCH=...] [CYCLES=1000] the module under fire and among faults, also on kernels'
	@echo '              [DURATION=...] [STRIDE=1] that watch over themselves; hours, by default'
	@echo '  make kselftest                       what the kernel of this machine does, as root; also'
	@echo '            [TEST_ARGS="--key ..."]    make -C selftests run_tests, install, gen_tar'
	@echo '  make kselftest-install KSRC=...      that test as a target of kselftest in the source of'
	@echo '                                       a kernel: make TARGETS=kexec_keyrings kselftest'
	@echo '  make lab ARCH=... [KERNEL=...]       a shell in a guest (KERNEL: 5.10.13)'
	@echo
	@echo '  make bisect ARCH=... TREE=... OLD=... NEW=... [BISECT=...]'
	@echo '                                       which commit of a kernel tree changed a verdict'
	@echo
	@echo '  make kmod [KDIR=...] [ARCH=... CROSS_COMPILE=...] [OUT=...]'
	@echo '                                       the module, for the kernel built in KDIR'
	@echo '  make user [ARCH=...] [OUT=...]       the companion, build/user/<arch>/kexec-keyrings'
	@echo '  make docs                            the pages, build/docs/html; the man page beside them'
	@echo '            [KERNEL_DOC=...]           scripts/kernel-doc of a kernel, where one is at hand'
	@echo '  make man                             the man page alone, build/docs/kexec-keyrings.8'
	@echo '  make install [PREFIX=/usr/local] [DESTDIR=...]'
	@echo '                                       the command, its man page and completions, a unit'
	@echo '                                       that has the module loaded at boot; make uninstall'
	@echo '  make kmod-install [KDIR=...] [DESTDIR=...]'
	@echo '                                       the module, where modprobe finds it'
	@echo '  make dkms-install [DESTDIR=...] [KVER=...]'
	@echo '                                       the source of the module for DKMS; without DESTDIR'
	@echo '                                       also built and installed; make dkms-uninstall'
	@echo '  make dist                            the source as a tarball, build/dist'
	@echo '  make deb [SUITE=...] [ARCH=...]      packages for Debian, build/deb; with SUITE built in a'
	@echo '                                       root of that release, as root'
	@echo '  make rpm                             packages for others, build/rpm'
	@echo '  make clean                           forget build/ (kernels stay in the cache)'

kmod-out = $(or $(OUT),build/kmod/$(or $(ARCH),native)-$(notdir $(patsubst %/build,%,$(abspath $(KDIR)))))
.PHONY: kmod
kmod:
	@kmod/build.sh $(KDIR) $(kmod-out) $(if $(ARCH),ARCH=$(call kernel-arch,$(ARCH))) \
		$(if $(CROSS_COMPILE),CROSS_COMPILE=$(CROSS_COMPILE)) $(if $(W),W=$(W)) \
		$(if $(C),C=$(C) CHECK='$(CHECK)')

# For a kernel that is in DESTDIR, too. It is to be signed where it is then: each time, it is built anew.
.PHONY: kmod-install
kmod-install: kmod
	@release=$$(modinfo -F vermagic $(kmod-out)/kexec_keyrings.ko | cut -d ' ' -f 1) && \
		file="$(DESTDIR)/lib/modules/$$release/updates/kexec_keyrings.ko" && \
		install -D -m 0644 $(kmod-out)/kexec_keyrings.ko "$$file" && \
		depmod -b '$(or $(DESTDIR),/)' "$$release" && \
		echo "$$file"

# What DESTDIR and KVER do, the script says.
.PHONY: dkms-install dkms-uninstall
dkms-install dkms-uninstall:
	@$(afresh) DESTDIR='$(DESTDIR)' KVER='$(KVER)' kmod/dkms.sh $(@:dkms-%=%)

# For this machine against its own libraries; for another architecture, or where SUITE
# names a Debian release, against the unpacked packages of that. BUILD_TYPE is CMake's.
.PHONY: user
user: arch = $(call known,$(or $(ARCH),$(host-arch)))
user: suite = $(or $(SUITE),$(if $(filter-out $(host-arch),$(arch)),bookworm))
user: OUT ?= build/user/$(arch)
user:
	@selftests/deps.sh user $(if $(suite),cross-$(arch))
	$(call cmake,user,$(OUT),kexec-keyrings,-DKXK_TESTS=OFF -DKXK_STATIC=$(if $(suite),OFF,ON) \
		-DCMAKE_BUILD_TYPE=$(or $(BUILD_TYPE),RelWithDebInfo) $(if $(suite), \
		-DCMAKE_TOOLCHAIN_FILE=$(CURDIR)/user/cmake/cross.cmake \
		-DKXK_TRIPLET=$(call fact,$(arch),triplet) \
		-DKXK_SYSROOT="$$(selftests/lab/packages.sh sysroot $(suite) $(call fact,$(arch),debian))"))
	@echo $(OUT)/kexec-keyrings

# The command, its man page and completions, the unit and the rule of udev; by convention, below
# DESTDIR if that is given. What is installed is what make user builds.
PREFIX ?= /usr/local
# What has been installed, for each DESTDIR: a package is made, or a test run, and the machine's own stays known.
installed = $(OUT)/installed$(subst /,_,$(DESTDIR))
.PHONY: install uninstall
install: OUT ?= build/user/$(host-arch)
install:
	@selftests/deps.sh user man
	$(call cmake,user,$(OUT),all,-DKXK_TESTS=OFF -DKXK_STATIC=ON -DKXK_INSTALL=ON \
		-DCMAKE_BUILD_TYPE=$(or $(BUILD_TYPE),RelWithDebInfo) -DCMAKE_INSTALL_PREFIX='$(PREFIX)')
	@DESTDIR='$(DESTDIR)' cmake --install $(OUT) --strip
	@awk -v root='$(DESTDIR)' '{ print root $$0 }' $(OUT)/install_manifest.txt >$(installed)

uninstall: OUT ?= build/user/$(host-arch)
uninstall:
	@[ -f $(installed) ] || { \
		echo 'kexec-keyrings: nothing was installed from here; $(installed) would list it' >&2; \
		exit 1; }
	@xargs -d '\n' rm -fv <$(installed)
	@rm $(installed)

# The source as a tarball; twice the same bytes.
.PHONY: dist
dist: OUT ?= build/dist
dist:
	@user/packaging/dist.sh $(OUT)

# Three packages, by the machine's own tools for this machine; or, as root, by those of the Debian
# release SUITE, and there also for ARCH.
.PHONY: deb
deb: suite = $(or $(SUITE),$(if $(ARCH),bookworm))
deb: OUT ?= build/deb$(if $(suite),/$(suite)$(ARCH:%=-%))
deb:
	@selftests/deps.sh $(if $(suite),check,user man deb)
	@$(afresh) user/packaging/deb.sh $(OUT) $(suite) $(if $(ARCH),$(call fact,$(call known,$(ARCH)),debian))

# The same for others; see the script.
.PHONY: rpm
rpm: OUT ?= build/rpm
rpm:
	@selftests/deps.sh user man rpm
	@$(afresh) user/packaging/rpm.sh $(OUT)

# PROGRAM: a companion that is there already, to draw the trust graph.
.PHONY: docs
docs: OUT ?= build/docs
docs:
	@selftests/deps.sh docs $(if $(KERNEL_DOC),,kernel)
	$(if $(PROGRAM),,@$(MAKE) --no-print-directory user ARCH= SUITE= OUT=build/user/$(host-arch) >/dev/null)
	@Documentation/build.sh $(or $(PROGRAM),build/user/$(host-arch)/kexec-keyrings) $(OUT) $(KERNEL_DOC)

.PHONY: man
man: OUT ?= build/docs
man:
	@selftests/deps.sh man
	@mkdir -p $(OUT)
	@rst2man --halt=warning Documentation/man/kexec-keyrings.8.rst $(OUT)/kexec-keyrings.8
	@echo $(OUT)/kexec-keyrings.8

.PHONY: kxk-lab
kxk-lab:
	@selftests/deps.sh user kernel
	$(call cmake,selftests/lab,build/lab,kxk-lab,-DKXK_TESTS=OFF -DKXK_LAB_TESTS=OFF)

.PHONY: demo
demo: arch = $(call known,$(or $(ARCH),arm64))
demo:
	@selftests/deps.sh user kernel cross-$(arch) guest-$(arch)
	@$(MAKE) --no-print-directory kxk-lab
	@$(afresh) build/lab/kxk-lab --engine $(ENGINE) demo $(arch)

# A session in a guest, for README.rst
.PHONY: recording
recording: OUT ?= Documentation/recording.svg
recording:
	@selftests/deps.sh recording user kernel cross-arm64 guest-arm64
	@$(MAKE) --no-print-directory kxk-lab
	@$(afresh) Documentation/recording.sh build/lab/kxk-lab $(OUT)

# Which of its kernels, if not all, is for KERNEL to say, which has a default.
.PHONY: matrix
matrix: arches = $(if $(ARCH),$(call known,$(ARCH)),$(lab-arches))
matrix:
	@selftests/deps.sh user kernel check $(arches:%=cross-%) $(arches:%=guest-%)
	@$(MAKE) --no-print-directory kxk-lab
	@$(afresh) build/lab/kxk-lab matrix $(arches) \
		$(if $(filter file,$(origin KERNEL)),,--kernel '$(KERNEL)')

# The module comes and goes CYCLES times by each engine, or for DURATION seconds; every STRIDE-th
# allocation fails.
CYCLES ?= 1000
STRIDE ?= 1
.PHONY: stress
stress: arches = $(if $(ARCH),$(call known,$(ARCH)),$(lab-arches))
stress:
	@selftests/deps.sh user kernel check $(arches:%=cross-%) $(arches:%=guest-%)
	@$(MAKE) --no-print-directory kxk-lab
	@$(afresh) build/lab/kxk-lab stress $(arches) --cycles '$(CYCLES)' --stride '$(STRIDE)' \
		$(if $(DURATION),--duration '$(DURATION)')

# Which commit of TREE, from OLD to NEW, changed the answer; BISECT: more options of
# `kxk-lab bisect`, whose --expect is what OLD answers.
.PHONY: bisect
bisect: arch = $(call known,$(or $(ARCH),$(error which architecture? make bisect ARCH=..., one of: $(lab-arches))))
bisect: range = '$(or $(OLD),$(error which commit is old? make bisect OLD=...))' \
	'$(or $(NEW),$(error which commit is new? make bisect NEW=...))'
bisect: tree = $(abspath $(or $(TREE),$(error which kernel tree? make bisect TREE=...)))
bisect:
	@selftests/deps.sh user kernel cross-$(arch) guest-$(arch)
	@$(MAKE) --no-print-directory kxk-lab
	@$(afresh) selftests/lab/bisect.sh '$(tree)' $(range) \
		'$(CURDIR)/build/lab/kxk-lab' bisect $(arch) --tree '$(tree)' $(BISECT)

.PHONY: lab
lab: arch = $(call known,$(or $(ARCH),$(error which architecture? make lab ARCH=..., one of: $(lab-arches))))
lab:
	@selftests/deps.sh user kernel cross-$(arch) guest-$(arch)
	@$(MAKE) --no-print-directory kxk-lab
	@$(afresh) build/lab/kxk-lab shell $(arch) $(KERNEL)

.PHONY: kselftest
kselftest:
	@$(MAKE) --no-print-directory -C selftests run_tests

# A directory of its own, since kselftest's files are looked for beside it: it cannot be a link.
KSRC ?=
kselftest-in = $(KSRC)/tools/testing/selftests
.PHONY: kselftest-install
kselftest-install:
	@[ -f '$(kselftest-in)/lib.mk' ] || { \
		echo 'kexec-keyrings: "$(KSRC)" is not the source of a kernel; name one with KSRC=...' >&2; \
		exit 1; }
	@mkdir -p '$(kselftest-in)/kexec_keyrings'
	@cp selftests/Makefile selftests/kexec_keyrings.sh selftests/settings selftests/config \
		'$(kselftest-in)/kexec_keyrings/'
	@echo 'PROJECT := $(CURDIR)' >'$(kselftest-in)/kexec_keyrings/project.mk'
	@echo '$(kselftest-in)/kexec_keyrings'

check-sections := style user kmod lab more system
.PHONY: check $(check-sections:%=check-%)
check $(check-sections:%=check-%):
	@selftests/check.sh $(if $(filter check,$@),$(check-sections),$(@:check-%=%))

# For check-user: with sanitizers, without the optimisation that they would slow down
# By clang++, which makes the sanitizers' code in less time than g++; that builds everything else.
# The companion itself is built, too: without a warning, as the rest.
.PHONY: user-tests lab-tests
user-tests: targets = kxk-unit-tests kexec-keyrings
lab-tests: targets = kxk-lab-tests
user-tests lab-tests:
	@selftests/deps.sh user check fuzz
	$(call cmake,selftests/lab,build/check/lab,$(targets),-DCMAKE_BUILD_TYPE=Debug -DKXK_WERROR=ON \
		-DKXK_SANITIZE=ON -DKXK_TESTS=ON -DKXK_LAB_TESTS=ON -DCMAKE_CXX_COMPILER=clang++)

# Fuzz the parsers, each target for TIME seconds.
TIME ?= 600
.PHONY: fuzz
fuzz:
	@selftests/deps.sh user check fuzz
	@selftests/fuzz.sh $(TIME)

# Of each architecture, IMAGES; with another SEED they are others.
IMAGES ?= 200000
SEED ?= 1
.PHONY: fuzz-kernel
fuzz-kernel: arches = $(if $(ARCH),$(call known,$(ARCH)),$(lab-arches))
fuzz-kernel:
	@selftests/deps.sh user kernel check $(arches:%=cross-%) $(arches:%=guest-%)
	@$(MAKE) --no-print-directory kxk-lab
	@$(afresh) build/lab/kxk-lab fuzz $(arches) --images $(IMAGES) --seed $(SEED)

# What a verification costs: guests count their instructions.
.PHONY: bench
bench: arches = $(if $(ARCH),$(call known,$(ARCH)),$(lab-arches))
bench:
	@selftests/deps.sh user kernel $(arches:%=cross-%) $(arches:%=guest-%)
	@$(MAKE) --no-print-directory kxk-lab
	@mkdir -p build/bench
	@$(afresh) build/lab/kxk-lab bench $(arches) --json build/bench/kernel.json

.PHONY: bench-report
bench-report:
	@selftests/deps.sh report
	@selftests/bench-report.sh build/bench/kernel.json Documentation/performance

# How long it takes to come by the module, beside coming by another kernel.
.PHONY: bench-source
bench-source: arch = $(call known,$(or $(ARCH),$(error which architecture? make bench-source ARCH=..., one of: $(lab-arches))))
bench-source:
	@selftests/deps.sh kernel cross-$(arch)
	@selftests/lab/bench-source.sh $(arch)

# How often the guests of the lab can boot.
.PHONY: bench-lab
bench-lab: arches = $(if $(ARCH),$(call known,$(ARCH)),$(lab-arches))
bench-lab:
	@selftests/deps.sh user kernel $(arches:%=cross-%) $(arches:%=guest-%)
	@$(MAKE) --no-print-directory kxk-lab
	@$(afresh) selftests/lab/bench-lab.sh $(arches)

# How fast the companion is beside other tools: ratios, no verdict.
.PHONY: bench-user
bench-user:
	@selftests/deps.sh user kernel truth
	@$(MAKE) --no-print-directory user OUT=build/bench/user >/dev/null
	@selftests/bench-user.sh build/bench/user/kexec-keyrings

.PHONY: clean
clean:
	rm -rf build
