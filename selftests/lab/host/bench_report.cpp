// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kxk::lab {

namespace {

constexpr double percent = 100;
constexpr std::int64_t nanoseconds_per_millisecond = 1000000;

/** @return nullptr when it was not measured */
const Measurement* find(const std::vector<Measurement>& among, const Measurement& like) {
    const auto found = std::find_if(among.begin(), among.end(), [&like](const auto& other) {
        return other.image == like.image && other.crowd == like.crowd;
    });

    return found == among.end() ? nullptr : &*found;
}

double ratio(std::int64_t a, std::int64_t b) {
    return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

/** What the place of the stack makes of it, at most. */
std::int64_t spread(const Instructions& instructions) {
    const auto [least, most] =
        std::minmax_element(instructions.begin(), instructions.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; });

    return instructions.empty() ? 0 : most->second - least->second;
}

/** A line for each image, with the cost of each engine. */
std::string image_table(const BenchFigures& figures) {
    const auto costs = redirect_costs(figures);
    std::string text = fmt::format("{:<18} {:<24} {:>11} {:>15} {:>10} {:>9}", "image", "verdict",
                                   "bytes", "instructions", "of SHA-256", "by stack");

    for (const ModuleCost& module : figures.module) {
        text += fmt::format("   {:<20}", "by " + module.engine);
    }
    text += '\n';
    for (const Measurement& native : figures.native) {
        if (native.crowd != 0) {
            continue;
        }
        const std::int64_t instructions = mean(native.verification);

        text += fmt::format("{:<18} {:<24} {:>11} {:>15} {:>9.2f}x {:>7.3f} %", native.image,
                            verdict_word(native.verdict), native.bytes, instructions,
                            ratio(instructions, mean(native.digest)),
                            ratio(spread(native.verification), instructions) * percent);
        for (const ModuleCost& module : figures.module) {
            const auto cost = std::find_if(costs.begin(), costs.end(), [&](const auto& other) {
                return other.engine == module.engine && other.image == native.image;
            });

            text += cost == costs.end() ? fmt::format("   {:<20}", "-")
                                        : fmt::format("   {:+9} = {:+7.3f} %", cost->instructions,
                                                      cost->share * percent);
        }
        text += '\n';
    }
    return text;
}

/** A line for each image that was judged by the kernel with .machine. */
std::string owners_table(const BenchFigures& figures) {
    std::string text;

    if (!figures.owners.empty()) {
        text = fmt::format("Linux {} by itself, with a key on .machine:\n", figures.owners_release);
    }
    for (const Measurement& measured : figures.owners) {
        text +=
            fmt::format("{:<18} {:<24} {:>11} {:>15} {:>9.2f}x\n", measured.image,
                        verdict_word(measured.verdict), measured.bytes, mean(measured.verification),
                        ratio(mean(measured.verification), mean(measured.digest)));
    }
    return text;
}

/** A line for each number of certificates on the keyring. */
std::string crowd_table(const BenchFigures& figures) {
    std::string text =
        "instructions, the smallest image, by certificates that were added to "
        ".secondary_trusted_keys:\n";

    for (const Measurement& measured : figures.native) {
        if (measured.crowd == 0) {
            continue;
        }
        const Measurement* redirected = find(figures.redirected, measured);

        text += fmt::format("{:<18} {:>5} {:>15}   with the module {:>15}\n", measured.image,
                            measured.crowd, mean(measured.verification),
                            redirected == nullptr ? 0 : mean(redirected->verification));
    }
    return text;
}

nlohmann::json to_json(const Instructions& instructions) {
    nlohmann::json all = nlohmann::json::array();

    for (const auto& [depth, count] : instructions) {
        all.push_back({{"bytes_deeper", depth}, {"instructions", count}});
    }
    return all;
}

nlohmann::json to_json(const Measurement& measured) {
    return {{"phase", measured.phase},
            {"image", measured.image},
            {"bytes", measured.bytes},
            {"certificates_added", measured.crowd},
            {"error", measured.verdict},
            {"instructions", mean(measured.verification)},
            {"sha256_instructions", mean(measured.digest)},
            {"instructions_by_stack", to_json(measured.verification)},
            {"sha256_instructions_by_stack", to_json(measured.digest)}};
}

}  // namespace

Complaints different_verdicts(const BenchFigures& figures) {
    Complaints complaints;

    for (const Measurement& redirected : figures.redirected) {
        const Measurement* native = find(figures.native, redirected);

        if (native == nullptr || native->verdict != redirected.verdict) {
            complaints.push_back(
                fmt::format("{} by {}: {}; by the kernel: {}", redirected.image, redirected.phase,
                            verdict_word(redirected.verdict),
                            native == nullptr ? "not measured" : verdict_word(native->verdict)));
        }
    }
    return complaints;
}

std::vector<RedirectCost> redirect_costs(const BenchFigures& figures) {
    std::vector<RedirectCost> costs;

    for (const Measurement& redirected : figures.redirected) {
        const Measurement* native = find(figures.native, redirected);

        if (native != nullptr && redirected.crowd == 0) {
            const std::int64_t instructions = mean(native->verification);
            const std::int64_t more = mean(redirected.verification) - instructions;

            costs.push_back({redirected.phase, redirected.image, more, ratio(more, instructions)});
        }
    }
    return costs;
}

std::string format_bench(const BenchFigures& figures) {
    std::string text = fmt::format(
        "{}, Linux {}: a verification by the kernel with the policy of Linux 6.0, and what the "
        "module adds\n{}",
        figures.arch, figures.release, image_table(figures));

    for (const ModuleCost& module : figures.module) {
        text += fmt::format(
            "module, {}: {} ms to load, {} ms to unload, by the guest's clock; {} bytes while it "
            "is "
            "loaded\n",
            module.engine, module.load / nanoseconds_per_millisecond,
            module.unload / nanoseconds_per_millisecond, module.memory);
    }
    return text + crowd_table(figures) + owners_table(figures);
}

nlohmann::json bench_json(const std::vector<BenchFigures>& figures) {
    nlohmann::json all = {{"format", 1}, {"architectures", nlohmann::json::array()}};

    for (const BenchFigures& of : figures) {
        nlohmann::json arch = {{"arch", of.arch},
                               {"release", of.release},
                               {"verifications", nlohmann::json::array()},
                               {"module", nlohmann::json::array()}};

        for (const auto* measurements : {&of.native, &of.redirected, &of.owners}) {
            for (const Measurement& measured : *measurements) {
                arch["verifications"].push_back(to_json(measured));
            }
        }
        for (const ModuleCost& module : of.module) {
            arch["module"].push_back({{"engine", module.engine},
                                      {"load_nanoseconds", module.load},
                                      {"unload_nanoseconds", module.unload},
                                      {"bytes", module.memory}});
        }
        all["architectures"].push_back(arch);
    }
    return all;
}

}  // namespace kxk::lab
