// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/firmware_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "host/catalogue.h"
#include "host/foretold.h"
#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

using nlohmann::json;

constexpr const char* before = "before";
constexpr const char* loaded = "loaded";
constexpr const char* policy_of_6_0 = "secondary platform";

/** Whose key shim brings along, and passes on with those of the machine's owner. */
constexpr const char* shims_vendor = "Debian Secure Boot CA";

/** What the owner of the machine enrolled. */
std::vector<Enrolment> enrolments() {
    return {{"PK", SignatureType::certificate, "owner"},
            {"KEK", SignatureType::certificate, "owner"},
            {"db", SignatureType::certificate, "platform"},
            {"db", SignatureType::certificate, "revoked"},
            {"db", SignatureType::certificate, "vetoed"},
            {"dbx", SignatureType::bare_certificate_digest, "vetoed"},
            {"dbx", SignatureType::certificate_digest, "revoked"},
            {"dbx", SignatureType::image_digest, std::string(revoked_image)},
            {"MokList", SignatureType::certificate, "mok"}};
}

/** The images of all signers, and those that variables have to do with. */
const ImageNames& all_images() {
    static const ImageNames names = [] {
        ImageNames all = signer_names();

        all.insert(all.end(),
                   {mok_image, revoked_image, revoked_signers_image, vetoed_signers_image});
        return all;
    }();

    return names;
}

std::string key_name(const std::string& who) {
    return fmt::format("kexec-keyrings lab: lab {} key", who);
}

/** The companion's answer in JSON; empty where it gave none. */
json answer_of(const Outcome& outcome, const std::string& id) {
    const StepResult* result = outcome.find(id);
    json answer = json::parse(result == nullptr ? "" : result->output, nullptr, false);

    return answer.is_object() ? answer : json::object();
}

/** A part of the companion's answer is as it must be. */
Expectation tells(const std::string& id, const char* pointer, const json& expected) {
    return [id, pointer, expected](const Outcome& outcome) -> Complaints {
        const json::json_pointer where(pointer);
        const json answer = answer_of(outcome, id);
        const json found = answer.contains(where) ? answer.at(where) : json("(absent)");

        return found == expected ? Complaints()
                                 : Complaints{fmt::format("{}: {} is {}, not {}", id, pointer,
                                                          found.dump(), expected.dump())};
    };
}

/** A variable that is a switch, as the firmware shows it: its attributes, and one byte. */
Expectation is_switch(const std::string& id, bool on) {
    return [id, on](const Outcome& outcome) -> Complaints {
        const StepResult* result = outcome.find(id);
        const std::string content = result == nullptr ? "" : result->output;
        const bool well = content.size() == 5 && content.back() == (on ? '\1' : '\0');

        return well ? Complaints() : Complaints{fmt::format("{}: not {}", id, on ? 1 : 0)};
    };
}

/** Which variable each key of a keyring came from, by the companion; "" where it names none. */
using Origins = std::map<std::string, std::string>;

Origins origins_on(const json& answer, const char* keyring) {
    Origins origins;

    for (const json& key : answer.value("keyrings", json::object())
                               .value(keyring, json::object())
                               .value("keys", json::array())) {
        const json variable = key.value("variable", json());

        origins[key.value("name", "")] = variable.is_string() ? variable.get<std::string>() : "";
    }
    return origins;
}

std::string text_of(const Origins& origins) {
    std::string text;

    for (const auto& [name, variable] : origins) {
        text += fmt::format("{}{} from {}", text.empty() ? "" : "; ", name,
                            variable.empty() ? "no variable" : variable);
    }
    return text.empty() ? "nothing" : text;
}

/** A keyring has these keys and no others, and the companion knows where each came from. */
Expectation has_origins(const std::string& id, const char* keyring, const Origins& expected) {
    return [id, keyring, expected](const Outcome& outcome) -> Complaints {
        const Origins origins = origins_on(answer_of(outcome, id), keyring);

        return origins == expected ? Complaints()
                                   : Complaints{fmt::format("{}: {}; expected: {}", keyring,
                                                            text_of(origins), text_of(expected))};
    };
}

