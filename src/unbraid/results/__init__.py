"""What a run leaves behind: its folder, where it came from, and the table of many runs."""

from unbraid.results.collapse import collapse as collapse
from unbraid.results.folder import RunFolder as RunFolder
from unbraid.results.provenance import provenance as provenance
from unbraid.results.table import Row as Row
from unbraid.results.table import find_runs as find_runs
from unbraid.results.table import read_rows as read_rows
from unbraid.results.table import write_csv as write_csv

__all__ = ["Row", "RunFolder", "collapse", "find_runs", "provenance", "read_rows", "write_csv"]
