// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * What is fuzzed. Each target is a function over bytes, called by libFuzzer (fuzz_NAME), and by the
 * unit tests for the seeds and for what the fuzzer once found. With CMake: -DKXK_FUZZ=ON, clang++.
 */
#pragma once

#include "image/bytes.h"

namespace kxk::fuzz {

/** Headers, certificate table, digests, checksum. */
void read_pe(image::ByteView file);
/** Headers of every format but PE's, EFI zboot among them. */
void read_formats(image::ByteView file);
/** An appended signature, and a PKCS#7 message on its own. */
void read_appended(image::ByteView file);
/** EFI signature lists: what is in db, dbx and their like. */
void read_signature_lists(image::ByteView file);
/** All that `inspect` does with a file: reading, text, JSON. */
void inspect_file(image::ByteView file);

}  // namespace kxk::fuzz
