#!/usr/bin/env bash
# Builds polarscope with CUDA: packaging/cuda/build.sh [OUT]
# The binary ends in OUT, target/cuda/release/polarscope where it is left out. Neither a card nor a driver is needed.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=target/cuda
toolkit=${CUDA_HOME:-}

# A toolkit: the system's where there is one, else NVIDIA's wheels from PyPI, about 1.2 GB unpacked.
if [ -z "$toolkit" ] && command -v nvcc >/dev/null; then
    toolkit=$(dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")
fi
if [ -z "$toolkit" ]; then
    wheels=$PWD/$target/toolkit
    toolkit=$wheels/nvidia/cu13
    if [ ! -e "$toolkit/.ready" ]; then
        python3 -m pip install --quiet --no-deps --upgrade --target "$wheels" --requirement packaging/cuda/toolkit.txt
        chmod +x "$toolkit"/bin/* "$toolkit"/nvvm/bin/*
        ln -sfn lib "$toolkit/lib64"
        for library in "$toolkit"/lib/lib*.so.*; do # the linker looks for names without a version
            ln -sf "$(basename "$library")" "${library%%.so.*}.so"
        done
        touch "$toolkit/.ready"
    fi
fi
export CUDA_HOME=$toolkit CUDA_PATH=$toolkit CUDA_ROOT=$toolkit NVCC=$toolkit/bin/nvcc PATH=$toolkit/bin:$PATH
export LIBRARY_PATH=$toolkit/lib64${LIBRARY_PATH:+:$LIBRARY_PATH}
# 8.0 runs on every card since Ampere; 9.0 would be built for Hopper alone.
export CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-80}
build=(cargo build --release --locked --features cuda --target-dir "$target")

# The driver's library comes with the driver. Where there is none, a stub that defines its names is linked in its
# place; the binary then asks for libcuda.so.1 as any other does.
if ! ldconfig -p | grep -q 'libcuda\.so\.1 '; then
    "${build[@]}" --lib
    stub=$PWD/$target/stub
    mkdir -p "$stub"
    # nm complains of the archives' metadata, which is no object file.
    { nm --undefined-only "$target"/release/deps/lib{cudarc,candle_core,polarscope}-*.rlib 2>/dev/null || true; } |
        awk '$1 == "U" && $2 ~ /^cu[A-Z]/ { print "void " $2 "(void) {}" }' | sort -u >"$stub/cuda.c"
    cc -shared -fPIC -Wl,-soname,libcuda.so.1 -o "$stub/libcuda.so" "$stub/cuda.c"
    export LIBRARY_PATH=$stub:$LIBRARY_PATH
fi
"${build[@]}" --bin polarscope
if [ $# -gt 0 ]; then
    install -D "$target/release/polarscope" "$1"
fi
