// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/bench_boots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <sstream>

#include "host/catalogue.h"
#include "host/containers.h"
#include "host/failure.h"
#include "host/steps.h"
#include "host/variants.h"

namespace kxk::lab {

namespace {

constexpr const char* kernel_name = "5.10.13-policy";
constexpr const char* native_phase = "native";
/** It takes an owner's keys for .machine, as the rules of IMA tell it that Secure Boot is on. */
constexpr const char* owners_kernel = "6.1-ima";
constexpr const char* owners_phase = "6.1";
constexpr const char* owners_verify_sig = "kexec_kernel_verify_pe_sig";
constexpr const char* measure_file = "/sys/module/kxk_fixture/parameters/measure";
constexpr const char* deeper_file = "/sys/module/kxk_fixture/parameters/deeper";
constexpr const char* size_file = "/sys/module/kexec_keyrings/coresize";
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

/** What is done again is done in fewer instructions: nothing is new to the caches of the kernel. */
int rounds_of(const BenchImage& image) {
    constexpr int few = 3;
    constexpr int many = 8;

    if (image.content > bench_kernel_size) {
        return 1;
    }
    return image.content > bench_least_size ? few : many;
}

/** The parts of a file that are not zeros, in pages. */
std::vector<Patch> parts_of(const std::string& contents) {
    constexpr std::size_t page = 4096;
    std::vector<Patch> parts;

    for (std::size_t offset = 0; offset < contents.size(); offset += page) {
        const std::string part = contents.substr(offset, page);

        // The first one is there in any case: it replaces what the guest makes the file from.
        if (offset == 0 || part.find_first_not_of('\0') != std::string::npos) {
            parts.push_back({offset, part});
        }
    }
    return parts;
}

void add_measurements(Scenario& scenario, const std::string& phase, int crowd,
                      const std::vector<BenchImage>& images) {
    for (const int depth : bench_depths) {
        scenario.step(fmt::format("{}/{}/deeper-{}", phase, crowd, depth),
                      WriteFile{deeper_file, std::to_string(depth)}, true);
        for (const BenchImage& image : images) {
            for (int round = 0; round < rounds_of(image); ++round) {
                const std::string name =
                    fmt::format("{}/{}/{}/{}/{}", phase, crowd, image.name, depth, round);

                scenario.step(name + "/write", WriteFile{measure_file, image.file.path}, true);
                scenario.step(name, ReadFile{measure_file}, true);
            }
        }
    }
}

std::vector<BenchImage> smallest(const std::vector<BenchImage>& images) {
    std::vector<BenchImage> small;

    std::copy_if(images.begin(), images.end(), std::back_inserter(small),
                 [](const BenchImage& image) { return image.content == bench_least_size; });
    return small;
}

std::string crowd_file(std::size_t number) {
    return fmt::format("/run/crowd-{}.der", number);
}

/** Measures the smallest images again as the keyring becomes full. */
void add_crowds(Scenario& scenario, const std::string& phase,
                const std::vector<BenchImage>& images) {
    std::size_t present = 0;

    for (const int crowd : bench_crowds) {
        for (; present < static_cast<std::size_t>(crowd); ++present) {
            scenario.step(fmt::format("crowd-{}", present),
                          AddKey{crowd_file(present), ".secondary_trusted_keys"}, true);
        }
        add_measurements(scenario, phase, crowd, smallest(images));
    }
}

BenchImage make_bench_image(const Signer& signer, std::uint16_t machine, const std::string& name,
                            const std::string& who, std::uint64_t size) {
    const std::string zeros(size, '\0');
    const std::string signed_image = signer.sign(
        signer.kind() == Signature::appended ? zeros : zboot_wrapped(zeros, machine), {who});

    return {name,
            who,
            size,
            {"/run/bench-" + name, guest_certificate("builtin"), signed_image.size(),
             parts_of(signed_image)}};
}

Scenario bench_scenario(const Arch& arch, const std::string& name, const std::string& options,
                        const std::vector<BenchImage>& images, const Crowd& crowd) {
    constexpr int memory_for_the_largest = 2048;
    Scenario scenario = not_locked_down({name, kernel_name, "loglevel=3 " + options});

    scenario.counts_instructions = true;
    scenario.memory_mib = memory_for_the_largest;
    for (const BenchImage& image : images) {
        scenario.plan.files.push_back(image.file);
    }
    for (std::size_t i = 0; i < crowd.size(); ++i) {
        scenario.plan.files.push_back(
            {crowd_file(i), guest_certificate("builtin"), crowd[i].size(), {{0, crowd[i]}}});
    }
    scenario.step(
        "fixture",
        Insmod{guest_fixture, fmt::format("path={} judge={}{}", guest_certificate("platform"),
                                          arch.verify_sig, arch.firmware ? "" : " secure_ipl=1")},
        true);
    add_secondary_key(scenario);
    return scenario;
}

const StepResult& result_of(const Outcome& outcome, const std::string& step) {
    const StepResult* result = outcome.find(step);

    if (result == nullptr) {
        throw Failure(fmt::format("there is no result of {}: {}", step, outcome.failure));
    }
    return *result;
}

/** Counts a round. */
void take_least(Instructions& instructions, int depth, std::int64_t round) {
    std::int64_t& least = instructions.emplace(depth, round).first->second;

    least = std::min(least, round);
}

/** A result as add_measurements() asked for it; nothing if it is of another step. */
std::optional<Measurement> measurement_of(const StepResult& result,
                                          const std::vector<BenchImage>& images) {
    std::istringstream parts(result.id);
    std::string crowd;
    std::string depth;
    std::string round;
    Measurement measured;

    if (!std::getline(parts, measured.phase, '/') || !std::getline(parts, crowd, '/') ||
        !std::getline(parts, measured.image, '/') || !std::getline(parts, depth, '/') ||
        !std::getline(parts, round, '/') || !parts.eof()) {
        return std::nullopt;
    }
    const auto image = std::find_if(images.begin(), images.end(), [&measured](const auto& other) {
        return other.name == measured.image;
    });
    std::istringstream numbers(result.output);
    std::int64_t verification = 0;
    std::int64_t digest = 0;
    if (image == images.end() || !(numbers >> measured.verdict >> verification >> digest)) {
        throw Failure(fmt::format("{} is no measurement: \"{}\"", result.id, result.output));
    }
    measured.bytes = image->file.size;
    measured.crowd = std::atoi(crowd.c_str());
    take_least(measured.verification, std::atoi(depth.c_str()), verification);
    take_least(measured.digest, std::atoi(depth.c_str()), digest);
    return measured;
}

}  // namespace

std::int64_t mean(const Instructions& instructions) {
    std::int64_t sum = 0;

    for (const auto& [depth, count] : instructions) {
        sum += count;
    }
    return instructions.empty() ? 0 : sum / static_cast<std::int64_t>(instructions.size());
}

std::vector<BenchImage> make_bench_images(const Signer& signer, std::uint16_t machine) {
    const std::vector<std::uint64_t> sizes{mebibyte, 16 * mebibyte, 64 * mebibyte, 256 * mebibyte};
    std::vector<BenchImage> images;
    const auto add = [&](const std::string& name, const std::string& who, std::uint64_t size) {
        images.push_back(make_bench_image(signer, machine, name, who, size));
    };

    for (const char* who : {"builtin", "secondary", "platform", "unknown"}) {
        add(fmt::format("{}-least", who), who, bench_least_size);
        add(who, who, bench_kernel_size);
    }
    // By way of the platform keyring, the last that is asked.
    for (const std::uint64_t size : sizes) {
        add(fmt::format("platform-{}m", size / mebibyte), "platform", size);
    }
    return images;
}

std::vector<BenchImage> make_owners_bench_images(const Signer& signer, std::uint16_t machine) {
    std::vector<BenchImage> images;

    for (const char* who : {"builtin", "secondary", "machine", "platform", "unknown"}) {
        images.push_back(make_bench_image(signer, machine, who, who, bench_kernel_size));
    }
    return images;
}

Scenario bench_owners(const std::vector<BenchImage>& images) {
    Scenario scenario =
        not_locked_down({"6.1 measured with a key on .machine", owners_kernel, "loglevel=3"});

    scenario.counts_instructions = true;
    for (const BenchImage& image : images) {
        scenario.plan.files.push_back(image.file);
    }
    scenario.firmware = owners_firmware();
    scenario.firmware->shim = true;
    scenario.firmware->enrolments.push_back({"db", SignatureType::certificate, "platform"});
    scenario.firmware->enrolments.push_back({"MokList", SignatureType::certificate, "machine"});
    scenario.step("fixture", Insmod{guest_fixture, fmt::format("judge={}", owners_verify_sig)},
                  true);
    scenario.step(
        "owners-key",
        RunProgram{{"sh", "-c", "keyctl list %:.machine | grep -F ': lab machine key: '"}}, true);
    add_secondary_key(scenario);
    add_measurements(scenario, owners_phase, 0, images);
    return scenario;
}

Scenario bench_native(const Arch& arch, const std::vector<BenchImage>& images, const Crowd& crowd) {
    Scenario scenario = bench_scenario(arch, "measured with the policy of 6.0 in its source",
                                       "kexec_lab_policy=secondary-platform", images, crowd);

    add_measurements(scenario, native_phase, 0, images);
    add_crowds(scenario, native_phase, images);
    return scenario;
}

Scenario bench_redirected(const Arch& arch, const std::vector<BenchImage>& images,
                          const Crowd& crowd) {
    Scenario scenario = bench_scenario(arch, "measured with the module",
                                       subjects_of(arch.name).front().options, images, crowd);
    const auto load = [&scenario](const std::string& id, const std::string& engine) {
        scenario.step(id, Insmod{guest_module, "engine=" + engine}, true);
    };

    for (const std::string& engine : arch.engines) {
        load(engine + "/load", engine);
        scenario.step(engine + "/memory", ReadFile{size_file}, true);
        add_measurements(scenario, engine, 0, images);
        scenario.step(engine + "/unload", Rmmod{module_name}, true);
    }
    load("again", arch.engines.front());
    add_crowds(scenario, arch.engines.front(), images);
    return scenario;
}

std::vector<Measurement> measurements_of(const Outcome& outcome,
                                         const std::vector<BenchImage>& images) {
    std::vector<Measurement> all;

    for (const StepResult& result : outcome.results) {
        const auto measured = measurement_of(result, images);

        if (!measured) {
            continue;
        }
        const auto known = std::find_if(all.begin(), all.end(), [&measured](const auto& other) {
            return other.phase == measured->phase && other.image == measured->image &&
                   other.crowd == measured->crowd;
        });
        if (known == all.end()) {
            all.push_back(*measured);
            continue;
        }
        if (known->verdict != measured->verdict) {
            throw Failure(result.id + " is judged otherwise than before");
        }
        for (const auto& [depth, instructions] : measured->verification) {
            take_least(known->verification, depth, instructions);
            take_least(known->digest, depth, measured->digest.at(depth));
        }
    }
    for (const Measurement& measured : all) {
        if (measured.verification.size() != std::size(bench_depths)) {
            throw Failure(fmt::format("{} of {} was not measured at each depth of the stack",
                                      measured.image, measured.phase));
        }
    }
    return all;
}

std::vector<ModuleCost> module_costs_of(const Outcome& outcome, const Arch& arch) {
    std::vector<ModuleCost> costs;

    for (const std::string& engine : arch.engines) {
        costs.push_back({engine, result_of(outcome, engine + "/load").nanoseconds,
                         result_of(outcome, engine + "/unload").nanoseconds,
                         std::atoll(result_of(outcome, engine + "/memory").output.c_str())});
    }
    return costs;
}

}  // namespace kxk::lab
