// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/keyring_setup.h"

#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* secondary_keyring = ".secondary_trusted_keys";

/** What the owner of a machine with UEFI has enrolled, and shim tells the kernel of. */
FirmwareSetup firmware_of(const Catalogue& catalogue, Shim shim) {
    FirmwareSetup setup = owners_firmware();

    setup.shim = shim == Shim::present;
    for (const KeyringEntry& entry : catalogue.keys) {
        const bool of_owner = entry.keyring == machine_owner;

        if (entry.keyring != secondary_keyring && (setup.shim || !of_owner)) {
            setup.enrolments.push_back(
                {of_owner ? "MokList" : "db", SignatureType::certificate, entry.certificate});
        }
    }
    for (const std::string& who : catalogue.revoked_certificates) {
        setup.enrolments.push_back({"dbx", SignatureType::bare_certificate_digest, who});
    }
    for (const std::string& digest : catalogue.revoked_digests) {
        setup.enrolments.push_back({"dbx", SignatureType::image_digest, "", digest});
    }
    return setup;
}

}  // namespace

void fill_keyrings(Scenario& scenario, const Arch& arch, const Catalogue& catalogue, Shim shim) {
    if (arch.firmware) {
        scenario.firmware = firmware_of(catalogue, shim);
    } else {
        scenario.notes.emplace_back(
            "a test-only fixture module fills .platform and .blacklist, and makes the guest count "
            "as secure-IPLed");
        scenario.step("fixture",
                      Insmod{guest_fixture, fixture_parameters(catalogue) + " secure_ipl=1"}, true);
    }
    for (const KeyringEntry& entry : catalogue.keys) {
        if (entry.keyring == secondary_keyring) {
            scenario.step("key-" + entry.certificate,
                          AddKey{guest_certificate(entry.certificate), entry.keyring}, true);
        }
    }
}

}  // namespace kxk::lab
