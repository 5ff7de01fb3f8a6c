"""The site: `make docs`."""

project = "Grade"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Grade"
html_show_copyright = False
html_copy_source = False
exclude_patterns = ["_build"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]
