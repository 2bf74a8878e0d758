// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What valgrind must not let pass, for selftests/fuzz.sh to see that it does not: with FAULT
 *
 *	1	bytes are read behind the end of a buffer
 *	2	something is decided by a byte that nobody has set
 *	3	memory is lost
 *	0	nothing is wrong
 *
 * for every file that is named, as the companion is run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int examine(const char *name)
{
	size_t size = strlen(name);
	volatile char *bytes = malloc(size);
	int found = 0;

	if (!bytes)
		return 3;
	if (FAULT != 2)
		memset((char *)bytes, '.', size);
	found += bytes[FAULT == 1 ? size : size - 1] == '/';
	if (found)
		puts(name);
	if (FAULT != 3)
		free((char *)bytes);
	return found;
}

int main(int argc, char **argv)
{
	int found = 0;

	for (int i = 2; i < argc; i++)
		found |= examine(argv[i]);
	return found;
}
