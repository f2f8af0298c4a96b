#!/usr/bin/env bash
# pack.sh [FOLDER]: everything that checking the product on a GPU needs and a bare machine lacks, in FOLDER
# (default artifacts/gpu): published programs without libtorch, the .NET runtime, five tiny models with recorded values.
# README.md says how to run it there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=${1:-$root/artifacts/gpu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$out"
mkdir -p "$out" "$work/app" "$work/dotnet/shared/Microsoft.NETCore.App"

log=$work/log
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }
for program in parity bench-step quickstart; do
  quietly dotnet publish "$root/recipes/$program.cs" -c Release -nologo -o "$work/app"
done
rm -rf "$work"/app/*.pdb "$work"/app/*.xml
find "$work/app/runtimes" -mindepth 1 -maxdepth 1 ! -name linux-x64 -exec rm -r {} +
rm -f "$work"/app/runtimes/linux-x64/native/libonnxruntime*       # no check runs a graph

# The newest runtime of the major version that the programs were built for.
home=$(dirname "$(readlink -f "$(command -v dotnet)")")
version=$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \(10\.[^ ]*\).*/\1/p' | sort -V | tail -1)
cp -r "$home/dotnet" "$home/host" "$work/dotnet"
cp -r "$home/shared/Microsoft.NETCore.App/$version" "$work/dotnet/shared/Microsoft.NETCore.App"

quietly dotnet run "$root/tests/fixtures/pack.cs" -- --unpack "$work/fixtures"
find "$work/fixtures" -mindepth 1 -maxdepth 1 ! -name 'tiny_*' -exec rm -r {} +
cp -r "$root/recipes/warm-start" "$work/app/warm-start"

for part in app dotnet fixtures; do tar -C "$work" -cf - "$part" | xz --x86 --lzma2=preset=9e -T2 >"$out/$part.tar.xz"; done
cp "$root/tests/gpu/run.py" "$root/tests/gpu/peer.py" "$out"
git -C "$root" describe --always --dirty >"$out/commit" 2>/dev/null || echo unknown >"$out/commit"
printf '%s: %s bytes, at most %s\n' "$out" "$(du -sb "$out" | cut -f1)" $((64 << 20))
[[ $(du -sb "$out" | cut -f1) -le $((64 << 20)) ]] || { echo "error: the pack is larger than 64 MiB" >&2; exit 1; }
