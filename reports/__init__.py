# SPDX-License-Identifier: Apache-2.0
"""What a person sees: terminal, JSON, CSV, Markdown and HTML from one result."""
