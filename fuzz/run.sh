#!/bin/sh
# Runs a fuzz target with a stable compiler: fuzz/run.sh TARGET [libFuzzer options].
set -eu
cd "$(dirname "$0")"
target=$1
shift
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing"
export RUSTFLAGS
mkdir -p "corpus/$target" "artifacts/$target"
exec cargo run --release --bin "$target" --target "$(rustc -vV | sed -n 's/^host: //p')" -- \
    "-artifact_prefix=artifacts/$target/" "$@" "corpus/$target"
