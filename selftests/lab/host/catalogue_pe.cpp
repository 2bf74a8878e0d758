// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/catalogue_maker.h"
#include "host/corruption.h"

namespace kxk::lab {

void add_pe_images(CatalogueMaker& maker) {
    const Signer& signer = maker.signer();
    const std::string good = signer.sign(maker.base(), {"platform"});
    const std::string by_unknown = signer.sign(maker.base(), {"unknown"});

    maker.group("signatures");
    maker.add("two-known-first", "two table entries: platform's and unknown's",
              signer.sign(good, {"unknown"}));
    maker.add("two-unknown-first", "two table entries: unknown's and platform's",
              signer.sign(by_unknown, {"platform"}));
    maker.add("two-known", "two table entries: secondary's and platform's",
              signer.sign(signer.sign(maker.base(), {"secondary"}), {"platform"}));
    add_joint_images(maker);

    maker.group("tampered");
    for (const Spot& spot : pe_spots(good)) {
        maker.add("tampered-" + spot.name, "signed by platform, then changed: " + spot.text,
                  flipped(good, spot.offset));
    }
    maker.add("of-another", "with platform's signature of an image that differs in a byte",
              flipped(signer.sign(maker.other_base(), {"platform"}), maker.base().size() / 2));
    maker.add("appended", "signed by platform, in the form of modules",
              put_together({maker.base(), "no message"}));

    maker.group("truncated");
    for (const Spot& spot : pe_cuts(good)) {
        maker.add("cut-" + spot.name, "signed by platform, then cut: " + spot.text,
                  cut(good, spot.offset));
    }

    maker.group("trailing");
    maker.add("trailing-8", "signed by platform, eight bytes behind the certificate table",
              good + "trailing");
    maker.add("trailing-1", "signed by platform, a byte behind the certificate table", good + "t");
    maker.add("trailing-in-entry",
              "signed by platform, eight bytes behind the message in its entry",
              with_longer_table(good, 8));
    maker.add("trailing-in-padding", "signed by platform, the padding of its entry not zero",
              with_longer_table(good, 9));
    maker.add("trailing-in-entry-unknown", "signed by unknown, bytes behind the message",
              with_longer_table(by_unknown, 8));
}

}  // namespace kxk::lab
