"""Training with torch: networks, distributions, objectives, the loop and its checkpoints."""

from importlib.util import find_spec

from unbraid.core.errors import MissingNeed

for _need in ("torch", "safetensors"):
    if find_spec(_need) is None:
        raise MissingNeed(f"training needs {_need}", hint="pip install 'unbraid[train]'")
