"""The kinds of attack that ci/check/attack tries, a file a group."""