/** What the companion computed in an image. */
std::string digest_in(const Outcome& outcome, std::string_view image, const char* pointer) {
    const json::json_pointer where(pointer);
    const json answer = answer_of(outcome, fmt::format("inspect/{}", image));

    return answer.contains(where) && answer.at(where).is_string()
               ? answer.at(where).get<std::string>()
               : "(not told)";
}

/**
 * The kernel took all that dbx has: its own list has the digests that the companion computes from
 * the images, and the companion knows that each came from dbx.
 */
Expectation blacklist_is_dbx(const std::string& listed, const std::string& told) {
    return [listed, told](const Outcome& outcome) {
        constexpr const char* signed_part =
            "/images/0/signatures/0/signers/0/certificate/tbs_digest";
        const std::string no_time(32, '0');
        const std::vector<std::string> entries{
            "bin:" + digest_in(outcome, revoked_image, "/images/0/signatures/0/digest"),
            "tbs:" + digest_in(outcome, revoked_signers_image, signed_part) + no_time,
            "tbs:" + digest_in(outcome, vetoed_signers_image, signed_part)};
        const Origins origins = origins_on(answer_of(outcome, told), ".blacklist");
        Complaints complaints;

        for (const std::string& entry : entries) {
            const Complaints missing = says(listed, entry + '\n')(outcome);

            complaints.insert(complaints.end(), missing.begin(), missing.end());
        }
        const bool all_from_dbx =
            std::all_of(origins.begin(), origins.end(),
                        [](const auto& origin) { return origin.second == "dbx"; });
        if (origins.size() != entries.size() || !all_from_dbx) {
            complaints.push_back(".blacklist: " + text_of(origins));
        }
        return complaints;
    };
}

/** A keyring has a key, and the companion knows which variable it came from. */
Expectation origin_of(const std::string& id, const std::string& keyring, const std::string& key,
                      const std::string& variable) {
    return [=](const Outcome& outcome) -> Complaints {
        const Origins origins = origins_on(answer_of(outcome, id), keyring.c_str());
        const auto found = origins.find(key);

        return found != origins.end() && found->second == variable
                   ? Complaints()
                   : Complaints{fmt::format("{}: {}; expected: {} from {}", keyring,
                                            text_of(origins), key, variable)};
    };
}

/** What each of the images that variables have to do with came to. */
Expectation came_to(const std::string& phase, const Column& expected) {
    return [phase, expected](const Outcome& outcome) {
        const Column column = column_of(outcome, phase, all_images());
        Complaints complaints;

        for (const auto& [image, error] : expected) {
            const auto cell = column.find(image);

            if (cell == column.end() || cell->second != error) {
                complaints.push_back(
                    fmt::format("{} image, {}: {}, not {}", image, phase,
                                cell == column.end() ? "no answer" : verdict_word(cell->second),
                                verdict_word(error)));
            }
        }
        return complaints;
    };
}

std::string add_variable(Scenario& scenario, const std::string& name) {
    return scenario.step(
        name, ReadFile{fmt::format("/sys/firmware/efi/efivars/{}-{}", name, vendors::global)});
}

/** The owner's choices for a distribution's kernel: there is no shim to tell it of more. */
std::vector<Enrolment> enrolments_without_shim() {
    std::vector<Enrolment> all = enrolments();

    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const Enrolment& one) { return one.variable == "MokList"; }),
              all.end());
    return all;
}

std::string add_status(Scenario& scenario) {
    return scenario.step("status", RunProgram{{"kexec-keyrings", "status", "--json"}});
}

