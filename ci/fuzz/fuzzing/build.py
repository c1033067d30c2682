"""The builds that fuzzing needs, each in a folder of its own below build/."""
import os
import shutil

from .common import TOP, Trouble, run

PROFILE_FLAGS = "-fprofile-instr-generate -fcoverage-mapping"

# Folder, compiler, settings. `fuzz` is also where crashes are replayed: clang with both sanitizers.
BUILDS = {
    "fuzz": ("clang", ["-DSOCKSPEC_FUZZ=ON"]),
    "afl": ("afl-clang-fast", ["-DSOCKSPEC_AFL=ON"]),
    "afl-asan": ("afl-clang-fast", ["-DSOCKSPEC_AFL=ON", "-DSOCKSPEC_FUZZ_SANITIZERS=address,undefined"]),
    "fuzz-coverage": ("clang", [f"-DCMAKE_C_FLAGS={PROFILE_FLAGS}"]),
}
PACKAGES = {"clang": "clang and libclang-rt-14-dev", "afl-clang-fast": "afl++"}


def need(program, package):
    if shutil.which(program) is None:
        raise Trouble(f"{program} is missing: install {package} (ci/setup fuzz)")


def build(kind, programs, settings=(), folder=None):
    """Builds `programs` ("fuzz-line", ...) of this kind and returns their folder. Trouble when that fails."""
    compiler, words = BUILDS[kind]
    need(compiler, PACKAGES[compiler])
    tree = folder or TOP / "build" / kind
    tree.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ, AFL_QUIET="1", CCACHE_DISABLE="1")
    configure = ["cmake", "-G", "Ninja", "-S", TOP, "-B", tree, "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                 f"-DCMAKE_C_COMPILER={compiler}", *words, *settings]
    run(configure, tree / "configure.log", f"configuring {tree}", env=env)
    run(["ninja", "-C", tree, *programs], tree / "build.log", f"the build in {tree}", env=env)
    return tree / "fuzz"
