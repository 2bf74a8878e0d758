// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * By the system calls themselves: the C library has no functions for them. Source: Linux
 * Documentation/userspace-api/landlock.rst, capabilities(7).
 */
#include "host/confinement.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace kxk::host {
namespace {

// Of Linux 5.13, with the same numbers for every architecture; Debian 11's headers lack them.
constexpr long landlock_create_ruleset = 444;
constexpr long landlock_restrict_self = 446;
constexpr unsigned create_ruleset_version = 1;

/* The first member of struct landlock_ruleset_attr; the further ones are about the network. */
struct Ruleset {
    std::uint64_t handled_access_fs;
};

/* Everything that can be done to files, but for reading them and directories (bits 2 and 3). */
std::uint64_t all_but_reading(long version) {
    std::uint64_t access = 0x1ff3;  // run, write, remove, make: of the first version
    if (version >= 2)
        access |= 1U << 13U;  // link or move into another directory
    if (version >= 3)
        access |= 1U << 14U;  // truncate
    return access;
}

bool confine_files() {
    const long version = ::syscall(landlock_create_ruleset, nullptr, 0, create_ruleset_version);
    if (version < 1)
        return false;
    // A set without rules: nothing of what it handles is permitted.
    const Ruleset ruleset{all_but_reading(version)};
    const long set = ::syscall(landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
    if (set < 0)
        return false;
    const bool done = ::syscall(landlock_restrict_self, set, 0) == 0;
    ::close(static_cast<int>(set));
    return done;
}

bool drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0)
        return false;
    constexpr std::uint32_t kept = 1U << CAP_DAC_READ_SEARCH;
    for (auto& set : sets) {
        set.effective &= &set == sets.data() ? kept : 0U;
        set.permitted &= &set == sets.data() ? kept : 0U;
        set.inheritable = 0;
    }
    return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

}  // namespace

Confinement confine() {
    Confinement confinement;
    // Landlock wants it from who has no privileges.
    const bool for_good = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    confinement.files = for_good && confine_files();
    confinement.capabilities = drop_capabilities() && for_good;
    return confinement;
}

}  // namespace kxk::host
