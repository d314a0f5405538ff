# SPDX-License-Identifier: Apache-2.0
"""Run the command line: `python -m chipgauge`."""

from chipgauge.reports.cli import main

if __name__ == "__main__":
    main()
