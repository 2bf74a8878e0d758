// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * <keyutils.h> for C++. Up to libkeyutils 1.6.1 it leaves out extern "C", and a parameter in it has
 * the name of a keyword. What it includes itself comes first, and sees nothing of that.
 */
#pragma once

#include <sys/types.h>
#include <cstdint>

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
#define private private_key
extern "C" {
#include <keyutils.h>
}
#undef private
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
