"""What the scripts of ci/ are made of; ci/README.md says which is which."""
