"""Run every benchmark, one process each: ``python -m benchmarks [NAME ...]``."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main():
    names = sorted(path.stem for path in HERE.glob("[!_]*.py"))
    wanted = sys.argv[1:] or names
    for name in wanted:
        if name not in names:
            sys.exit(f"no benchmark {name}: there are {', '.join(names)}")
    codes = []
    for name in wanted:
        print(f"\n# {name}", flush=True)
        codes.append(subprocess.run([sys.executable, HERE / f"{name}.py"], check=False).returncode)
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
