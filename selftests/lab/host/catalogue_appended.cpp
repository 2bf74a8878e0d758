// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/catalogue_maker.h"
#include "host/corruption.h"

namespace kxk::lab {

void add_appended_images(CatalogueMaker& maker) {
    const Signer& signer = maker.signer();
    const std::string good = signer.sign(maker.base(), {"platform"});
    const std::string by_unknown = signer.sign(maker.base(), {"unknown"});
    const Appended parts = take_apart(good);

    maker.group("signatures");
    maker.add("two-known-first", "signed by platform, and all of that by unknown",
              signer.sign(good, {"unknown"}));
    maker.add("two-unknown-first", "signed by unknown, and all of that by platform",
              signer.sign(by_unknown, {"platform"}));
    add_joint_images(maker);
    maker.add("attributes", "signed by platform, with signed attributes",
              signer.append_with_attributes(maker.base(), {"platform"}));

    maker.group("tampered");
    // With a certificate, to damage that as well
    const std::string whole = signer.sign(maker.base(), {"platform", "sha256", {}, {"platform"}});
    maker.add("with-certificate", "signed by platform, the certificate in it", whole);
    for (const Spot& spot : appended_spots(whole)) {
        maker.add("tampered-" + spot.name, "the same, then changed: " + spot.text,
                  flipped(whole, spot.offset));
    }
    maker.add("of-another", "with platform's signature of an image that differs in a byte",
              put_together({maker.base(),
                            take_apart(signer.sign(maker.other_base(), {"platform"})).message}));

    maker.group("structure");
    for (const WrongField& wrong : wrong_fields(parts)) {
        maker.add("field-" + wrong.name,
                  "signed by platform, struct module_signature: " + wrong.text,
                  put_together(parts, wrong.signature));
    }

    maker.group("truncated");
    for (const Spot& spot : appended_cuts(good)) {
        maker.add("cut-" + spot.name, "signed by platform, then cut: " + spot.text,
                  cut(good, spot.offset));
    }
    maker.add("cut-pkcs7-only", "signed by platform, the half of its message missing",
              put_together({parts.content, cut(parts.message, parts.message.size() / 2)}));

    maker.group("trailing");
    maker.add("trailing-8", "signed by platform, eight bytes behind the line at the end",
              good + "trailing");
    maker.add("trailing-newline", "signed by platform, an empty line at the end", good + "\n");
    maker.add("trailing-in-message", "signed by platform, eight bytes behind the message",
              put_together({parts.content, parts.message + "trailing"}));
    maker.add("trailing-in-content", "signed by platform, a byte before the message",
              put_together({parts.content + "t", parts.message}));
    maker.add("trailing-in-message-unknown", "signed by unknown, eight bytes behind the message",
              put_together({parts.content, take_apart(by_unknown).message + "trailing"}));
}

}  // namespace kxk::lab
