"""Runs the code of docs/testing.md as a user has it: beside a new pipeline, in pytest and in Vitest.

usage: testing.py CODEGEN FOLDER

FOLDER has the runners: `venv` with pytest and what functions in Python need, `node_modules` with Vitest.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

codegen, runners = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
PAGE = pathlib.Path("docs/testing.md").read_text()
FILES = re.findall(r"^```(?:python|js)\n(?:#|//) (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NAMES = ["local_bus.py", "conftest.py", "test_orders.py", "local-bus.mjs", "orders.test.mjs"]
assert [name for name, _ in FILES] == NAMES, [name for name, _ in FILES]


def run(*command, folder):
    path = os.pathsep.join([str(runners / "venv/bin"), str(codegen.parent), os.environ["PATH"]])
    # Python must leave nothing in the folder that `codegen dev` watches.
    environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    said = done.stdout + done.stderr
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{said}")
    return said


with tempfile.TemporaryDirectory() as folder:
    run(codegen, "new", "shop", "--template", "python", folder=folder)
    shop = pathlib.Path(folder, "shop")
    for name, text in FILES:
        (shop / name).write_text(text)
    said = run(runners / "venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_orders.py", folder=shop)
    assert "3 passed" in said, said
    (shop / "node_modules").symlink_to(runners / "node_modules")
    said = run("npx", "vitest", "run", folder=shop)
    assert re.search(r"Tests\s+3 passed", said), said
    shutil.rmtree(shop)
print("the tests of docs/testing.md ran in pytest and in Vitest")
