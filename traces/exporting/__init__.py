"""Sending what was recorded to LangSmith, OpenTelemetry and datasets."""
