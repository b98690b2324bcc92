"""List the benchmarks, or run some, or all: ``python -m benchmarks [NAME ... | all]``."""

import ast
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def sentence(name):
    said = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text())) or ""
    return said.partition("\n\n")[0].replace("\n", " ")


def main():
    names = sorted(path.stem for path in HERE.glob("[!_]*.py"))
    wanted = names if sys.argv[1:] == ["all"] else sys.argv[1:]
    if not wanted:
        for name in names:
            print(f"{name:24s} {sentence(name)}")
        print(
            "\npython -m benchmarks NAME runs one at full size; --help of its file tells options"
        )
    codes = [0]
    for name in wanted:
        if name not in names:
            sys.exit(f"no benchmark {name}: there are {', '.join(names)}")
        print(f"\n# {name}", flush=True)
        codes.append(subprocess.run([sys.executable, HERE / f"{name}.py"], check=False).returncode)
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