/** Which keys and revocations the kernel took from the firmware. */
void add_keyrings_of_firmware(Scenario& scenario) {
    for (const std::string_view image :
         {revoked_image, revoked_signers_image, vetoed_signers_image}) {
        scenario.step(fmt::format("inspect/{}", image),
                      RunProgram{{"kexec-keyrings", "inspect", "--json", guest_image(image)}});
    }
    const auto platform = scenario.step("list/platform", ListKeys{".platform"});
    const auto blacklist = scenario.step("list/blacklist", ListKeys{".blacklist"});
    const auto told = scenario.step("keys", RunProgram{{"kexec-keyrings", "keys", "--json"}});

    std::vector<Expectation> on_platform;
    for (const char* who : {"platform", "revoked", "vetoed", "mok"}) {
        on_platform.push_back(says(platform, key_name(who)));
    }
    for (const char* who : {"owner", "unknown", "builtin", "secondary"}) {
        on_platform.push_back(says_nothing_of(platform, key_name(who)));
    }
    scenario.expect(".platform has the certificates of db and MokListRT, and no others",
                    all_of(std::move(on_platform)));
    scenario.expect("the companion tells which variable each key on .platform is from",
                    has_origins(told, ".platform",
                                {{key_name("platform"), "db"},
                                 {key_name("revoked"), "db"},
                                 {key_name("vetoed"), "db"},
                                 {key_name("mok"), "MokListRT"},
                                 {shims_vendor, "MokListRT"}}));
    scenario.expect(
        "the companion says of no other key that it is from a variable",
        all_of({has_origins(told, ".builtin_trusted_keys", {{key_name("builtin"), ""}}),
                has_origins(told, ".secondary_trusted_keys",
                            {{key_name("intermediate"), ""}, {key_name("secondary"), ""}})}));
    scenario.expect(".blacklist has the entries of dbx, and the companion tells that",
                    blacklist_is_dbx(blacklist, told));
    scenario.expect(
        "the companion tells who answers for the keys",
        all_of({exits_with(told, 0),
                tells(told, "/keyrings/.builtin_trusted_keys/root_of_trust",
                      "the kernel's own signature, which the firmware verified"),
                tells(told, "/keyrings/.platform/root_of_trust", "the firmware and its owner")}));
}

/** A scenario on a machine whose firmware has a disk with a kernel. */
Scenario with_firmware(const Variant& variant, const std::string& what) {
    Scenario scenario = locked_down(variant);

    scenario.name += ", " + what;
    scenario.firmware = FirmwareSetup{true, enrolments(), "platform"};
    return scenario;
}

/** Loads a module file by the companion, which answers in JSON. @return the step's id */
std::string add_load_of(Scenario& scenario, const std::string& id, const char* module,
                        const std::vector<std::string>& options = {}) {
    std::vector<std::string> argv{"kexec-keyrings", "load", "--json", "--module", module};

    argv.insert(argv.end(), options.begin(), options.end());
    return scenario.step(id, RunProgram{argv});
}

/** No signature, or one by a key that is not trusted: lockdown keeps the module out. */
void add_modules_refused(Scenario& scenario) {
    for (const auto& [what, module, error] :
         {std::tuple{"an unsigned module", guest_module_unsigned, EPERM},
          {"a module signed by an unknown key", guest_module_by_unknown, EPERM},
          {"a module changed since it was signed", guest_module_tampered, EKEYREJECTED}}) {
        const std::string name = what;
        const auto load = add_load_of(scenario, "load/" + name, module);
        const auto insmod = scenario.step("insmod/" + name, Insmod{module, ""});

        scenario.expect(
            name + " is refused, and the companion says why",
            all_of({fails_with(insmod, error), exits_with(load, 1),
                    tells(load, "/code", error == EPERM ? "unsigned" : "bad-signature")}));
    }
}

