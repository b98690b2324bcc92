import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import fake_runs

from unbraid.results import provenance
from unbraid.results.provenance import commit, versions


def test_provenance_says_which_data_seeds_and_command():
    started = datetime.now(UTC) - timedelta(seconds=5)
    data = fake_runs.dataset(size=4, n=3)
    said = provenance(
        started=started, dataset=data, seeds={"run": 7}, command=["unbraid", "run", "--out", "a b"]
    )
    assert said["command"] == "unbraid run --out 'a b'"
    assert said["seeds"] == {"run": 7}
    assert said["dataset"]["fingerprint"] == data.fingerprint
    assert said["dataset"]["source"] == data.source
    assert 5 <= said["seconds"] < 60
    assert json.loads(json.dumps(said)) == said


def test_versions_are_found_without_importing_torch():
    program = (
        "import sys; from unbraid.results.provenance import versions; said = versions()['torch'];"
        "assert said is None or said[0].isdigit(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_package_that_is_not_installed_has_no_version(monkeypatch):
    module = sys.modules["unbraid.results.provenance"]
    monkeypatch.setattr(module, "_PACKAGES", ("no-such-package",))
    assert versions()["no-such-package"] is None


def test_a_folder_outside_a_checkout_has_no_commit(tmp_path):
    assert commit(tmp_path) is None
