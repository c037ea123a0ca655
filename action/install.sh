#!/usr/bin/env bash
# Installs the program for a step of GitHub Actions and writes its path to the output `program`.
#
# A release archive is only used if its checksum agrees. If the version of the action has no archive for this machine, the
# program is built from the sources of the action. A version or a checksum that was given is never replaced by them.
set -euo pipefail

error() {
    echo "::error title=cargo campaign::$2"
    exit "$1"
}

here=$(cd "$(dirname "$0")/.." && pwd)
into=${RUNNER_TEMP:?}/cargo-campaign
exe=
[ "${RUNNER_OS-}" = Windows ] && exe=.exe
mkdir -p "$into/bin"

# What other programs print must not be taken for commands of ours.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
fence() {
    echo "::stop-commands::$token"
    local status=0
    "$@" || status=$?
    echo "::$token::"
    return "$status"
}

target() {
    case "${RUNNER_OS-}-${RUNNER_ARCH-}" in
        Linux-X64) echo x86_64-unknown-linux-musl ;;
        Linux-ARM64) echo aarch64-unknown-linux-musl ;;
        macOS-X64) echo x86_64-apple-darwin ;;
        macOS-ARM64) echo aarch64-apple-darwin ;;
        Windows-X64) echo x86_64-pc-windows-msvc ;;
    esac
}

digest() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -c1-64
}

download() {
    curl --fail --silent --show-error --location --retry 3 --proto "=${PROTOCOLS:-https}" --output "$2" "$1"
}

# Returns 1 if there is no archive or no checksum of it, and ends the step if there is one that cannot be used.
install_archive() {
    local version=$1 triple archive url expected
    missing=archive
    triple=$(target)
    [ -n "$triple" ] && [ -n "${ACTION_REPOSITORY-}" ] || return 1
    archive=cargo-campaign-$version-$triple.tar.gz
    url=${GITHUB_SERVER_URL:-https://github.com}/$ACTION_REPOSITORY/releases/download/v$version/$archive
    fence download "$url" "$into/$archive" || return 1
    fence download "$url.sha256" "$into/$archive.sha256" || {
        missing='checksum of the archive'
        return 1
    }
    expected=$(cut -c1-64 "$into/$archive.sha256")
    for expected in "$expected" ${sha256:+"$sha256"}; do
        if [ "$(digest "$into/$archive")" != "$expected" ]; then
            error 4 "the checksum of $archive does not agree"
        fi
    done
    rm -f "$into/bin/cargo-campaign$exe"
    fence tar -xzf "$into/$archive" -C "$into/bin" || error 4 "cannot unpack $archive"
    [ -f "$into/bin/cargo-campaign$exe" ] || error 4 "the program is missing in $archive"
}

version=${INPUT_VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/Cargo.toml" | head -n 1)}
case $version in
    *[!0-9A-Za-z.+-]* | '') error 2 'invalid version of the action' ;;
esac
sha256=$(printf %s "${INPUT_SHA256-}" | tr -d '[:space:]' | tr '[:upper:]' '[:lower:]')
if [ "$version" = source ] && [ -n "$sha256" ]; then error 2 'sha256 is the checksum of an archive, and version is source'; fi

if [ "$version" = source ] || ! install_archive "$version"; then
    if [ -n "$sha256" ] || { [ -n "${INPUT_VERSION-}" ] && [ "$version" != source ]; }; then
        error 4 "there is no $missing of version $version for this machine, and version or sha256 asks for it"
    elif [ "$version" != source ]; then
        echo "::notice title=cargo campaign::there is no $missing of this version for this machine, so it is built from source"
    fi
    fence cargo install --quiet --locked --path "$here" --root "$into"
fi
echo "program=$into/bin/cargo-campaign$exe" >>"${GITHUB_OUTPUT:?}"
