// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Guests that count the instructions of a verification. */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/conf.h"
#include "host/scenario.h"
#include "host/signer.h"

namespace kxk::lab {

/** An image whose verification is measured. */
struct BenchImage {
    std::string name;           ///< a word, [a-z0-9-]
    std::string signer;         ///< one of keys.sh's
    std::uint64_t content = 0;  ///< bytes, before it was signed
    DerivedFile file;
};

/** The content of those that are compared by who signed them: that of a kernel, 7 MiB. */
inline constexpr std::uint64_t bench_kernel_size = std::uint64_t{7} << 20U;
/** The content of the smallest. */
inline constexpr std::uint64_t bench_least_size = 4096;

/** Images of all signers, and of all sizes. @param machine  of the PE header */
[[nodiscard]] std::vector<BenchImage> make_bench_images(const Signer& signer,
                                                        std::uint16_t machine);

/** Images of the size of a kernel by all signers, the owner of the machine among them. */
[[nodiscard]] std::vector<BenchImage> make_owners_bench_images(const Signer& signer,
                                                               std::uint16_t machine);

/** Certificates that fill a keyring, one file each (DER). */
using Crowd = std::vector<std::string>;

/** How many of the crowd are on the keyring when verifications are measured again. */
inline constexpr int bench_crowds[] = {1, 10, 100, 1000};

/**
 * How many bytes deeper on the stack everything is measured: each place of a frame in 64 bytes, in
 * steps of 16, as arm64 has its frames. What a digest takes there depends on the place: for each
 * block it clears some of its stack, and memset() is quicker where that begins at a cache line.
 */
inline constexpr int bench_depths[] = {0, 16, 32, 48};

/** Instructions, the least of several rounds, by how much deeper the stack was. */
using Instructions = std::map<int, std::int64_t>;

/** Of all depths: where a caller's stack is does not count. */
[[nodiscard]] std::int64_t mean(const Instructions& instructions);

/** One verification. */
struct Measurement {
    std::string phase;  ///< native, or the engine by which the module redirects
    std::string image;
    std::uint64_t bytes = 0;  ///< of the image
    int crowd = 0;            ///< certificates on the keyring that have nothing to do with it
    int verdict = 0;          ///< 0, or an errno
    Instructions verification;
    Instructions digest;  ///< of one SHA-256 over the image
};

/** The module's coming and going, by an engine; most of that is waiting until nobody is in it. */
struct ModuleCost {
    std::string engine;
    std::int64_t load = 0;    ///< nanoseconds of finit_module(2), both probes included
    std::int64_t unload = 0;  ///< nanoseconds of delete_module(2)
    std::int64_t memory = 0;  ///< bytes that it takes while it is loaded
};

/** The kernel whose source has the policy of 6.0, which measures by itself. */
[[nodiscard]] Scenario bench_native(const Arch& arch, const std::vector<BenchImage>& images,
                                    const Crowd& crowd);

/** The same kernel with its older policy, and the module, by each engine. */
[[nodiscard]] Scenario bench_redirected(const Arch& arch, const std::vector<BenchImage>& images,
                                        const Crowd& crowd);

/**
 * Linux 6.1 by itself, with a key on .machine, which no older kernel of the lab has. By firmware
 * and shim: the owner's key is put there at boot, or not at all.
 */
[[nodiscard]] Scenario bench_owners(const std::vector<BenchImage>& images);

/** What was measured of each image. Throws Failure when something is missing. */
[[nodiscard]] std::vector<Measurement> measurements_of(const Outcome& outcome,
                                                       const std::vector<BenchImage>& images);

/** Throws Failure when something is missing. */
[[nodiscard]] std::vector<ModuleCost> module_costs_of(const Outcome& outcome, const Arch& arch);

}  // namespace kxk::lab
