"""What ci/fuzz/campaign and ci/fuzz/planted share: builds, engines, triage, coverage."""
