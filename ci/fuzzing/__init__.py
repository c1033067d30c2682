"""What ci/campaign and ci/planted share: builds, engines, triage, coverage."""
