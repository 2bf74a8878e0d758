# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What Sphinx has to know; build.sh runs it.
import pathlib
import re

top = pathlib.Path(__file__).resolve().parent.parent
version_header = (top / "include" / "kexec_keyrings_version.h").read_text()

project = "kexec-keyrings"
release = version = re.search(r'KEXEC_KEYRINGS_VERSION "(.*)"', version_header).group(1)

extensions = ["sphinx.ext.graphviz"]
graphviz_output_format = "svg"
# As wide as the page, in inches, and as high as they like
graphviz_dot_args = ["-Gsize=10,100"]
# Included by other pages: they are none by themselves.
exclude_patterns = ["generated", "man"]
highlight_language = "none"
smartquotes = False

html_theme = "alabaster"
html_copy_source = False
html_show_copyright = False
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_theme_options = {"page_width": "80em", "sidebar_width": "16em"}
