/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The one place where the version stands: the module, the companion and the
 * packages read it from here.
 */
#ifndef KEXEC_KEYRINGS_VERSION_H
#define KEXEC_KEYRINGS_VERSION_H

#define KEXEC_KEYRINGS_VERSION "0.1.0"

#endif
