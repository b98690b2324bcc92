"""The report: one page, made from the folders of runs alone, to be read offline."""

from unbraid.report.page import build as build

__all__ = ["build"]
