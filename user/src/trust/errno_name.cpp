// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/errno_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "trust/image_facts.h"

namespace kxk::trust {
namespace {

struct ErrnoName {
    int number;
    const char* name;
};

/* strerrorname_np(3) is newer than Debian 11. */
constexpr std::array<ErrnoName, 33> errno_names{{
    {EPERM, "EPERM"},
    {ENOENT, "ENOENT"},
    {EINTR, "EINTR"},
    {EIO, "EIO"},
    {ENXIO, "ENXIO"},
    {E2BIG, "E2BIG"},
    {ENOEXEC, "ENOEXEC"},
    {EAGAIN, "EAGAIN"},
    {ENOMEM, "ENOMEM"},
    {EACCES, "EACCES"},
    {EFAULT, "EFAULT"},
    {EBUSY, "EBUSY"},
    {EEXIST, "EEXIST"},
    {ENODEV, "ENODEV"},
    {ENOTDIR, "ENOTDIR"},
    {EISDIR, "EISDIR"},
    {EINVAL, "EINVAL"},
    {ENOTTY, "ENOTTY"},
    {ETXTBSY, "ETXTBSY"},
    {EFBIG, "EFBIG"},
    {ENOSPC, "ENOSPC"},
    {ENOSYS, "ENOSYS"},
    {ENODATA, "ENODATA"},
    {ENOPKG, "ENOPKG"},
    {EBADMSG, "EBADMSG"},
    {ELIBBAD, "ELIBBAD"},
    {EMSGSIZE, "EMSGSIZE"},
    {EOPNOTSUPP, "EOPNOTSUPP"},
    {ENOKEY, "ENOKEY"},
    {EKEYEXPIRED, "EKEYEXPIRED"},
    {EKEYREVOKED, "EKEYREVOKED"},
    {EKEYREJECTED, "EKEYREJECTED"},
    {enotsupp, "ENOTSUPP"},
}};

}  // namespace

std::string errno_name(int error) {
    const auto* found = std::find_if(errno_names.begin(), errno_names.end(),
                                     [error](const auto& name) { return name.number == error; });
    return found == errno_names.end() ? fmt::format("errno {}", error) : found->name;
}

}  // namespace kxk::trust
