// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <ostream>
#include <string>
#include <vector>

#include "cmd/context.h"
#include "cmd/explanation.h"
#include "cmd/image_file.h"
#include "cmd/image_json.h"
#include "cmd/image_text.h"
#include "cmd/parallel.h"
#include "host/inspect.h"
#include "image/image.h"
#include "image/openssl.h"
#include "trust/image_assess.h"

namespace kxk::cmd {
namespace {

struct InspectOptions {
    std::vector<std::string> paths;
    bool json = false;
};

/* What became of one file, ready to be printed. */
struct FileReport {  // NOLINT(bugprone-exception-escape): Json has no more than assertions
    trust::Answer intact = trust::Answer::cannot_tell;
    std::string text;
    std::string error;  // for standard error
    trust::Json json;
};

FileReport report_failure(const std::string& path, const Explanation& explanation) {
    FileReport report;
    report.error =
        fmt::format("kexec-keyrings: {}\nremedy: {}\n", explanation.cause, explanation.remedy);
    report.json = {{"path", path}, {"error", to_json(explanation)}};
    return report;
}

FileReport inspect_file(const host::System& system, const std::string& path,
                        const std::string& arch, const InspectOptions& options, bool colour) {
    const auto content = system.map_file(path);
    if (!content)
        return report_failure(path, explain_unreadable(path, content.error()));
    const auto bytes = (*content)->bytes();
    if (bytes.empty()) {
        return report_failure(path, {"empty", ENOEXEC, fmt::format("{}: the file is empty", path),
                                     "install the kernel again"});
    }

    auto facts = image::read_image(image::ByteView(bytes));
    if (const int error = (*content)->error())
        return report_failure(path, explain_unreadable(path, error));
    facts.path = path;
    FileReport report;
    report.intact = trust::is_intact(facts);
    if (!options.json) {
        report.text = image_text(facts, arch, colour);
        return report;
    }
    const auto loader = trust::loader_answer(facts, arch);
    report.json = to_json(facts);
    report.json["kexec_file_load"] = {
        {"arch", arch},
        {"takes", loader.takes == trust::Answer::cannot_tell
                      ? trust::Json()
                      : trust::Json(loader.takes == trust::Answer::yes)},
        {"errno", loader.error == 0 ? trust::Json() : trust::Json(errno_name(loader.error))},
        {"reason", loader.text},
    };
    return report;
}

/* "no" of one file is the answer for all of them, and only then what could not be told counts. */
class Conclusion {
  public:
    void add(trust::Answer answer) {
        no_ = no_ || answer == trust::Answer::no;
        unknown_ = unknown_ || answer == trust::Answer::cannot_tell;
    }

    [[nodiscard]] Exit exit() const {
        return no_ ? Exit::no : unknown_ ? Exit::cannot_tell : Exit::yes;
    }

  private:
    bool no_ = false;
    bool unknown_ = false;
};

/* How far it is, on a line of a terminal that is written over. */
class Progress {
  public:
    Progress(std::ostream& terminal, std::size_t total, bool wanted)
        : terminal_(terminal), total_(total), wanted_(wanted && total > 1) {}

    void show(std::size_t done) {
        if (wanted_)
            terminal_ << fmt::format("\r{}/{} files", done, total_) << std::flush;
    }

    /* Before anything else is written to the terminal. */
    void clear() {
        if (wanted_)
            terminal_ << "\r\033[K";
    }

  private:
    std::ostream& terminal_;
    std::size_t total_;
    bool wanted_;
};

Exit inspect(const InspectOptions& options, Context& context) {
    image::prepare_openssl_to_judge();
    context.system.give_up_privileges();
    const auto arch = host::architecture(context.system);
    const auto count = options.paths.size();
    std::vector<FileReport> reports(count);
    Conclusion conclusion;
    Progress progress(context.err, count, context.progress);
    auto images = trust::Json::array();

    progress.show(0);
    for_each_parallel(
        count, cores(),
        [&](std::size_t i) {
            reports[i] =
                inspect_file(context.system, options.paths[i], arch, options, context.colour);
        },
        [&](std::size_t i) {
            auto report = std::exchange(reports[i], {});
            conclusion.add(report.intact);
            progress.clear();
            context.err << report.error;
            if (options.json)
                images.push_back(std::move(report.json));
            else if (!report.text.empty())
                context.out << report.text << std::flush;
            progress.show(i + 1);
        });
    progress.clear();
    if (options.json)
        context.out << trust::to_text({{"schema", 1}, {"images", std::move(images)}});
    return conclusion.exit();
}

constexpr const char* inspect_footer = R"(Examples:
  kexec-keyrings inspect /boot/vmlinuz-*
  kexec-keyrings inspect --json Image | jq '.images[].signatures[].signers'

Nobody is asked whom this machine trusts: a signature is intact when it is about
this very file, and was made by whom it names. "Loadable" tells whether the loader
of kexec_file_load(2) on this machine's architecture takes the format.

Exit status: 0 every file has an intact signature, 1 one has none or a bad one,
2 wrong command line, 3 cannot tell (a file cannot be read, or a signer's
certificate is not in the file)

JSON, where null means "none" or "cannot tell":
  schema                 1; keys are added, never changed
  images                 one for each file, in their order; with "error" for what
                         cannot be read: code, errno, errno_name, cause, remedy
    format, arch         x86_bzimage, arm64_image, s390_image, efi_zboot,
                         unified_kernel, efi_program, gzip, elf or unknown
    details              what the headers say
    form                 authenticode, appended or none
    sha256               of what is signed: Authenticode's digest, or the content
    intact               the signature that the kernel looks at
    structure_error      errno of the kernel's verifier for a malformed file;
                         structure_error_before_6_3: of older ones
    signatures           each with its signers, and all certificates in it
    kexec_file_load      takes, errno, reason)";

}  // namespace

void add_inspect(CLI::App& app, Action& chosen) {
    auto* command =
        app.add_subcommand("inspect", "What a kernel image is, and who signed it: many at once");
    auto options = std::make_shared<InspectOptions>();

    command->add_option("IMAGE", options->paths, "Kernel images, or any EFI programs")->required();
    command->add_flag("--json", options->json, "Report as JSON");
    command->footer(inspect_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return inspect(*options, context); };
    });
}

}  // namespace kxk::cmd
