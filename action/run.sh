#!/usr/bin/env bash
# Runs the program in a step of GitHub Actions. All inputs come from the environment.
#
# The program is started by its path: `cargo campaign` could be an alias in the configuration of the repository.
set -euo pipefail

error() {
    echo "::error title=cargo campaign::$1"
    exit 2
}

output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:?}"; }

# Until the program has written its own, this is the verdict. It stands if the inputs are invalid.
output verdict error

case ${INPUT_FAIL_ON:=deny} in deny | never) ;; *) error 'fail-on must be deny or never' ;; esac
case ${INPUT_SUMMARY:=true} in
    true) ;;
    false) unset GITHUB_STEP_SUMMARY ;;
    *) error 'summary must be true or false' ;;
esac
# From here on, the logical path differs from the physical one only if the working-directory leads through a link.
cd -P .
directory=${INPUT_DIRECTORY:-.}
cd "${directory#"${GITHUB_WORKSPACE:-.}/"}" || error 'the working-directory does not exist'

args=("${INPUT_COMMAND:-ci}")
# `ci` finds the target of a change by itself. Other commands that judge would use the rules of the change.
target=${GITHUB_BASE_REF:+origin/$GITHUB_BASE_REF}
target=${target:-${MERGE_GROUP_BASE-}}
# A change could replace the directory by a link to a workspace whose rules it keeps.
if [ -n "$target${INPUT_BASE-}" ] && [ "$(pwd -L)" != "$(pwd -P)" ]; then
    error 'the working-directory leads through a symbolic link, so that its rules are not those of the target'
fi
case ${INPUT_BASE:+given}-${target:+change}-${INPUT_COMMAND:-ci} in
    given-*) args+=("--base=$INPUT_BASE") ;;
    -change-gate | -change-status | -change-explain) args+=("--base=$target") ;;
esac
while IFS= read -r line; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then args+=("$line"); fi
done <<<"${INPUT_ARGS-}"

into=${RUNNER_TEMP:?}/cargo-campaign
mkdir -p "$into"
if [ "${INPUT_COMMAND:-ci}" = ci ]; then
    for report in json=report.json markdown=report.md sarif=report.sarif junit=junit.xml; do
        rm -f "$into/${report#*=}"
        args+=("--output=${report%%=*}=$into/${report#*=}")
    done
fi

# The program starts tests and collectors of the change. It gets files of its own, so that they do not know those of the step.
own=$(mktemp -d "$RUNNER_TEMP/cargo-campaign.XXXXXX")
trap 'rm -rf "$own"' EXIT
touch "$own/output" "$own/summary"
status=0
(
    export GITHUB_OUTPUT=$own/output
    if [ -n "${GITHUB_STEP_SUMMARY-}" ]; then export GITHUB_STEP_SUMMARY=$own/summary; fi
    unset GITHUB_ENV GITHUB_PATH GITHUB_STATE
    exec "${PROGRAM:?}" "${args[@]}"
) || status=$?
cat "$own/output" >>"$GITHUB_OUTPUT"
if [ -n "${GITHUB_STEP_SUMMARY-}" ]; then cat "$own/summary" >>"$GITHUB_STEP_SUMMARY"; fi

# Without a report, the program has not written its verdict: 3 is no verdict, as for a target that is not in the clone.
if [ "$status" = 3 ] && ! grep -q '^verdict<<' "$own/output"; then output verdict no-verdict; fi
output exit-code "$status"
for report in report-json=report.json report-md=report.md sarif=report.sarif junit=junit.xml; do
    if [ -f "$into/${report#*=}" ]; then
        output "${report%%=*}" "$into/${report#*=}"
    fi
done
# 1 is a gate that fails, 3 one without verdict.
case $INPUT_FAIL_ON-$status in never-1 | never-3) exit 0 ;; esac
exit "$status"
