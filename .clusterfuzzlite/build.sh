#!/bin/bash -eu
# Builds every fuzz target into $OUT by the conventions of OSS-Fuzz and ClusterFuzzLite: NAME_fuzz with
# NAME_fuzz_seed_corpus.zip, .dict and .options. Compiler, flags and engine come from the environment ($CC, $CXX,
# $CFLAGS, $CXXFLAGS, $LIB_FUZZING_ENGINE), sources are in $SRC/sockspec, $WORK is scratch.
# ci/fuzz/oss-fuzz runs this the same way.

source=$SRC/sockspec
build=$WORK/sockspec
# No build type: its flags would come behind theirs. No -Werror: their compiler is newer than ours.
cmake -G Ninja -S "$source" -B "$build" -DCMAKE_BUILD_TYPE= -DSOCKSPEC_WERROR=OFF \
    -DSOCKSPEC_FUZZ=ON -DSOCKSPEC_FUZZ_ENGINE="$LIB_FUZZING_ENGINE"

names=()
for file in "$source"/targets/fuzz/*_fuzz.c "$source"/harness/tests/fuzz/*_fuzz.c; do
    names+=("$(basename "$file" _fuzz.c)")
done
cmake --build "$build" --target "${names[@]/#/fuzz-}"

for name in "${names[@]}"; do
    cp "$build/fuzz/fuzz-$name" "$OUT/${name}_fuzz"
    zip -jqr "$OUT/${name}_fuzz_seed_corpus.zip" "$source/corpus/$name"
    {
        echo "[libfuzzer]"
        echo "max_len = $(cd "$source/ci/fuzz" && python3 -B -c "from fuzzing.common import *; print(length_most('$name'))")"
        if [ -e "$source/corpus/$name.dict" ]; then
            cp "$source/corpus/$name.dict" "$OUT/${name}_fuzz.dict"
            echo "dict = ${name}_fuzz.dict"
        fi
    } >"$OUT/${name}_fuzz.options"
done
