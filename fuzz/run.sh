#!/usr/bin/env bash
# The long fuzz campaign: each target for so many seconds (600 where nothing is said), guided by coverage.
#
#   fuzz/run.sh [SECONDS] [TARGET…]
#
# Needs cargo-fuzz (cargo install cargo-fuzz). RUSTC_BOOTSTRAP lets a stable compiler do what it asks of a nightly one.
# What is found goes to fuzz/artifacts: mend the fault, then move the file into the target's folder in fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
shift || true
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cd fuzz/fuzz_targets && printf '%s\n' *.rs | sed 's/\.rs$//')

# Inputs are written to files; in memory that is fast.
[ -d /dev/shm ] && export TMPDIR=/dev/shm
export RUSTC_BOOTSTRAP=1

cargo build --release --locked
failed=()
for target in "${targets[@]}"; do
    grown=fuzz/grown/$target # what coverage found worth keeping; not part of the repository
    mkdir -p "$grown" "fuzz/corpus/$target"
    if [ "$target" = study_file ] && [ ! -e "$grown/seed" ]; then # as the test makes its own
        target/release/polarscope run demo --set texts.limit=2 --set perturbation.seeds=1 --set experiments.syntax.items=11 \
            --out "$grown/seed" >/dev/null
    fi
    # No sanitizer: the code is safe Rust, and memory is bounded by the limit.
    cargo fuzz run --sanitizer none "$target" "$grown" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=60 -max_len=65536 -print_final_stats=1 \
        2>&1 | tee "$grown.log" | grep -E "stat::number_of_executed_units|SUMMARY|panicked" || true
    grep -q "SUMMARY" "$grown.log" && failed+=("$target")
done
[ ${#failed[@]} -eq 0 ] || { echo "fails: ${failed[*]}"; exit 1; }
