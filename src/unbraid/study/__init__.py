"""Runs that survive anything: planned, executed side by side, and continued where they stopped."""

from unbraid.study.execute import execute as execute
from unbraid.study.plan import Run as Run
from unbraid.study.plan import plan_runs as plan_runs
from unbraid.study.workers import Outcome as Outcome
from unbraid.study.workers import execute_all as execute_all

__all__ = ["Outcome", "Run", "execute", "execute_all", "plan_runs"]
