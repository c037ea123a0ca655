#!/usr/bin/env bash
# Runs the program in a step of GitHub Actions. All inputs come from the environment.
#
# The program is started by its path: `cargo campaign` could be an alias in the configuration of the repository.
set -euo pipefail

output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:?}"; }

# Ends the step before the program is started.
error() {
    echo "::error title=cargo campaign::$1"
    output exit-code 2
    exit 2
}

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
directory=${INPUT_DIRECTORY:-.}/
case $directory in "${GITHUB_WORKSPACE:-.}/"*) directory=./${directory#"${GITHUB_WORKSPACE:-.}/"} ;; esac
cd "$directory" || error 'the working-directory does not exist'

command=${INPUT_COMMAND:-ci}
case $command in
    # An option, or the name of the program, would let `args` choose the command.
    *[!a-z]* | campaign | help) error 'command must be the name of a command of cargo campaign' ;;
esac
args=("$command")
# A change could replace the directory by a link to a workspace whose rules it keeps.
if [ "$(pwd -L)" != "$(pwd -P)" ]; then
    error 'the working-directory leads through a symbolic link, so that its rules can be those of another workspace'
fi
# Other commands could judge a change by the rules of the change. Their verdict is not passed on.
judges=
case $command in ci | gate | status | explain) judges=1 ;; esac
# The program finds the target of a change by itself.
case ${INPUT_BASE:+given}-${INPUT_ARGS-}-$command in
    given-*) args+=("--base=$INPUT_BASE") ;;
    *--base* | *-ci) ;;
    *) if [ -n "$judges" ]; then args+=(--merge-target); fi ;;
esac
# Arguments never begin or end with a blank.
while read -r line; do
    line=${line%"${line##*[![:space:]]}"}
    if [ -n "$line" ]; then args+=("$line"); fi
done <<<"${INPUT_ARGS-}"

into=${RUNNER_TEMP:?}/cargo-campaign
mkdir -p "$into"
for report in json=report.json markdown=report.md sarif=report.sarif junit=junit.xml; do
    rm -f "$into/${report#*=}"
    case $command in ci | gate | status) args+=("--output=${report%%=*}=$into/${report#*=}") ;; esac
done

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
if [ -n "${GITHUB_STEP_SUMMARY-}" ]; then cat "$own/summary" >>"$GITHUB_STEP_SUMMARY"; fi

# Keys of the report are indented by two blanks, and no value contains the end of a line.
verdict=
if [ -n "$judges" ]; then
    cat "$own/output" >>"$GITHUB_OUTPUT"
    if [ -f "$into/report.json" ]; then
        verdict=$(sed -n 's/^  "verdict": "\([a-z-]*\)",\{0,1\}$/\1/p' "$into/report.json")
    fi
fi
case $status in
    0 | 1) ;;
    # Without a report, for example because the target is not in the clone.
    3) verdict=${verdict:-no-verdict} ;;
    # The program could not measure everything, or not write a report.
    *) verdict=error ;;
esac
if [ -n "$verdict" ]; then output verdict "$verdict"; fi
output exit-code "$status"
for report in report-json=report.json report-md=report.md sarif=report.sarif junit=junit.xml; do
    if [ -f "$into/${report#*=}" ]; then
        output "${report%%=*}" "$into/${report#*=}"
    fi
done
# 1 is a gate that fails, 3 one without verdict.
case $INPUT_FAIL_ON-$status in never-1 | never-3) exit 0 ;; esac
exit "$status"
