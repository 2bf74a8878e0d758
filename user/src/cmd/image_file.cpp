// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/image_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "image/image.h"

namespace kxk::cmd {

Explanation explain_unreadable(const std::string& path, int error) {
    Explanation explanation;
    explanation.code = "unreadable";
    explanation.error = error;
    switch (error) {
        case ENOENT:
            explanation.cause = fmt::format("{}: there is no such file", path);
            explanation.remedy = "check the name";
            break;
        case EACCES:
        case EPERM:
            explanation.cause = fmt::format("{}: you may not read it", path);
            explanation.remedy = "run this as root";
            break;
        case EISDIR:
            explanation.cause = fmt::format("{}: this is a directory", path);
            explanation.remedy = fmt::format("name the files, as in {}/*", path);
            break;
        case ENODEV:
            explanation.cause = fmt::format("{}: this is not a regular file", path);
            explanation.remedy = "copy what it gives into a file, and name that";
            break;
        case EIO:
            explanation.cause = fmt::format(
                "{}: a part of it could not be read: it became shorter meanwhile, or its disk "
                "failed",
                path);
            explanation.remedy =
                "try again when nobody writes it; if that does not help, see dmesg";
            break;
        default:
            explanation.cause = fmt::format("{}: it cannot be read ({})", path, errno_name(error));
            explanation.remedy = "check the file and the disk that it is on";
            break;
    }
    return explanation;
}

std::variant<Certificates, Explanation> read_certificate_files(
    const host::System& system, const std::vector<std::string>& paths) {
    Certificates certificates;
    for (const auto& path : paths) {
        const auto content = system.read_file(path);
        if (!content)
            return explain_unreadable(path, content.error());
        auto found = image::load_certificates(*content);
        if (found.empty())
            return Explanation{"not-a-certificate", EBADMSG,
                               fmt::format("{}: there is no certificate in it", path),
                               "name a file with certificates in PEM or one in DER"};
        for (auto& certificate : found) {
            certificates.plain.push_back(image::to_certificate(certificate.get()));
            certificates.x509.push_back(std::move(certificate));
        }
    }
    return certificates;
}

std::variant<trust::ImageFacts, Explanation> read_image_file(const host::System& system,
                                                             const std::string& path,
                                                             const Certificates& others) {
    const auto content = system.map_file(path);
    if (!content)
        return explain_unreadable(path, content.error());
    const auto bytes = (*content)->bytes();
    if (bytes.empty())
        return Explanation{"empty", ENOEXEC, fmt::format("{}: the file is empty", path),
                           "install the kernel again"};
    auto image = image::read_image(image::ByteView(bytes), others.x509);
    if (const int error = (*content)->error())
        return explain_unreadable(path, error);
    image.path = path;
    return image;
}

}  // namespace kxk::cmd
