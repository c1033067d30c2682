"""What ci/lint is made of: which files, and a function a check."""