/** keyctl, as root uses it, takes the place of our own program here. */
void add_secondary_key_by_keyctl(Scenario& scenario) {
    const auto add = [&scenario](const std::string& id, const char* who) {
        return scenario.step(
            id, RunProgram{{"sh", "-c",
                            fmt::format("keyctl padd asymmetric '' %:.secondary_trusted_keys <{}",
                                        guest_certificate(who))}});
    };
    const auto early = add("keyctl/early", "secondary");
    const auto unknown = add("keyctl/unknown", "unknown");
    const auto intermediate = add("keyctl/intermediate", "intermediate");
    const auto secondary = add("keyctl/secondary", "secondary");
    const auto list =
        scenario.step("keyctl/list", RunProgram{{"keyctl", "list", "%:.secondary_trusted_keys"}});

    scenario.expect(
        "keyctl adds keys to the secondary keyring, each by one that is there already, and no "
        "others",
        all_of({exits_with(early, 1), says(early, "Required key not available"),
                exits_with(unknown, 1), says(unknown, "Required key not available"),
                succeeds(intermediate), succeeds(secondary), says(list, key_name("intermediate")),
                says(list, key_name("secondary")), says_nothing_of(list, key_name("unknown"))}));
}

Scenario secure_boot_cases(const Variant& variant) {
    Scenario scenario = with_firmware(variant, "Secure Boot");

    scenario.firmware->shim = true;
    add_secondary_key_by_keyctl(scenario);
    const auto secure_boot = add_variable(scenario, "SecureBoot");
    const auto setup_mode = add_variable(scenario, "SetupMode");
    const auto status = add_status(scenario);
    scenario.expect("the firmware says that Secure Boot is on",
                    all_of({is_switch(secure_boot, true), is_switch(setup_mode, false)}));
    scenario.expect("status: Secure Boot is on",
                    all_of({tells(status, "/secure_boot/enabled", true),
                            tells(status, "/secure_boot/setup_mode", false),
                            tells(status, "/secure_boot/firmware", "uefi")}));
    add_keyrings_of_firmware(scenario);

    add_cells(scenario.plan, before, all_images());
    add_explanations(scenario, before, variant, all_images());
    add_modules_refused(scenario);
    const auto load = add_load_of(scenario, "load", guest_module_by_companion);
    add_cells(scenario.plan, loaded, all_images());
    add_explanations(scenario, loaded, variant, all_images());
    const auto unload = add_unload(scenario, "unload");
    scenario.expect("native: explain foretells every verdict", foretold(before, all_images()));
    scenario.expect("native: only the image signed by builtin is accepted",
                    [](const Outcome& outcome) {
                        return compare_with_policy(column_of(outcome, before), "builtin");
                    });
    scenario.expect("the module that sign-module signed loads and unloads",
                    all_of({succeeds(load), succeeds(unload)}));
    scenario.expect("loaded: explain foretells every verdict", foretold(loaded, all_images()));
    scenario.expect("loaded: the verdicts are those of Linux 6.0", [](const Outcome& outcome) {
        return compare_with_policy(column_of(outcome, loaded), policy_of_6_0);
    });
    scenario.expect("loaded: the image of a Machine Owner Key is accepted, and was not before",
                    all_of({came_to(before, {{std::string(mok_image), EPERM}}),
                            came_to(loaded, {{std::string(mok_image), 0}})}));
    scenario.expect("loaded: an image is refused whose signer dbx revokes as Linux understands it",
                    came_to(loaded, {{std::string(vetoed_signers_image), EPERM}}));
    // No verifier of PE images asks for the image's digest on .blacklist. And the digest of a
    // certificate is there with the time of revocation behind it, which makes it another one.
    scenario.expect("loaded: Linux takes no notice of the other revocations in dbx",
                    came_to(loaded, {{std::string(revoked_image), 0},
                                     {std::string(revoked_signers_image), 0}}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

/** The same machine, after a visit to its setup menu. The kernel is one that nobody signed. */
Scenario secure_boot_off_cases(const Variant& variant) {
    Scenario scenario = with_firmware(variant, "Secure Boot off");

    scenario.firmware->secure_boot = false;
    scenario.firmware->kernel_signer.clear();
    const auto secure_boot = add_variable(scenario, "SecureBoot");
    const auto setup_mode = add_variable(scenario, "SetupMode");
    const auto status = add_status(scenario);
    const auto told = scenario.step("keys", RunProgram{{"kexec-keyrings", "keys", "--json"}});
    scenario.expect("the firmware says so, and starts a kernel that nobody signed",
                    all_of({is_switch(secure_boot, false), is_switch(setup_mode, false)}));
    scenario.expect("status: Secure Boot is off",
                    all_of({tells(status, "/secure_boot/enabled", false),
                            tells(status, "/secure_boot/firmware", "uefi")}));
    scenario.expect("the companion does not say that the firmware verified the kernel",
                    tells(told, "/keyrings/.builtin_trusted_keys/root_of_trust",
                          "the kernel itself, which no firmware verified"));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

/** A kernel that must not come up. */
Scenario refused_kernel(const std::string& refusal, const Variant& variant,
                        const std::string& signer, const std::string& what) {
    Scenario scenario = with_firmware(variant, what);

    scenario.firmware->kernel_signer = signer;
    scenario.last_words = refusal;
    scenario.step("never", ReadFile{"/proc/version"});
    scenario.expect("the firmware refuses to start it", [refusal](const Outcome& outcome) {
        const bool refused =
            outcome.results.empty() && outcome.failure.find(refusal) != std::string::npos;

        return refused ? Complaints() : Complaints{"what the lab saw: " + outcome.failure};
    });
    return scenario;
}

/**
 * A kernel that has a keyring of its own for the keys that shim passes on. It takes them only where
 * it can tell that Secure Boot is on, for which IMA has to have rules. These make it enforce
 * signatures, too.
 */
Scenario machine_keyring_cases(bool with_rules) {
    const std::string kernel = with_rules ? "6.1-ima" : "6.1";
    const Variant variant{kernel, kernel, "", policy_of_6_0};
    Scenario scenario = with_firmware(variant, "shim");
    const auto refusal = [with_rules](int error) { return with_rules ? error : EPERM; };

    scenario.firmware->shim = true;
    add_secondary_key(scenario);
    const auto trusted =
        scenario.step("trusted", ReadFile{"/sys/firmware/efi/mok-variables/MokListTrustedRT"});
    const auto machine = scenario.step("machine", RunProgram{{"keyctl", "list", "%:.machine"}});
    const auto platform = scenario.step("platform", RunProgram{{"keyctl", "list", "%:.platform"}});
    const auto told = scenario.step("keys", RunProgram{{"kexec-keyrings", "keys", "--json"}});
    const auto moks = scenario.step("moks", RunProgram{{"kexec-keyrings", "keys", "--mok"}});
    const auto native = add_load_of(scenario, "native", guest_module);
    add_cells(scenario.plan, before, all_images());
    add_explanations(scenario, before, variant, all_images());
    scenario.expect("shim passes on that the owner's keys count", succeeds(trusted));
    scenario.expect(with_rules ? "the owner's key is on .machine, and the companion tells that"
                               : "the owner's key is on no keyring, and the companion tells why",
                    all_of({with_rules ? says(machine, key_name("mok"))
                                       : says_nothing_of(machine, key_name("mok")),
                            says_nothing_of(platform, key_name("mok")), succeeds(told),
                            with_rules ? origin_of(told, ".machine", key_name("mok"), "MokListRT")
                                       : says(moks, "CONFIG_IMA_ARCH_POLICY")}));
    scenario.expect("the module refuses to load as native",
                    all_of({exits_with(native, 1), tells(native, "/code", "native")}));
    scenario.expect("the kernel takes the images of those on its keyrings, and no others",
                    came_to(before, {{std::string(mok_image), with_rules ? 0 : EPERM},
                                     {"secondary", 0},
                                     {"platform", 0},
                                     {"unknown", refusal(ENOKEY)},
                                     {"tampered", refusal(EKEYREJECTED)},
                                     {std::string(vetoed_signers_image), refusal(EKEYREJECTED)}}));
    scenario.expect("explain foretells every verdict", foretold(before, all_images()));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

/**
 * A distribution's kernel on a machine whose owner signed it as well, and locked it down by no more
 * than Secure Boot. It has the policy of 6.0, and loads the module for a test only.
 */
Scenario stock_secure_boot_cases(const std::string& kernel) {
    const Variant variant{kernel, kernel, ""};
    Scenario scenario = not_locked_down(variant);

    scenario.name += ", Secure Boot";
    scenario.firmware = FirmwareSetup{true, enrolments_without_shim(), "platform"};
    scenario.step("efivarfs", Insmod{guest_efivarfs, ""}, true);
    scenario.step("mount",
                  RunProgram{{"mount", "-t", "efivarfs", "efivarfs", "/sys/firmware/efi/efivars"}},
                  true);
    const auto secure_boot = add_variable(scenario, "SecureBoot");
    const auto lockdown = scenario.step("lockdown", ReadFile{"/sys/kernel/security/lockdown"});
    const auto status = add_status(scenario);
    scenario.expect("the firmware starts the kernel for the owner's signature",
                    is_switch(secure_boot, true));
    scenario.expect("the kernel locks itself down, and status tells both",
                    all_of({says(lockdown, "[integrity]"), tells(status, "/lockdown", "integrity"),
                            tells(status, "/secure_boot/enabled", true)}));
    const auto platform = scenario.step("list/platform", ListKeys{".platform"});
    scenario.expect(".platform has the keys of db",
                    all_of({says(platform, key_name("platform")),
                            says_nothing_of(platform, key_name("unknown"))}));
    add_modules_refused(scenario);

    const auto native = add_load_of(scenario, "native", guest_module);
    add_cells(scenario.plan, before, all_images());
    add_explanations(scenario, before, variant, all_images());
    const auto own_before = scenario.step("own-before", LoadImage{"/lab/stock-image"});
    const auto load = add_load_of(scenario, "load", guest_module, {"--force"});
    const auto loaded_status =
        scenario.step("loaded-status", RunProgram{{"kexec-keyrings", "status", "--json"}});
    add_cells(scenario.plan, loaded, all_images());
    add_explanations(scenario, loaded, variant, all_images());
    const auto own_loaded = scenario.step("own-loaded", LoadImage{"/lab/stock-image"});
    const auto unload = add_unload(scenario, "unload");

    scenario.expect(
        "signed by sign-module and the owner's key, the module starts: as there is "
        "nothing to backport, it says so",
        all_of({exits_with(native, 1), tells(native, "/code", "native")}));
    scenario.expect("with --force it stays, and status tells; it can be unloaded",
                    all_of({succeeds(load), exits_with(loaded_status, 0),
                            tells(loaded_status, "/module/loaded", true), succeeds(unload)}));
    scenario.expect(
        "the kernel takes its own image, and the owner's, but no revoked or unknown "
        "signer's",
        all_of({succeeds(own_before), succeeds(own_loaded),
                came_to(before, {{"platform", 0},
                                 {"unknown", EPERM},
                                 {"unsigned", EPERM},
                                 {"tampered", EPERM},
                                 {std::string(mok_image), EPERM},
                                 {std::string(vetoed_signers_image), EPERM}})}));
    scenario.expect("with the module, no verdict is another one", [](const Outcome& outcome) {
        return compare_columns(loaded, column_of(outcome, loaded, all_images()), before,
                               column_of(outcome, before, all_images()));
    });
    scenario.expect("explain foretells every verdict",
                    all_of({foretold(before, all_images()), foretold(loaded, all_images())}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

}  // namespace

std::vector<Scenario> firmware_scenarios(const Arch& arch, const Variant& variant) {
    if (!arch.firmware) {
        return {};
    }
    std::vector<Scenario> scenarios{
        secure_boot_cases(variant), secure_boot_off_cases(variant),
        refused_kernel(arch.firmware->refusal, variant, "unknown", "signed by an unknown key"),
        refused_kernel(arch.firmware->refusal, variant, "revoked", "signed by a revoked key")};

    if (arch.name == "x86_64") {
        scenarios.push_back(stock_secure_boot_cases("debian-5.10"));
    } else {
        // The whole matrix has the same kernels of x86_64.
        for (const bool with_rules : {true, false}) {
            scenarios.push_back(machine_keyring_cases(with_rules));
        }
    }
    return scenarios;
}

}  // namespace kxk::lab
