// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * kxk-lab: boots kernels in QEMU and holds the verdicts of the module against the reference's.
 *
 * Exit status: 0 all is as it must be, 1 it is not or could not be found out, 2 wrong usage,
 * 128 + signal when interrupted. Those of `bisect` are for git, see bisect().
 */
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <system_error>

#include "host/commands.h"
#include "host/failure.h"

namespace kxk::lab {
namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_signal = 128;

int complain(int status, const std::string& what) {
    fmt::print(stderr, "kxk-lab: {}\n", what);
    return status;
}

void add_bisect_options(CLI::App& command, BisectOptions& wanted) {
    BisectQuestion& question = wanted.question;

    command.add_option("ARCH", wanted.arch, "architecture")->required();
    command.add_option("--tree", wanted.tree, "the kernel's source, a git checkout (.)");
    command
        .add_option_function<std::string>(
            "--ask",
            [&question](const std::string& ask) {
                question.ask = ask == "policy"          ? BisectAsk::policy
                               : ask == "module-builds" ? BisectAsk::module_builds
                                                        : BisectAsk::verdict;
            },
            "verdict: is an image accepted; policy: is it that of --expect; module-builds "
            "(verdict)")
        ->check(CLI::IsMember({"verdict", "policy", "module-builds"}));
    command
        .add_option("--image", question.image,
                    "signed by builtin, secondary, platform, unknown; or unsigned, tampered "
                    "(secondary)")
        ->check(CLI::IsMember(ImageNames(signer_names())));
    command
        .add_option("--lockdown", question.lockdown, "none, integrity, confidentiality (integrity)")
        ->check(CLI::IsMember({"none", "integrity", "confidentiality"}));
    command.add_flag("--with-module", question.with_module, "ask once the module is loaded");
    command.add_option(
        "--expect", question.expected,
        "what is 0, good or old: loads, refused; or a policy, \"secondary platform\" "
        "(loads)");
}

int run(int argc, char** argv) {
    const Signals signals;
    Options options;
    std::string arch = "arm64";
    std::string kernel_name = "5.10.13";
    std::vector<std::string> arches;
    std::string only;
    StressOptions hard;
    bool thorough = false;
    MatrixOptions wanted;
    FuzzOptions mutants;
    int timeout = static_cast<int>(options.timeout.count());
    int status = 0;
    CLI::App app("Boots kernels in QEMU and compares their verdicts about kexec images.",
                 "kxk-lab");

    app.require_subcommand(1);
    app.add_flag("--keep", options.keep, "leave the initramfs of each guest in place");
    app.add_option("--timeout", timeout, "seconds that a guest may be silent")
        ->check(CLI::Range(1, 86400));
    app.add_option("--engine", options.engine, "redirect engine of the demo: auto, ftrace, kprobe")
        ->check(CLI::IsMember({"auto", "ftrace", "kprobe"}));
    app.fallthrough();

    CLI::App* demo_command = app.add_subcommand("demo", "one table: what the module changes");
    demo_command->add_option("ARCH", arch, "architecture (arm64)");
    CLI::App* smoke_command = app.add_subcommand("smoke", "test cases, in TAP");
    smoke_command->add_option("ARCH", arches, "architectures (all)");
    smoke_command->add_option("--only", only, "guests with this text in their name (all)");
    smoke_command->add_flag("--thorough", thorough,
                            "also guests whose kernels are made for nothing else");
    CLI::App* stress_command =
        app.add_subcommand("stress", "the module under fire, and among faults, in TAP");
    stress_command->add_option("ARCH", hard.arches, "architectures (all)");
    stress_command->add_option("--only", hard.only, "guests with this text in their name (all)");
    stress_command->add_option("--cycles", hard.cycles, "loads and unloads by each engine (1000)")
        ->check(CLI::Range(1, 1000000));
    stress_command
        ->add_option("--duration", hard.seconds,
                     "instead, loads and unloads by each engine for so many seconds")
        ->check(CLI::Range(1, 1000000));
    stress_command
        ->add_option("--stride", hard.stride, "from one failing allocation to the next (1: all)")
        ->check(CLI::Range(1, 1000000));
    CLI::App* matrix_command = app.add_subcommand(
        "matrix", "every verdict beside those of the references, in TAP; goes on where it stopped");
    matrix_command->add_option("ARCH", wanted.arches, "architectures (all)");
    matrix_command->add_option("--kernel", wanted.kernel, "one kernel, with its references (all)");
    matrix_command->add_flag("--sample", wanted.sample, "a tenth of it");
    matrix_command->add_flag("--fresh", wanted.fresh, "take nothing from an earlier run");
    CLI::App* fuzz_command =
        app.add_subcommand("fuzz", "what kernels say of images each a little wrong, in TAP");
    fuzz_command->add_option("ARCH", mutants.arches, "architectures (all)");
    fuzz_command->add_option("--images", mutants.images, "how many for each architecture (2000)")
        ->check(CLI::Range(1, 100'000'000));
    fuzz_command->add_option("--seed", mutants.seed, "other images for another number (1)");
    BenchOptions benchmark;
    CLI::App* bench_command =
        app.add_subcommand("bench", "what a verification costs, in instructions of the guest");
    bench_command->add_option("ARCH", benchmark.arches, "architectures (all)");
    bench_command->add_option("--json", benchmark.json, "a file that gets all figures");
    BisectOptions bisection;
    CLI::App* bisect_command = app.add_subcommand(
        "bisect", "a step for `git bisect run`: build the commit, boot it, ask; 0, 1 or 125");
    add_bisect_options(*bisect_command, bisection);
    CLI::App* shell_command = app.add_subcommand("shell", "a shell in a guest");
    shell_command->add_option("ARCH", arch, "architecture")->required();
    shell_command->add_option("KERNEL", kernel_name, "kernel (5.10.13)");
    CLI::App* kernel_command = app.add_subcommand("kernel", "make a kernel, print its directory");
    kernel_command->add_option("ARCH", arch, "architecture")->required();
    kernel_command->add_option("NAME", kernel_name, "kernel")->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int wrong = bisect_command->parsed() ? bisect_broken : exit_usage;

        return app.exit(error) == 0 ? 0 : wrong;
    }
    options.timeout = std::chrono::seconds(timeout);

