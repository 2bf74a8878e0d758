// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>

#include "trust/image_facts.h"

namespace kxk::cmd {
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
    {trust::enotsupp, "ENOTSUPP"},
}};

}  // namespace

Exit exit_of(trust::Answer answer) {
    switch (answer) {
        case trust::Answer::yes:
            return Exit::yes;
        case trust::Answer::no:
            return Exit::no;
        case trust::Answer::cannot_tell:
            break;
    }
    return Exit::cannot_tell;
}

std::string errno_name(int error) {
    const auto* found = std::find_if(errno_names.begin(), errno_names.end(),
                                     [error](const auto& name) { return name.number == error; });
    return found == errno_names.end() ? fmt::format("errno {}", error) : found->name;
}

trust::Json to_json(const Explanation& explanation) {
    return {
        {"code", explanation.code},
        {"errno", explanation.error},
        {"errno_name", errno_name(explanation.error)},
        {"cause", explanation.cause},
        {"remedy", explanation.remedy},
    };
}

void print_for_people(const Explanation& explanation, const Context& context) {
    context.err << fmt::format("kexec-keyrings: {}\nremedy: {}\n", explanation.cause,
                               explanation.remedy);
}

}  // namespace kxk::cmd
