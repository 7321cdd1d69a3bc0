"""Sphinx configuration."""

project = "Ligne Claire"
author = "Ligne Claire"
copyright = "Ligne Claire, EUPL-1.2"
language = "fr"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Ligne Claire"
exclude_patterns = ["_build"]
suppress_warnings = ["myst.xref_missing"]