    if (demo_command->parsed()) {
        status = demo(signals, options, arch);
    } else if (smoke_command->parsed()) {
        status = smoke(signals, options, arches, only, thorough);
    } else if (stress_command->parsed()) {
        status = stress(signals, options, hard);
    } else if (matrix_command->parsed()) {
        status = matrix(signals, options, wanted);
    } else if (fuzz_command->parsed()) {
        status = fuzz(signals, options, mutants);
    } else if (bench_command->parsed()) {
        status = bench(signals, options, benchmark);
    } else if (bisect_command->parsed()) {
        status = bisect(signals, options, bisection);
    } else if (shell_command->parsed()) {
        status = shell(signals, options, arch, kernel_name);
    } else {
        status = kernel(signals, arch, kernel_name);
    }
    return status;
}

int run_and_explain(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const Interrupted& interruption) {
        return complain(exit_signal + interruption.signal(), "interrupted");
    } catch (const UsageError& error) {
        return complain(exit_usage, error.what());
    } catch (const std::system_error& error) {
        const bool full = error.code() == std::errc::no_space_on_device;
        return complain(exit_failure,
                        fmt::format("{}{}", error.what(), full ? "; make room on the disk" : ""));
    } catch (const std::exception& error) {
        return complain(exit_failure, error.what());
    }
}

}  // namespace
}  // namespace kxk::lab

int main(int argc, char** argv) {
    return kxk::lab::run_and_explain(argc, argv);
}
