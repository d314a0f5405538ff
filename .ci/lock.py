# SPDX-License-Identifier: Apache-2.0
"""Write requirements.lock and requirements-dev.lock: the newest versions that pyproject.toml admits, exactly.

Run by `make lock` with the oldest Python that we support, so that the versions suit the newer ones too.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


def freeze(wanted: list[str], where: Path, constraints: Path | None = None) -> dict[str, str]:
    """Install `wanted` into a fresh environment and return name -> `name==version` of all that came."""
    subprocess.run([sys.executable, "-m", "venv", where], check=True)
    pip = [where / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    limit = ["--constraint", constraints] if constraints else []
    subprocess.run([*pip, "install", "--quiet", "--upgrade", *limit, *wanted], check=True)
    text = subprocess.run([*pip, "freeze", "--all"], check=True, stdout=subprocess.PIPE, text=True).stdout
    pins = {line.partition("==")[0].lower().replace("_", "-"): line for line in text.split("\n") if line}
    pins.pop("pip", None)
    strange = [line for line in pins.values() if "==" not in line or "/" in line or "+" in line]
    if strange:
        raise SystemExit(f"not a plain version, so not a lock: {', '.join(strange)}")
    return pins


def main() -> None:
    if sys.version_info[:2] != OLDEST:
        raise SystemExit(
            f"make the lock with Python 3.11, not {sys.version.split()[0]}: make clean, make PYTHON=python3.11 lock"
        )
    with open(ROOT / "pyproject.toml", "rb") as file:
        settings = tomllib.load(file)
    project = settings["project"]
    run_time = project["dependencies"] + settings["build-system"]["requires"]
    groups = project["optional-dependencies"]
    extra = [line for group in groups.values() for line in group if not line.startswith("chipgauge[")]

    with tempfile.TemporaryDirectory() as folder:
        every = freeze(run_time + extra, Path(folder, "every"))
        limits = Path(folder, "limits.txt")
        limits.write_text("\n".join(every.values()) + "\n", encoding="utf-8")
        # Python 3.11 puts an old setuptools into every environment; asking for it by name makes sure of ours.
        few = freeze(run_time, Path(folder, "few"), limits)

    order = sorted(every)
    (ROOT / "requirements.lock").write_text(
        "# Made by `make lock`. What chipgauge needs to run, and setuptools, which installs it from its folder.\n"
        + "".join(f"{few[name]}\n" for name in order if name in few),
        encoding="utf-8",
    )
    (ROOT / "requirements-dev.lock").write_text(
        "# Made by `make lock`. What its developers need on top.\n-r requirements.lock\n"
        + "".join(f"{every[name]}\n" for name in order if name not in few),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
