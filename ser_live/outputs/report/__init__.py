"""The HTML report: one file for a person, made of the records of one session."""

from __future__ import annotations

from ser_live.outputs.report.sink import Report

__all__ = ["Report"]
