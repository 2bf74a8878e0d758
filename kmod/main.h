/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_MAIN_H
#define KXK_MAIN_H

#include "policy.h"
#include "redirect.h"

/**
 * struct kxk_state - what was found and done at load; constant from then on
 * @observing: mode=observe, nothing is redirected
 * @engine: what redirects; KXK_ENGINE_AUTO if nothing does
 * @target: name of the function that verifies images
 * @native: the policy of this kernel without us
 * @active: the policy now
 */
struct kxk_state {
	bool observing;
	enum kxk_engine engine;
	const char *target;
	struct kxk_policy native;
	struct kxk_policy active;
};

#endif
