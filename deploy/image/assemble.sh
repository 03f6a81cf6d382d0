#!/usr/bin/env bash
# Lays out what the image adds to Flink, from a finished build: assemble.sh cpu|cuda12 DIRECTORY
#
#   flink/lib/                   ONNX Runtime and the tokenizer, whose native libraries one class loader must own
#   flink/usrlib/                the job
#   flink/lib/log4j-layout-…     for logs as JSON, of the version of Flink's own log4j
#   flink/conf/config.yaml       the project's Flink configuration, and where the native libraries lie
#   flink/conf/log4j-console.properties  logs as JSON to standard output
#   autoglm/native/onnxruntime/  ONNX Runtime's native libraries; the CUDA provider (583 MB) with cuda12 only
#   autoglm/native/djl/          the tokenizer's, as it keeps them itself
#
# Needs the JDK's jar command and nothing else. Linux on x86-64.
set -euo pipefail

variant=${1:?cpu or cuda12} out=${2:?a directory}
case $variant in
  cpu | cuda12) ;;
  *) echo "assemble.sh: the variant is cpu or cuda12, not $variant" >&2; exit 2 ;;
esac
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)
class_path=$root/deploy/flink-lib/target/class-path.txt
[ -s "$class_path" ] || { echo "assemble.sh: $class_path is missing; run mvn -pl jobs/pipeline -am package" >&2; exit 1; }

# The path of the one jar of that name on the build's class path.
jar_of() {
  local found
  found=$(tr ':' '\n' < "$class_path" | grep -E "/$1-[0-9][^/]*\.jar$" || true)
  if [ "$(printf '%s\n' "$found" | grep -c .)" != 1 ]; then
    echo "assemble.sh: expected one jar of $1, found: $found" >&2
    return 1
  fi
  printf '%s' "$found"
}

lib=$out/flink/lib usrlib=$out/flink/usrlib conf=$out/flink/conf native=$out/autoglm/native
mkdir -p "$lib" "$usrlib" "$conf" "$native/onnxruntime" "$native/djl/tokenizers"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ONNX Runtime: its classes as a jar of their own, its native libraries beside it, so that nothing is unpacked at start.
ort=$(jar_of onnxruntime_gpu)
(
  cd "$work"
  jar tf "$ort" | grep '\.class$' > classes
  xargs -d '\n' jar xf "$ort" < classes
  jar cf "$lib/$(basename "$ort" .jar)-classes.jar" ai
  libraries=(libonnxruntime.so libonnxruntime4j_jni.so libonnxruntime_providers_shared.so)
  [ "$variant" = cpu ] || libraries+=(libonnxruntime_providers_cuda.so)
  jar xf "$ort" "${libraries[@]/#/ai/onnxruntime/native/linux-x64/}"
  mv ai/onnxruntime/native/linux-x64/*.so "$native/onnxruntime/"
)

# The tokenizer and what it stands on. It looks for its library under its version, flavour and platform.
tokenizers=$(jar_of tokenizers)
cp "$tokenizers" "$lib/"
for name in api gson jna; do
  cp "$(jar_of "$name")" "$lib/"
done
(
  cd "$work"
  jar xf "$tokenizers" native/lib/tokenizers.properties native/lib/linux-x86_64/cpu/libtokenizers.so
  version=$(sed -n 's/^version=//p' native/lib/tokenizers.properties)
  mkdir -p "$native/djl/tokenizers/$version-cpu-linux-x86_64"
  mv native/lib/linux-x86_64/cpu/libtokenizers.so "$native/djl/tokenizers/$version-cpu-linux-x86_64/"
)

jobs=("$root"/jobs/pipeline/target/autoglm-job-*.jar)
[ "${#jobs[@]}" = 1 ] && [ -f "${jobs[0]}" ] || { echo "assemble.sh: expected one job jar, found: ${jobs[*]}" >&2; exit 1; }
cp "${jobs[0]}" "$usrlib/autoglm-job.jar"

layout=("$root"/deploy/flink-lib/target/image-log4j/log4j-layout-template-json-*.jar)
[ "${#layout[@]}" = 1 ] && [ -f "${layout[0]}" ] || { echo "assemble.sh: expected one layout of log4j's, found: ${layout[*]}" >&2; exit 1; }
cp "${layout[0]}" "$lib/"
cp "$root/flink-conf/log4j-console.properties" "$conf/"

# Flat keys may stand beside nested ones; Flink reads both.
{
  cat "$root/flink-conf/config.yaml"
  printf '\n# Of this image, in the place of what Flink has there: the job cannot be built on Java 17 without these packages open.\n'
  printf 'env.java.opts.all: '
  printf -- '--add-opens=java.base/%s=ALL-UNNAMED ' java.lang java.io java.net java.nio java.util java.util.concurrent sun.nio.ch
  printf -- '-Donnxruntime.native.path=/opt/autoglm/native/onnxruntime\n'
} > "$conf/config.yaml"
